/**
 * Calls of helpers on maps. Where the code says which map a call is given, the module does it itself, in
 * place or in a function a map and operation: a crossing into JavaScript costs several times what these do.
 */
import { HANDLE_TAG } from '../maps/descriptor.ts';
import { DISCARD_BIT, HEADER_BYTES, LENGTH_MASK } from '../maps/ringbuf.ts';
import { writeArrayUpdate } from './array-update.ts';
import { isHash, writeHashDelete, writeHashLookup, writeHashUpdate } from './hash-functions.ts';
import type { KnownMap } from './known-map.ts';
import { importIndex, LOCAL_ADDRESS, localOf } from './layout.ts';
import type { MapCode, Signature } from './map-code.ts';
import { ASK_HELPER, isQueue, writePush, writeTake } from './queue-functions.ts';
import { writeRingReserve } from './ring-reserve.ts';
import { writeTrieLookup } from './trie-lookup.ts';
import { EMPTY, I32, I64, op } from './wasm.ts';
import type { Writer } from './writer.ts';

/** BPF_FUNC_* numbers. */
const MAP_LOOKUP = 1;
const MAP_UPDATE = 2;
const MAP_DELETE = 3;
const MAP_PUSH = 87;
const MAP_POP = 88;
const MAP_PEEK = 89;
const RINGBUF_RESERVE = 131;
const RINGBUF_SUBMIT = 132;
const RINGBUF_DISCARD = 133;

const TAKES_ONE: Signature = { takes: [I32], gives: [I32] };
const TAKES_TWO: Signature = { takes: [I32, I32], gives: [I32] };
const TAKES_THREE: Signature = { takes: [I32, I32, I32], gives: [I32] };
const RESERVE: Signature = { takes: [I64, I64], gives: [I64] };

/** Bytes a number that stands for a map takes in a map of maps. */
const MAP_NUMBER_BYTES = 4;
/** What 32 bits hold of flags that need more: no map takes them. */
const INVALID_FLAGS = -1;

export interface MapCall {
  readonly helperId: number;
  /** The map in r1, where the code says which. */
  readonly map: KnownMap | undefined;
  readonly code: MapCode;
  /** Writes the call of the helper itself. */
  readonly callHelper: () => void;
}

/** Writes the call into r0; false where the helper itself is to be called. */
export function writeMapCall(call: MapCall, out: Writer): boolean {
  const { map } = call;
  switch (call.helperId) {
    case MAP_LOOKUP:
      lookup(call, out);
      return true;
    case MAP_UPDATE:
      update(call, out);
      return true;
    case MAP_DELETE:
      remove(call, out);
      return true;
    case MAP_PUSH:
      return map !== undefined && isQueue(map) && push(map, call, out);
    case MAP_POP:
    case MAP_PEEK:
      return map !== undefined && isQueue(map) && take(map, call, out);
    case RINGBUF_RESERVE:
      return map?.type === 'ringbuf' && reserve(map, call, out);
    case RINGBUF_SUBMIT:
      return commit(0, out);
    case RINGBUF_DISCARD:
      return commit(DISCARD_BIT, out);
    default:
      return false;
  }
}

function lookup({ map, code }: MapCall, out: Writer): void {
  const ownFunction = (known: KnownMap, write: () => Writer): Writer => {
    const index = code.functions.indexOf(`lookup ${known.descriptor}`, TAKES_ONE, write);
    return pushAddresses(2, 2, out).call(index);
  };
  const askMap = (): void => {
    pushAddresses(1, 2, out).call(importIndex('lookup')).byte(op.i64TruncF64U);
  };
  if (map === undefined) askMap();
  else if (map.type === 'array' || map.type === 'percpu_array') arrayLookup(map, code, out);
  else if (map.type === 'array_of_maps') {
    pushElement(map, MAP_NUMBER_BYTES, out, () => out.access(op.i32Load, 0));
    pushMapHandle(out);
  } else if (map.type === 'hash_of_maps') {
    ownFunction(map, () => writeHashLookup(map, code)).tee(LOCAL_ADDRESS);
    out.byte(op.if, I32).get(LOCAL_ADDRESS).access(op.i32Load, 0).byte(op.else).i32(0).byte(op.end);
    pushMapHandle(out);
  } else if (isHash(map)) ownFunction(map, () => writeHashLookup(map, code)).byte(op.i64ExtendI32U);
  else if (map.type === 'lpm_trie') ownFunction(map, () => writeTrieLookup(map)).byte(op.i64ExtendI32U);
  else askMap();
  out.set(localOf(0));
}

