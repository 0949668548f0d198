/** Text of perf script as a Source: a sample is an event of system `perf`, its callchain the lines below it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BatchBuffer } from '../../batch-buffer.ts';
import { emptyLedger } from '../../event.ts';
import type {
  Batch,
  ByteSource,
  EventType,
  Ledger,
  ReadOptions,
  Schema,
  Source,
  SourceContext,
} from '../../event.ts';
import { linesOf } from '../../lines.ts';
import { PerfCallchains } from '../perf/callchains.ts';
import { BODY_OFFSET, commonFields, declareFields } from '../perf/fields.ts';
import { Window } from '../perf/window.ts';
import { emptyHeader, readHeaderLine } from './header-lines.ts';
import { CALLCHAIN_DEPTH_MAX, EVENT_TYPES_MAX, HEADER_LINES_MAX, PLACES_MAX, TASKS_MAX } from './limits.ts';
import { TEXT_BYTES_MAX, WINDOW_EVENTS } from './limits.ts';
import { parseFrame, parseSampleLine } from './sample-line.ts';
import type { SampleLine } from './sample-line.ts';

const BATCH_EVENTS = 16_384;
const HASH = 0x23;
const TAB = 0x09;
/** What is not in a line's place: common fields, then these. */
const BODY = ['s32 pid', 's32 tid', 'u64 period', 'u64 ip', 'char text[]'];
const AT = { pid: BODY_OFFSET, tid: BODY_OFFSET + 4, period: BODY_OFFSET + 8, ip: BODY_OFFSET + 16 };
const TEXT_AT = BODY_OFFSET + 24;

export class PerfScriptSource implements Source {
  readonly name: string;
  readonly format = 'perf-script';
  readonly formatDetail: string;
  readonly clock: string;
  readonly schema: Schema;
  readonly context: SourceContext;
  ledger: Ledger = emptyLedger();
  readonly #file: ByteSource;
  readonly #types: EventType[] = [];
  readonly #typeByName = new Map<string, EventType>();
  readonly #chains = new PerfCallchains();
  readonly #comms = new Map<number, string>();
  readonly #tgids = new Map<number, number>();
  readonly #addresses = new DataView(new ArrayBuffer(CALLCHAIN_DEPTH_MAX * 8));

