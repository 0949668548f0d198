/**
 * Kernel memory that may not be there, byte by byte: linear memory, which is the modelled kernel's, and what
 * the recording holds of the real one.
 */
import type { LinearMemory } from '../vm/memory.ts';
import { readableAddress } from './call.ts';
import type { HelperContext } from './helper.ts';

/** First address of x86-64 that is the kernel's, with four levels of page tables. */
const KERNEL_START = 0xffff_8000_0000_0000n;

/** Whether kernel memory can be there at all: copy_from_kernel_nofault_allowed(). */
export function mayBeKernelAddress(memory: LinearMemory, register: bigint): boolean {
  return register >= KERNEL_START || readableAddress(memory, register, 1) !== undefined;
}

/** The byte `index` bytes behind the address; -1 where it is not known, which is counted. */
export function kernelByte(context: HelperContext, register: bigint, index: number): number {
  const address = register + BigInt(index);
  const at = readableAddress(context.memory, address, 1);
  const byte =
    at === undefined ? context.world.recordedMemory('kernel', address, 1)?.[0] : context.memory.bytes[at];
  if (byte === undefined) context.world.missing('kernel-memory');
  return byte ?? -1;
}

/** As kernelByte() of user space, of which there is only what the recording holds. */
export function userByte({ world }: HelperContext, register: bigint, index: number): number {
  const byte = world.recordedMemory('user', register + BigInt(index), 1)?.[0];
  if (byte === undefined) world.missing('user-memory');
  return byte ?? -1;
}

/** All of `sizeBytes` bytes, or undefined where one of them is not known, which is counted. */
export function kernelBytes(
  context: HelperContext,
  register: bigint,
  sizeBytes: number,
): Uint8Array | undefined {
  const at = readableAddress(context.memory, register, sizeBytes);
  if (at !== undefined) return context.memory.bytes.subarray(at, at + sizeBytes);
  const recorded = context.world.recordedMemory('kernel', register, sizeBytes);
  if (recorded === undefined) context.world.missing('kernel-memory');
  return recorded;
}
