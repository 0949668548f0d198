/**
 * Tracepoints that let programs of raw_tracepoint_writable write what their first argument points to
 * (DEFINE_EVENT_WRITABLE of Linux). A replay changes nothing: what a program leaves there is kept as an effect.
 */
import type { LinkedProgram, VerifiedProgram } from '../../bpf/program.ts';
import type { Address } from '../../bpf/vm/memory.ts';
import { Failure } from '../../failure.ts';
import type { Batch, EventType, Source } from '../../trace/event.ts';
import type { Driver, HookSite, Layer } from './hook.ts';

interface Writable {
  readonly sizeBytes: number;
  /** The field that tells what is there; undefined where records tell the pointer alone. */
  readonly field: string | undefined;
}

const WRITABLE: Readonly<Record<string, Writable>> = {
  bpf_test_finish: { sizeBytes: 4, field: 'err' },
  // struct nbd_request.
  nbd_send_request: { sizeBytes: 28, field: undefined },
};

export function isWritable({ type, attachTarget }: LinkedProgram): boolean {
  return type === 'raw_tracepoint_writable' && WRITABLE[attachTarget] !== undefined;
}

/** Throws Failure where it reaches farther than the tracepoint lets it, as attaching it to a kernel would, or where what is there is not recorded. */
export function checkReach(
  program: LinkedProgram,
  { tracepointBufferBytes: reach = 0 }: VerifiedProgram,
): void {
  if (reach === 0) return;
  const event = program.attachTarget;
  const { sizeBytes, field } = WRITABLE[event] ?? { sizeBytes: 0, field: '' };
  const place = { file: program.name, at: `section ${program.section}` };
  if (reach > sizeBytes) {
    const size = sizeBytes === 0 ? 'nothing' : `${sizeBytes} bytes`;
    const reason = `the tracepoint ${event} lets programs write ${size}, and it reaches ${reach} bytes far`;
    throw new Failure('replay', 'beyond-tracepoint', reason, place, { event, reach });
  }
  if (field === undefined) {
    const reason = `it reads or writes what the first argument of the tracepoint ${event} points to, which no recording holds`;
    throw new Failure('replay', 'argument-not-recorded', reason, place, { event, argument: 0 });
  }
}

/** A driver that hands over the recorded bytes, `layOut` laying out the other arguments, and keeps what became of them. */
export function writableDriver(
  layOut: Layer,
  context: Address,
  event: string,
  source: Source,
  type: EventType,
  { memory, moment }: HookSite,
): Driver {
  const { sizeBytes, field: name } = WRITABLE[event] ?? { sizeBytes: 0, field: undefined };
  const buffer = memory.allocate(sizeBytes, 8);
  const field = type.fields.find((each) => each.name === name && each.sizeBytes === sizeBytes);
  const fill = (record: Address, batch: Batch, row: number): void => {
    const isThere = field !== undefined && (batch.length[row] ?? 0) >= field.offsetBytes + sizeBytes;
    if (isThere) {
      const from = record + field.offsetBytes;
      memory.bytes.copyWithin(buffer, from, from + sizeBytes);
      if (!source.schema.isLittleEndian) memory.bytes.subarray(buffer, buffer + sizeBytes).reverse();
    } else {
      // Unknown is all ones.
      if (name !== undefined) moment.missing(`${type.system}:${type.name}.${name}`);
      memory.bytes.fill(0xff, buffer, buffer + sizeBytes);
    }
  };
  return (call, record, batch, row) => {
    fill(record, batch, row);
    const before = memory.bytes.slice(buffer, buffer + sizeBytes);
    layOut(record, batch, row);
    memory.view.setBigUint64(context, BigInt(buffer), true);
    call(context);
    const after = memory.bytes.slice(buffer, buffer + sizeBytes);
    if (after.some((byte, at) => byte !== before[at]))
      moment.effect({ kind: 'tracepoint_write', facts: { tracepoint: event, before, after } });
  };
}
