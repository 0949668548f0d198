/**
 * Calls of helpers on maps that the module does itself: lookups in arrays and hashes, and records of
 * ring buffers. A crossing into JavaScript costs several times what these do.
 */
import { DISCARD_BIT, HEADER_BYTES, LENGTH_MASK } from '../maps/ringbuf.ts';
import type { Address } from '../vm/memory.ts';
import { addCpuOffset, isHash, writeHashLookup } from './hash-lookup.ts';
import type { KnownMap } from './known-map.ts';
import { LOCAL_ADDRESS, localOf } from './layout.ts';
import { writeRingReserve } from './ring-reserve.ts';
import { EMPTY, I32, I64, op } from './wasm.ts';
import type { Writer } from './writer.ts';

/** BPF_FUNC_* numbers. */
export const MAP_LOOKUP = 1;
const RINGBUF_RESERVE = 131;
const RINGBUF_SUBMIT = 132;
const RINGBUF_DISCARD = 133;

export interface Signature {
  readonly takes: readonly number[];
  readonly gives: readonly number[];
}

const LOOKUP: Signature = { takes: [I32], gives: [I32] };
const RESERVE: Signature = { takes: [I64, I64], gives: [I64] };

/** Functions of a module beside the program's own; one is written when it is first asked for. */
export interface ExtraFunctions {
  /** Index of the function under that name. */
  indexOf(name: string, signature: Signature, write: () => Writer): number;
}

export interface MapCall {
  readonly helperId: number;
  /** The map in r1, where the code says which. */
  readonly map: KnownMap | undefined;
  readonly cpuCell: Address;
  readonly functions: ExtraFunctions;
  /** Writes the call of the helper itself. */
  readonly callHelper: () => void;
}

/** Writes the call into r0; false where the helper itself is to be called. */
export function writeMapCall(call: MapCall, out: Writer): boolean {
  const { helperId, map } = call;
  if (helperId === RINGBUF_SUBMIT) return commit(0, out);
  if (helperId === RINGBUF_DISCARD) return commit(DISCARD_BIT, out);
  if (map === undefined) return false;
  if (helperId === RINGBUF_RESERVE && map.type === 'ringbuf') return reserve(map, call, out);
  if (helperId !== MAP_LOOKUP) return false;
  if (map.type === 'array' || map.type === 'percpu_array') return arrayLookup(map, call, out);
  return isHash(map) && hashLookup(map, call, out);
}

function arrayLookup(map: KnownMap, { cpuCell }: MapCall, out: Writer): boolean {
  out.get(localOf(2)).byte(op.i32WrapI64).access(op.i32Load, 0).tee(LOCAL_ADDRESS);
  out.i32(map.maxEntries).byte(op.i32LtU, op.if, I64);
  out
    .get(LOCAL_ADDRESS)
    .i32(map.valueCopies * map.stride)
    .byte(op.i32Mul)
    .i32(map.storage)
    .byte(op.i32Add);
  addCpuOffset(map, cpuCell, out);
  out.byte(op.i64ExtendI32U, op.else).i64(0).byte(op.end).set(localOf(0));
  return true;
}

function hashLookup(map: KnownMap, { cpuCell, functions }: MapCall, out: Writer): boolean {
  const index = functions.indexOf(`lookup ${map.descriptor}`, LOOKUP, () => writeHashLookup(map, cpuCell));
  out.get(localOf(2)).byte(op.i32WrapI64).call(index).byte(op.i64ExtendI32U).set(localOf(0));
  return true;
}

function reserve(map: KnownMap, { functions, callHelper }: MapCall, out: Writer): boolean {
  const index = functions.indexOf(`reserve ${map.descriptor}`, RESERVE, () => writeRingReserve(map));
  out.get(localOf(2)).get(localOf(3)).call(index).tee(localOf(0)).byte(op.i64Eqz, op.if, EMPTY);
  callHelper();
  out.byte(op.end);
  return true;
}

/** Submits or discards the record in r1: its header loses the busy bit. */
function commit(flag: number, out: Writer): boolean {
  out.get(localOf(1)).byte(op.i32WrapI64).i32(HEADER_BYTES).byte(op.i32Sub).tee(LOCAL_ADDRESS);
  out.get(LOCAL_ADDRESS).access(op.i32Load, 0).i32(LENGTH_MASK).byte(op.i32And);
  if (flag !== 0) out.i32(flag).byte(op.i32Or);
  out.access(op.i32Store, 0).i64(0).set(localOf(0));
  return true;
}
