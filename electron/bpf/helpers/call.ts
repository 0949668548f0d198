/** What helper families share: reading arguments and giving results in registers. */
import { Failure } from '../../failure.ts';
import type { BpfMap } from '../maps/map.ts';
import { PAGE_BYTES, type Address, type LinearMemory } from '../vm/memory.ts';
import type { HelperContext, HelperFunction } from './helper.ts';

/** A family: what its helpers do, by name without `bpf_`. Their prototypes are in prototypes.ts. */
export type HelperFamily = Readonly<Record<string, HelperFunction>>;

/** The lower 32 bits, as a u32 parameter takes them. */
export function u32(register: bigint): number {
  return Number(register & 0xffff_ffffn);
}

/** The lower 32 bits, as an int parameter takes them. */
export function s32(register: bigint): number {
  return u32(register) | 0;
}

/** A negative errno as the 64-bit r0 a program sees. */
export function errno(code: number): bigint {
  return BigInt(-code);
}

/** An int of C as r0 holds it: the upper half is zero. */
export function int(value: number): bigint {
  return BigInt(value >>> 0);
}

/** The map a register holds; the verifier has proved that it holds one. */
export function mapOf(context: HelperContext, register: bigint): BpfMap {
  const map = context.mapByHandle(Number(register));
  if (map === undefined)
    throw new Failure('vm', 'not-a-map', `a helper was given ${register}, which is no map`);
  return map;
}

/** Address of `sizeBytes` bytes that exist, undefined where any of them does not. */
export function readableAddress(
  memory: LinearMemory,
  register: bigint,
  sizeBytes: number,
): Address | undefined {
  // A register too large to be exact as a number is far beyond any memory.
  const address = Number(register);
  return address >= PAGE_BYTES && address + sizeBytes <= memory.end ? address : undefined;
}

/** As readableAddress(), for arguments the verifier has proved: throws Failure `out-of-bounds`. */
export function memoryArgument(memory: LinearMemory, register: bigint, sizeBytes: number): Address {
  const address = readableAddress(memory, register, sizeBytes);
  if (address === undefined) {
    throw new Failure(
      'vm',
      'out-of-bounds',
      `a helper was given ${sizeBytes} bytes at ${register}, which holds no data`,
    );
  }
  return address;
}
