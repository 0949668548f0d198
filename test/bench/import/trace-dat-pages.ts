/** trace.dat version 6: a header that describes the events given, and pages of them for every CPU. */
import type { EventField, EventType } from '../../../electron/trace/event.ts';

export const CPUS = 4;
export const PAGE_BYTES = 4096;
const HEAD_BYTES = 16;
/** Between two events of one CPU. */
export const STEP_NS = 700;
const COMMS = ['worker-a', 'worker-b', 'kworker/1:2', 'ksoftirqd/0', 'swapper/2', 'rcu_preempt'];
/** A wakeup is two events, and a switch follows. */
const SCHEDULING = ['sched_waking', 'sched_wakeup', 'sched_switch'];

export class TraceDatPages {
  readonly perCpu: number;
  readonly eventsPerPage: number;
  /** All that the recording describes. */
  readonly types: readonly EventType[];
  readonly #template: Uint8Array;
  readonly #spanNs: bigint;

  /** `names`: of the events, in the order in which they come again and again. */
  constructor(types: readonly EventType[], sizeBytes: number, names: readonly string[] = SCHEDULING) {
    this.types = types;
    this.perCpu = Math.max(1, Math.round(sizeBytes / PAGE_BYTES / CPUS));
    const mix = names.map((wanted) => types.find(({ name }) => name === wanted));
    const typeOf = (event: number): EventType => {
      const type = mix[event % mix.length];
      if (type === undefined) throw new Error(`the sample does not describe ${names.join(', ')}`);
      return type;
    };
    // As many as fit; a page ends with a switch, to the task that the next page begins with.
    let events = 0;
    for (let bytes = HEAD_BYTES; ; events += 1) {
      bytes += 4 + recordBytes(typeOf(events));
      if (bytes > PAGE_BYTES) break;
    }
    events -= events % mix.length;
    this.eventsPerPage = events;
    const page = Buffer.alloc(PAGE_BYTES);
    let at = HEAD_BYTES;
    for (let event = 0; event < events; event += 1) {
      const record = recordOf(typeOf(event), event, Math.floor(event / mix.length), events / mix.length);
      page.writeUInt32LE(((event === 0 ? 0 : STEP_NS) << 5) | (record.length / 4), at);
      page.set(record, at + 4);
      at += 4 + record.length;
    }
    page.writeBigUInt64LE(BigInt(at - HEAD_BYTES), 8);
    this.#template = page;
    this.#spanNs = BigInt(events * STEP_NS);
  }