  constructor(file: ByteSource) {
    const facts = emptyHeader();
    for (const line of linesOf(file)) {
      if (line.number > HEADER_LINES_MAX || (line.end > line.start && line.bytes[line.start] !== HASH)) break;
      readHeaderLine(facts, textOf(line.bytes, line.start, line.end));
    }
    this.#file = file;
    this.name = file.name;
    this.formatDetail = facts.hasEvents ? 'with header' : 'without header';
    // Without a header nothing says which clock perf was told to use.
    this.clock = facts.hasEvents && !facts.hasClockId ? 'perf' : 'unknown';
    this.schema = { types: this.#types, isLittleEndian: true, longSizeBytes: 8 };
    this.context = {
      comms: this.#comms,
      tgids: this.#tgids,
      callchains: this.#chains.kernel,
      userCallchains: this.#chains.user,
      kallsyms: undefined,
      kernelRelease: facts.kernelRelease,
      machine: facts.machine,
      cpuCount: facts.cpuCount,
    };
  }

  async *batches(options: ReadOptions = {}): AsyncGenerator<Batch, void, void> {
    const ledger = (this.ledger = emptyLedger());
    const batch = new BatchBuffer(Math.max(1, options.batchEvents ?? BATCH_EVENTS));
    const window = new Window();
    const fill = (): boolean => {
      const hasEvents = window.fill(batch, ledger.read);
      ledger.read += batch.count;
      ledger.outOfOrder = window.outOfOrder;
      return hasEvents;
    };
    let sample: SampleLine | undefined;
    let depth = 0;
    for (const line of linesOf(this.#file)) {
      if (line.end === line.start || line.bytes[line.start] === HASH) continue;
      const text = textOf(line.bytes, line.start, line.end);
      // A tab begins a callchain's line, but may have become blanks; a name of hexadecimal digits is a name.
      const isTabbed = line.bytes[line.start] === TAB;
      const next = line.isCut || isTabbed ? undefined : parseSampleLine(text);
      const address = next === undefined && sample !== undefined ? parseFrame(text) : undefined;
      if (address !== undefined) {
        if (depth < CALLCHAIN_DEPTH_MAX) this.#addresses.setBigUint64(8 * depth++, address, true);
        continue;
      }
      if (next === undefined) {
        unparsed(ledger, this.#file.name, line.number, 'neither a sample nor a line of its callchain');
        continue;
      }
      if (sample !== undefined) this.#append(window, sample, depth, ledger);
      depth = 0;
      sample = next;
      if (window.count < WINDOW_EVENTS) continue;
      options.signal?.throwIfAborted();
      window.releaseHalf();
      while (fill()) yield batch;
      options.onProgress?.(line.fileOffset / this.#file.sizeBytes);
      await nextTurn();
    }
    if (sample !== undefined) this.#append(window, sample, depth, ledger);
    options.signal?.throwIfAborted();
    window.release(Infinity);
    while (fill()) {
      yield batch;
      options.signal?.throwIfAborted();
    }
    options.onProgress?.(1);
  }

  /** The file belongs to whoever opened it. */
  close(): void {
    this.#chains.clear();
  }

  #append(window: Window, sample: SampleLine, depth: number, ledger: Ledger): void {
    this.#noteTask(sample);
    if (sample.event.startsWith('PERF_RECORD_')) {
      ledger.unsupported += 1;
      return;
    }
    const type = this.#typeOf(sample.event);
    if (type === undefined) {
      ledger.unsupported += 1;
      return;
    }
    const inLine = depth === 0 ? parseFrame(` ${sample.text}`) : undefined;
    const ip = depth === 0 ? (inLine ?? 0n) : this.#addresses.getBigUint64(0, true);
    const text = Buffer.from(sample.text, 'latin1').subarray(0, TEXT_BYTES_MAX);
    const length = TEXT_AT + text.length + 1;
    const at = window.reserve(length);
    const { view, bytes } = window;
    bytes.fill(0, at, at + length);
    view.setInt32(at + 4, sample.tid, true);
    view.setInt32(at + AT.pid, sample.pid ?? -1, true);
    view.setInt32(at + AT.tid, sample.tid, true);
    view.setBigUint64(at + AT.period, sample.period, true);
    view.setBigUint64(at + AT.ip, ip, true);
    bytes.set(text, at + TEXT_AT);
    const stack = depth === 0 ? -1 : this.#chains.intern(this.#addresses, 0, depth, true);
    const high = Number(sample.timeNs >> 32n);
    const low = Number(sample.timeNs & 0xffff_ffffn);
    window.append(high, low, sample.cpu ?? 0, sample.tid, type.index, stack, length);
  }

  #noteTask({ comm, pid, tid }: SampleLine): void {
    if (this.#comms.size >= TASKS_MAX) return;
    this.#comms.set(tid, comm);
    if (pid !== undefined) this.#tgids.set(tid, pid);
  }

  #typeOf(name: string): EventType | undefined {
    const known = this.#typeByName.get(name);
    if (known !== undefined || this.#types.length >= EVENT_TYPES_MAX) return known;
    const type: EventType = {
      index: this.#types.length,
      system: 'perf',
      name,
      recordId: undefined,
      fields: [...commonFields(), ...declareFields(BODY, BODY_OFFSET)],
      sizeBytes: TEXT_AT,
      printFormat: undefined,
    };
    this.#types.push(type);
    this.#typeByName.set(name, type);
    return type;
  }
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

function unparsed(ledger: Ledger, file: string, at: number, reason: string): void {
  ledger.unparsed += 1;
  if (ledger.places.length < PLACES_MAX) ledger.places.push({ file, at, reason });
}