function arrayLookup(map: KnownMap, code: MapCode, out: Writer): void {
  pushElement(map, map.valueCopies * map.stride, out, () => {
    if (map.valueCopies === 1) return;
    out.i32(0).access(op.i32Load, code.cpuCell()).i32(map.stride).byte(op.i32Mul, op.i32Add);
  });
  out.byte(op.i64ExtendI32U);
}

/** Leaves the address of the element that r2 points to the index of, gone on from by `within`; 0 where there is none. */
function pushElement(map: KnownMap, elementBytes: number, out: Writer, within: () => void): void {
  out.get(localOf(2)).byte(op.i32WrapI64).access(op.i32Load, 0).tee(LOCAL_ADDRESS);
  out.i32(map.maxEntries).byte(op.i32LtU, op.if, I32);
  out.get(LOCAL_ADDRESS).i32(elementBytes).byte(op.i32Mul).i32(map.storage).byte(op.i32Add);
  within();
  out.byte(op.else).i32(0).byte(op.end);
}

/** Takes the number that stands for a map, leaves the map's handle; 0 for none. */
function pushMapHandle(out: Writer): void {
  out.tee(LOCAL_ADDRESS);
  out.byte(op.if, I64).get(LOCAL_ADDRESS).byte(op.i64ExtendI32U).i64(BigInt(HANDLE_TAG)).byte(op.i64Or);
  out.byte(op.else).i64(0).byte(op.end);
}

function update({ map, code }: MapCall, out: Writer): void {
  const isArray = map?.type === 'array' || map?.type === 'percpu_array';
  if (map !== undefined && !map.hasSpecialFields && (isArray || isHash(map))) {
    const write = () => (isArray ? writeArrayUpdate(map, code) : writeHashUpdate(map, code));
    pushFlags(4, pushAddresses(2, 3, out));
    out.call(code.functions.indexOf(`update ${map.descriptor}`, TAKES_THREE, write));
  } else {
    pushFlags(4, pushAddresses(1, 3, out));
    out.call(importIndex('update'));
  }
  out.byte(op.i64ExtendI32S).set(localOf(0));
}

function remove({ map, code }: MapCall, out: Writer): void {
  if (map !== undefined && !map.hasSpecialFields && isHash(map)) {
    const write = () => writeHashDelete(map, code);
    pushAddresses(2, 2, out).call(code.functions.indexOf(`delete ${map.descriptor}`, TAKES_ONE, write));
  } else pushAddresses(1, 2, out).call(importIndex('delete'));
  out.byte(op.i64ExtendI32S).set(localOf(0));
}

function push(map: KnownMap, { code, callHelper }: MapCall, out: Writer): boolean {
  const index = code.functions.indexOf(`push ${map.descriptor}`, TAKES_TWO, () => writePush(map));
  pushFlags(3, pushAddresses(2, 2, out));
  out.call(index).tee(LOCAL_ADDRESS).i32(ASK_HELPER).byte(op.i32Eq, op.if, EMPTY);
  callHelper();
  out.byte(op.else).get(LOCAL_ADDRESS).byte(op.i64ExtendI32S).set(localOf(0)).byte(op.end);
  return true;
}

function take(map: KnownMap, { helperId, code }: MapCall, out: Writer): boolean {
  const isRemoved = helperId === MAP_POP;
  const name = `${isRemoved ? 'pop' : 'peek'} ${map.descriptor}`;
  const index = code.functions.indexOf(name, TAKES_ONE, () => writeTake(map, isRemoved));
  pushAddresses(2, 2, out).call(index).byte(op.i64ExtendI32S).set(localOf(0));
  return true;
}

function reserve(map: KnownMap, { code, callHelper }: MapCall, out: Writer): boolean {
  const index = code.functions.indexOf(`reserve ${map.descriptor}`, RESERVE, () => writeRingReserve(map));
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

/** r`first` to r`last` as 32-bit addresses; of a map's handle that leaves the descriptor's. */
function pushAddresses(first: number, last: number, out: Writer): Writer {
  for (let register = first; register <= last; register += 1) {
    out.get(localOf(register)).byte(op.i32WrapI64);
  }
  return out;
}

function pushFlags(register: number, out: Writer): void {
  const flags = localOf(register);
  out.get(flags).i64(0xffff_ffffn).byte(op.i64GtU, op.if, I32).i32(INVALID_FLAGS);
  out.byte(op.else).get(flags).byte(op.i32WrapI64, op.end);
}
