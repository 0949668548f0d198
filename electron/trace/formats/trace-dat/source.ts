/** A trace.dat's ring buffer as a Source: schema, context, ledger, and batches in time order. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { emptyLedger } from '../../event.ts';
import type {
  Batch,
  ByteSource,
  ClockPair,
  Ledger,
  ReadOptions,
  Schema,
  Source,
  SourceContext,
  SourceOutline,
} from '../../event.ts';
import { Callchains } from './callchains.ts';
import { CpuCursor } from './cpu-cursor.ts';
import type { BufferData, TraceDatFile } from './layout.ts';
import { PIECES_BYTES, PIECE_BYTES } from './limits.ts';
import { Losses } from './losses.ts';
import { Merge } from './merge.ts';
import type { MergeSchema } from './merge.ts';
import { ChunkedPieces, PlainPieces } from './page-pieces.ts';
import { outlineOf } from './outline.ts';
import { timeConversion } from './time-conversion.ts';

const BATCH_EVENTS = 16_384;

export class TraceDatSource implements Source {
  readonly name: string;
  readonly format: string = 'trace.dat';
  readonly countsSwitchGaps = true;
  readonly formatDetail: string;
  readonly clock: string;
  readonly clockPairs: readonly ClockPair[];
  readonly schema: Schema;
  readonly context: SourceContext;
  ledger: Ledger = emptyLedger();
  readonly #bytes: ByteSource;
  readonly #file: TraceDatFile;
  readonly #buffer: BufferData;
  readonly #textBuffers: readonly string[];
  readonly #merge: MergeSchema;
  readonly #callchains = new Callchains();

  /** `textBuffers`: names of buffers of the file that cannot be read, for this source to count. */
  constructor(bytes: ByteSource, file: TraceDatFile, buffer: BufferData, textBuffers: readonly string[]) {
    this.#bytes = bytes;
    this.#file = file;
    this.#buffer = buffer;
    this.#textBuffers = textBuffers;
    this.name = buffer.name === '' ? bytes.name : `${bytes.name} (instance ${buffer.name})`;
    this.formatDetail = detailOf(file);
    const recorded = clockOf(file, buffer);
    this.clock = file.options.dateOffsetNs === 0n ? recorded : 'realtime';
    this.clockPairs = datePairs(file, recorded);
    const { types, isLittleEndian, page } = file;
    this.schema = { types, isLittleEndian, longSizeBytes: page.commitSizeBytes };
    this.context = contextOf(file, buffer, this.#callchains);
    this.#merge = mergeSchemaOf(this.schema);
  }

  async *batches(options: ReadOptions = {}): AsyncGenerator<Batch, void, void> {
    const ledger = (this.ledger = emptyLedger());
    const losses = new Losses(ledger, this.#bytes.name);
    const cursors = this.#openCursors(losses);
    const totalBytes = this.#buffer.cpus.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const merge = new Merge(
      cursors,
      this.#merge,
      this.#callchains,
      timeConversion(this.#file.options),
      Math.max(1, options.batchEvents ?? BATCH_EVENTS),
    );
    for (const name of this.#textBuffers) {
      losses.unsupported(0, `buffer '${name}' holds text, which is not read here`);
    }
    for (;;) {
      options.signal?.throwIfAborted();
      const hasEvents = merge.fill(ledger.read);
      ledger.read += merge.batch.count;
      ledger.unsupported += take(merge, 'unsupported');
      ledger.outOfOrder += take(merge, 'outOfOrder');
      ledger.suspectedLosses += take(merge, 'suspectedLosses');
      if (!hasEvents) break;
      yield merge.batch;
      const consumed = cursors.reduce((sum, { consumedBytes }) => sum + consumedBytes, 0);
      options.onProgress?.(totalBytes === 0 ? 1 : Math.min(1, consumed / totalBytes));
      // Lets an abort or a message arrive between batches.
      await nextTurn();
    }
    losses.addStatistics(this.#file.options.statistics.filter(({ buffer }) => buffer === this.#buffer.name));
    options.onProgress?.(1);
  }

  outline(): SourceOutline {
    return outlineOf(this.#bytes, this.#file, this.#buffer, this.#merge.typeByRecordId);
  }

  /** The file belongs to whoever opened it. */
  close(): void {
    this.#callchains.clear();
  }

  #openCursors(losses: Losses): CpuCursor[] {
    const { page, isLittleEndian, compression } = this.#file;
    const { pageSizeBytes, cpus, isChunked } = this.#buffer;
    const pieceBytes = Math.min(PIECE_BYTES, Math.floor(PIECES_BYTES / Math.max(1, cpus.length)));
    const onLost = (at: number, count: number, reason: string) => losses.unparsed(at, count, reason);
    const events = {
      onMissed: (cpu: number, count: number | undefined) => losses.missed(cpu, count),
      onDamaged: (at: number, reason: string) => losses.unparsed(at, 1, reason),
    };
    return cpus.map((data) => {
      const pieces = isChunked
        ? new ChunkedPieces(this.#bytes, data, { compression, isLittleEndian, pageSizeBytes }, onLost)
        : new PlainPieces(this.#bytes, data, pageSizeBytes, pieceBytes, onLost);
      return new CpuCursor(data.cpu, pieces, { page, pageSizeBytes, isLittleEndian }, events);
    });
  }
}

function take(merge: Merge, counter: 'unsupported' | 'outOfOrder' | 'suspectedLosses'): number {
  const count = merge[counter];
  merge[counter] = 0;
  return count;
}

function detailOf(file: TraceDatFile): string {
  const version = file.version === 6 ? 'v6' : `v7 ${file.compression}`;
  // Aligning them takes the host's recording, which trace-cmd asks for as well.
  return file.options.hasTimeShift ? `${version}, a guest's times, not aligned with its host's` : version;
}

function clockOf(file: TraceDatFile, buffer: BufferData): string {
  return buffer.clock ?? file.options.clock ?? 'unknown';
}

/** With --date times are those of the wall; OFFSET, which the user gave, is added to both. */
function datePairs({ options: { dateOffsetNs } }: TraceDatFile, otherClock: string): readonly ClockPair[] {
  if (dateOffsetNs === 0n || otherClock === 'unknown') return [];
  const origin = 'the date its recorder took';
  return [{ clock: 'realtime', timeNs: dateOffsetNs, otherClock, otherTimeNs: 0n, origin }];
}

function contextOf(file: TraceDatFile, buffer: BufferData, callchains: Callchains): SourceContext {
  const { options } = file;
  const { kallsyms } = file;
  return {
    comms: file.comms,
    tgids: options.tgids,
    callchains: callchains.chains,
    get kallsyms() {
      return kallsyms();
    },
    kernelRelease: options.kernelRelease,
    machine: options.machine,
    cpuCount: options.cpuCount ?? buffer.cpus.reduce((count, { cpu }) => Math.max(count, cpu + 1), 0),
  };
}

function mergeSchemaOf(schema: Schema): MergeSchema {
  const typeByRecordId = new Int32Array(65_536).fill(-1);
  for (const type of schema.types) {
    if (type.recordId !== undefined && type.recordId < 65_536) typeByRecordId[type.recordId] = type.index;
  }
  const find = (system: string, name: string) =>
    schema.types.find((type) => type.system === system && type.name === name);
  const offsetOf = (type: Schema['types'][number] | undefined, name: string) =>
    type?.fields.find((field) => field.name === name)?.offsetBytes;
  const stack = find('ftrace', 'kernel_stack');
  const callerOffset = offsetOf(stack, 'caller');
  const sched = find('sched', 'sched_switch');
  const prevPidOffset = offsetOf(sched, 'prev_pid');
  const nextPidOffset = offsetOf(sched, 'next_pid');
  return {
    schema,
    typeByRecordId,
    kernelStack:
      stack === undefined || callerOffset === undefined
        ? undefined
        : { type: stack.index, sizeOffset: offsetOf(stack, 'size') ?? -1, callerOffset },
    sched:
      sched === undefined || prevPidOffset === undefined || nextPidOffset === undefined
        ? undefined
        : { type: sched.index, prevPidOffset, nextPidOffset },
  };
}
