/**
 * bpf_probe_read_kernel() as a WebAssembly function, where what is read is linear memory: destination, size and source
 * to 1, or to 0 where the helper itself is to be asked, which knows what else is recorded and counts what is not.
 */
import { PAGE_BYTES, type Address } from '../vm/memory.ts';
import { localOf } from './layout.ts';
import type { ExtraFunctions, Signature } from './map-code.ts';
import { EMPTY, I32, I64, op } from './wasm.ts';
import { Writer } from './writer.ts';

/** BPF_FUNC_probe_read and BPF_FUNC_probe_read_kernel. */
const PROBE_READS = [4, 113];

const SIGNATURE: Signature = { takes: [I32, I32, I64], gives: [I32] };
const [DESTINATION, SIZE, SOURCE] = [0, 1, 2];
const MEMORY_0 = 0;

/** Sizes of single loads, which V8 does not call out for as it does for memory.copy. */
const SINGLE = [
  [8, op.i64Load, op.i64Store],
  [4, op.i32Load, op.i32Store],
  [2, op.i32Load16U, op.i32Store16],
  [1, op.i32Load8U, op.i32Store8],
] as const;

/** Writes the call into r0; false for other helpers. `memoryEnd` is where the end of what was handed out is written. */
export function writeProbeRead(
  helperId: number,
  memoryEnd: Address,
  functions: ExtraFunctions,
  callHelper: () => void,
  out: Writer,
): boolean {
  if (!PROBE_READS.includes(helperId)) return false;
  const read = functions.indexOf('probe read', SIGNATURE, () => probeRead(memoryEnd));
  out.get(localOf(1)).byte(op.i32WrapI64).get(localOf(2)).byte(op.i32WrapI64).get(localOf(3)).call(read);
  out.byte(op.if, EMPTY).i64(0).set(localOf(0)).byte(op.else);
  callHelper();
  out.byte(op.end);
  return true;
}

function probeRead(memoryEnd: Address): Writer {
  const out = new Writer().unsigned(0);
  const giveUp = (): Writer => out.byte(op.if, EMPTY).i32(0).byte(op.return, op.end);
  const pushEnd = (): Writer => out.i32(0).access(op.i64Load32U, memoryEnd);
  out.get(SOURCE).i64(PAGE_BYTES).byte(op.i64LtU);
  out.get(SOURCE);
  pushEnd().byte(op.i64GeU, op.i32Or);
  giveUp();
  out.get(SOURCE).get(SIZE).byte(op.i64ExtendI32U, op.i64Add);
  pushEnd().byte(op.i64GtU);
  giveUp();
  for (const [sizeBytes, load, store] of SINGLE) {
    out.get(SIZE).i32(sizeBytes).byte(op.i32Eq, op.if, EMPTY);
    out.get(DESTINATION).get(SOURCE).byte(op.i32WrapI64).access(load, 0).access(store, 0);
    out.i32(1).byte(op.return, op.end);
  }
  out.get(DESTINATION).get(SOURCE).byte(op.i32WrapI64).get(SIZE);
  out.byte(...op.memoryCopy, MEMORY_0, MEMORY_0);
  return out.i32(1).byte(op.end);
}
