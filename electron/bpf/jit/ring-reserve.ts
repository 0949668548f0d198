/**
 * bpf_ringbuf_reserve() on one ring buffer as a WebAssembly function, size and flags to the record's
 * address: what RingBuffer.reserve() does where there is room. 0 asks for the helper itself, which
 * counts what it refuses.
 */
import { CONSUMER, PRODUCER } from '../maps/descriptor.ts';
import { BUSY_BIT, HEADER_BYTES, RING_OF_RECORD } from '../maps/ringbuf.ts';
import type { KnownMap } from './known-map.ts';
import { EMPTY, I32, op } from './wasm.ts';
import { Writer } from './writer.ts';

const LOCAL_SIZE = 0;
const LOCAL_FLAGS = 1;
const LOCAL_LENGTH = 2;
const LOCAL_PRODUCER = 3;
const LOCAL_HEADER = 4;
const LOCALS = 3;

export function writeRingReserve({ maxEntries, descriptor, storage }: KnownMap): Writer {
  const mask = maxEntries - 1;
  const out = new Writer().unsigned(1).unsigned(LOCALS).byte(I32);
  const giveUp = (): Writer => out.byte(op.if, EMPTY).i64(0).byte(op.return, op.end);
  out.get(LOCAL_FLAGS).byte(op.i64Eqz, op.i32Eqz);
  out.get(LOCAL_SIZE).i64(mask).byte(op.i64GtU, op.i32Or);
  giveUp();
  out
    .get(LOCAL_SIZE)
    .byte(op.i32WrapI64)
    .i32(HEADER_BYTES + 7)
    .byte(op.i32Add)
    .i32(-8)
    .byte(op.i32And);
  out.set(LOCAL_LENGTH);
  out.i32(descriptor).access(op.i32Load, PRODUCER).tee(LOCAL_PRODUCER);
  out.i32(descriptor).access(op.i32Load, CONSUMER).byte(op.i32Sub);
  out.get(LOCAL_LENGTH).byte(op.i32Add).i32(mask).byte(op.i32GtU);
  giveUp();
  out.i32(storage).get(LOCAL_PRODUCER).i32(mask).byte(op.i32And, op.i32Add).tee(LOCAL_HEADER);
  out.get(LOCAL_SIZE).byte(op.i32WrapI64).i32(BUSY_BIT).byte(op.i32Or).access(op.i32Store, 0);
  out.get(LOCAL_HEADER).i32(descriptor).access(op.i32Store, RING_OF_RECORD);
  out.i32(descriptor).get(LOCAL_PRODUCER).get(LOCAL_LENGTH).byte(op.i32Add).access(op.i32Store, PRODUCER);
  return out.get(LOCAL_HEADER).i32(HEADER_BYTES).byte(op.i32Add, op.i64ExtendI32U, op.end);
}