  /** CPU after CPU, as they lie in the file. One buffer, reused. */
  *all(startNs: bigint): Generator<Uint8Array> {
    const run = 256;
    const pages = Buffer.alloc(run * PAGE_BYTES);
    for (let index = 0; index < run; index += 1) pages.set(this.#template, index * PAGE_BYTES);
    for (let cpu = 0; cpu < CPUS; cpu += 1) {
      let ns = startNs + BigInt(cpu * 150);
      for (let page = 0; page < this.perCpu; page += run) {
        const count = Math.min(run, this.perCpu - page);
        for (let index = 0; index < count; index += 1, ns += this.#spanNs)
          pages.writeBigUInt64LE(ns, index * PAGE_BYTES);
        yield pages.subarray(0, count * PAGE_BYTES);
      }
    }
  }
}

function recordBytes({ sizeBytes }: EventType): number {
  return Math.ceil(sizeBytes / 4) * 4;
}

function commOf(task: number): string {
  return COMMS[task % COMMS.length] ?? '';
}

/** Tasks take turns: a switch in each, from one to the next. */
function recordOf(type: EventType, seed: number, turn: number, turns: number): Uint8Array {
  const record = Buffer.alloc(recordBytes(type));
  const taskOf = (name: string): number => (turn + (/^(prev|common)_/.test(name) ? 0 : 1)) % turns;
  for (const field of type.fields) {
    const { name, offsetBytes, sizeBytes } = field;
    if (name === 'common_type') record.writeUInt16LE(type.recordId ?? 0, offsetBytes);
    else if (name === 'id') record.writeUInt8(seed % 100, offsetBytes);
    else if (field.kind === 'text') record.write(commOf(taskOf(name)), offsetBytes, sizeBytes, 'latin1');
    else if (name.endsWith('pid')) record.writeInt32LE(1000 + taskOf(name), offsetBytes);
    else if (name === 'target_cpu') record.writeInt32LE(seed % CPUS, offsetBytes);
    else if (name.endsWith('prio')) record.writeInt32LE(120, offsetBytes);
  }
  return record;
}

/** Everything before the pages, which begin at a multiple of their size. */
export function traceDatHead(types: readonly EventType[], pagesPerCpu: number): Uint8Array {
  const parts: Uint8Array[] = [];
  const bytes = (...each: readonly number[]): number => parts.push(Uint8Array.from(each));
  const text = (value: string): number => parts.push(Buffer.from(value, 'latin1'));
  const word = (value: number): number => parts.push(new Uint8Array(Uint32Array.of(value).buffer));
  const long = (value: number): number => parts.push(new Uint8Array(BigUint64Array.of(BigInt(value)).buffer));
  const sized = (value: string): void => {
    long(value.length);
    text(value);
  };
  bytes(0x17, 0x08, 0x44);
  text('tracing6\0');
  bytes(0, 8);
  word(PAGE_BYTES);
  text('header_page\0');
  sized(
    '\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n' +
      '\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n' +
      '\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n' +
      `\tfield: char data;\toffset:16;\tsize:${PAGE_BYTES - HEAD_BYTES};\tsigned:0;\n`,
  );
  text('header_event\0');
  sized(
    '# compressed entry header\n\ttype_len    :    5 bits\n\ttime_delta  :   27 bits\n\tarray       :   32 bits\n\n' +
      '\tpadding     : type == 29\n\ttime_extend : type == 30\n\ttime_stamp : type == 31\n\tdata max type_len  == 28\n',
  );
  word(0);
  const systems = Map.groupBy(types, ({ system }) => system);
  word(systems.size);
  for (const [system, own] of systems) {
    text(`${system}\0`);
    word(own.length);
    for (const type of own) sized(formatOf(type));
  }
  word(0);
  word(0);
  sized(Array.from({ length: 40 }, (_, index) => `${1000 + index} ${commOf(index)}\n`).join(''));
  word(CPUS);
  text('options  \0');
  bytes(0, 0);
  text('flyrecord\0');
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const dataAt = Math.ceil((length + CPUS * 16) / PAGE_BYTES) * PAGE_BYTES;
  for (let cpu = 0; cpu < CPUS; cpu += 1) {
    long(dataAt + cpu * pagesPerCpu * PAGE_BYTES);
    long(pagesPerCpu * PAGE_BYTES);
  }
  parts.push(new Uint8Array(dataAt - length - CPUS * 16));
  return Buffer.concat(parts);
}

function formatOf({ name, recordId, fields, printFormat }: EventType): string {
  const line = ({
    name: field,
    type,
    kind,
    offsetBytes,
    sizeBytes,
    isSigned,
    elementCount,
  }: EventField): string => {
    const bounds = kind === 'text' || kind === 'array' ? `[${elementCount}]` : '';
    return `\tfield:${type} ${field}${bounds};\toffset:${offsetBytes};\tsize:${sizeBytes};\tsigned:${isSigned ? 1 : 0};`;
  };
  const common = fields.filter((field) => field.name.startsWith('common_'));
  const own = fields.filter((field) => !field.name.startsWith('common_'));
  const lines = [...common.map(line), '', ...own.map(line)];
  return `name: ${name}\nID: ${recordId}\nformat:\n${lines.join('\n')}\n\nprint fmt: ${printFormat ?? '""'}\n`;
}
