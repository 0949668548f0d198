/**
 * System calls on sockets as an strace tells them: arguments, the addresses that pointers led to, and what each call
 * returned. No trace of the kernel holds the addresses, only pointers to them.
 *
 * A call is told of where it begins, with its result: strace says when it returned only with -T.
 */
import type { Batch, EventType, Source } from '../../trace/event.ts';
import { fieldOf } from '../../trace/record.ts';
import type { LinkedProgram } from '../../bpf/program.ts';
import { Failure } from '../../failure.ts';
import { isStrace } from '../recorded-types.ts';
import type { Attachment, Lack } from './hook.ts';

const ARGUMENTS_AT = 16;
const WORD_BYTES = 8;
/** Of a piece of memory: 64 bits of address, 32 of length. */
const PIECE_HEAD_BYTES = 12;
const UNKNOWN = (1n << 64n) - 1n;

/** Hot: one, moved from call to call. */
export interface SocketCall {
  readonly name: string;
  readonly tid: number;
  /** Negative errors as the kernel returns them; undefined where it did not return, or none was printed. */
  readonly result: number | undefined;
  /** An argument, signed 32 bits; undefined where strace printed what is not known here. */
  int(index: number): number | undefined;
  isNull(index: number): boolean;
  /** What a pointer among the arguments led to: a view, gone with the next call; undefined where it is not recorded. */
  pointedTo(index: number): Uint8Array | undefined;
  /** What a pointer leads to. */
  at(address: bigint): Uint8Array | undefined;
}

/** The types of events that tell of a call of one of the names, with the call as it is read from a row. */
export function socketCalls(
  names: readonly string[],
  sources: readonly Source[],
): {
  readonly source: Source;
  readonly type: EventType;
  readonly read: (batch: Batch, row: number) => SocketCall;
}[] {
  return sources.filter(isStrace).flatMap((source) =>
    source.schema.types.flatMap((type) => {
      const [, name] = type.system === 'syscalls' ? (/^sys_enter_(\w+)$/.exec(type.name) ?? []) : [];
      if (name === undefined || !names.includes(name)) return [];
      const call = new RecordedCall(name, type);
      return [{ source, type, read: (batch: Batch, row: number) => call.moveTo(batch, row) }];
    }),
  );
}

class RecordedCall implements SocketCall {
  readonly name: string;
  tid = -1;
  result: number | undefined;
  readonly #memoryAt: number;
  readonly #resultAt: number;
  #view = new DataView(new ArrayBuffer(0));

  constructor(name: string, type: EventType) {
    this.name = name;
    this.#memoryAt = fieldOf(type, 'user_memory')?.offsetBytes ?? 0;
    this.#resultAt = fieldOf(type, 'call_result')?.offsetBytes ?? 0;
  }

  moveTo(batch: Batch, row: number): this {
    const { buffer, byteOffset } = batch.bytes;
    this.#view = new DataView(
      buffer as ArrayBuffer,
      byteOffset + (batch.offset[row] ?? 0),
      batch.length[row] ?? 0,
    );
    this.tid = batch.tid[row] ?? -1;
    const [at, sizeBytes] = this.#located(this.#resultAt);
    this.result = sizeBytes === WORD_BYTES ? Number(this.#view.getBigInt64(at, true)) : undefined;
    return this;
  }

  int(index: number): number | undefined {
    const value = this.#argument(index);
    return value === UNKNOWN ? undefined : Number(BigInt.asIntN(32, value));
  }

  isNull(index: number): boolean {
    return this.#argument(index) === 0n;
  }

  pointedTo(index: number): Uint8Array | undefined {
    return this.at(this.#argument(index));
  }

  at(address: bigint): Uint8Array | undefined {
    if (address === 0n || address === UNKNOWN) return undefined;
    const [start, sizeBytes] = this.#located(this.#memoryAt);
    for (let at = start; at + PIECE_HEAD_BYTES <= start + sizeBytes;) {
      const length = this.#view.getUint32(at + WORD_BYTES, true);
      const from = at + PIECE_HEAD_BYTES;
      if (from + length > start + sizeBytes) return undefined;
      if (this.#view.getBigUint64(at, true) === address)
        return new Uint8Array(this.#view.buffer, this.#view.byteOffset + from, length);
      at = from + length;
    }
    return undefined;
  }

  #argument(index: number): bigint {
    const at = ARGUMENTS_AT + WORD_BYTES * index;
    return at + WORD_BYTES > this.#view.byteLength ? UNKNOWN : this.#view.getBigUint64(at, true);
  }

  /** Where a part of the record lies that a field tells of, and how long it is; of none where it points out of the record. */
  #located(fieldAt: number): readonly [at: number, sizeBytes: number] {
    if (fieldAt + 4 > this.#view.byteLength) return [0, 0];
    const place = this.#view.getUint32(fieldAt, true);
    const [at, sizeBytes] = [place & 0xffff, place >>> 16];
    return at + sizeBytes > this.#view.byteLength ? [0, 0] : [at, sizeBytes];
  }
}

/** How a recording tells of them. */
export const TRACING =
  'put an strace of the same work into the bundle: strace -f -ttt -e trace=network,process,close,dup,dup2,dup3,fcntl';

/** Lacking where sockets are not told of as they are made. */
export function whatSocketsAre(attachments: readonly Attachment[]): readonly Lack[] {
  const has = (name: string): boolean =>
    attachments.some(({ source, type }) => source.schema.types[type]?.name === `sys_enter_${name}`);
  return has('socket') ? [] : [{ what: 'what sockets are (socket())', remedy: TRACING }];
}

/** Why a program that sees such calls cannot be attached. */
export function noCalls({ name, section }: LinkedProgram, calls: readonly string[], also = ''): Failure {
  return new Failure(
    'replay',
    'event-not-recorded',
    `no source tells of ${calls.join(' or ')} with its address: ${TRACING}${also}`,
    { file: name, at: `section ${section}` },
    { event: `syscalls:sys_enter_${calls[0] ?? ''}` },
  );
}
