/**
 * The kernel's ring buffers as they lie in tracefs: `per_cpu/cpu0/trace_pipe_raw` and its like, copied into a folder
 * beside `events/`. Not one file, so not in the registry: whoever has the folder gives its members.
 */
import { Failure } from '../../../failure.ts';
import type { Batch, ByteSource, EventType, ReadOptions } from '../../event.ts';
import { parseEventFormat, parseField } from '../trace-dat/event-format.ts';
import type { FieldCache } from '../trace-dat/event-format.ts';
import type { BufferData, TraceDatFile } from '../trace-dat/layout.ts';
import { CPUS_MAX, EVENT_TYPES_MAX, PAGE_BYTES_MAX, PAGE_BYTES_MIN } from '../trace-dat/limits.ts';
import { checkCommonFields } from '../trace-dat/metadata.ts';
import { parsePageLayout } from '../trace-dat/page-layout.ts';
import type { PageLayout } from '../trace-dat/page-layout.ts';
import type { CpuStatistics, TraceOptions } from '../trace-dat/options.ts';
import { TraceDatSource } from '../trace-dat/source.ts';
import { JoinedBytes } from './joined-bytes.ts';

export interface FtraceFolder {
  /** Of the folder, as the user would name it. */
  readonly name: string;
  readonly cpus: readonly { readonly cpu: number; readonly file: ByteSource }[];
  /** Text of `events/header_page`; without it, pages are laid out as 64-bit kernels do. */
  readonly headerPage: string | undefined;
  /** Texts of format files by `system:name`; those of system `ftrace` among them. */
  readonly eventFormats: ReadonlyMap<string, string>;
  /** Texts of `per_cpu/cpuN/stats` by CPU: what the kernel lost. */
  readonly statistics?: ReadonlyMap<number, string> | undefined;
  readonly comms?: ReadonlyMap<number, string> | undefined;
  readonly tgids?: ReadonlyMap<number, number> | undefined;
  readonly kallsyms?: string | undefined;
  /** The selected one of `trace_clock`. */
  readonly clock?: string | undefined;
  readonly kernelRelease?: string | undefined;
  readonly machine?: string | undefined;
}

const CPU_FILE = /(?:^|\/)per_cpu\/cpu(\d+)\/trace_pipe_raw$/;
/** As ring_buffer_print_page_header() writes it on a kernel of 64 bits. */
const LAYOUT_64: PageLayout = { timestampOffset: 0, commitOffset: 8, commitSizeBytes: 8, dataOffset: 16 };
const PAGE_BYTES = 4096;
/** Bits of commit that count bytes. */
const COMMIT_MASK = 2 ** 27 - 1;

/** The CPU whose pages a member holds, by its path in the folder; undefined for any other member. */
export function cpuOfMember(path: string): number | undefined {
  const cpu = CPU_FILE.exec(path)?.[1];
  return cpu === undefined || Number(cpu) >= CPUS_MAX ? undefined : Number(cpu);
}

/** Throws Failure `corrupt`, `unsupported` where the headers cannot be read, `no-formats` where there are none. */
export function openFtraceFolder(folder: FtraceFolder): TraceDatSource {
  const { name, headerPage } = folder;
  const page = headerPage === undefined ? LAYOUT_64 : parsePageLayout(headerPage, name);
  const types = typesOf(folder.eventFormats, page.commitSizeBytes);
  if (types.length === 0) {
    const reason = 'events/ holds no format file: nothing tells what the records of per_cpu/ mean';
    throw new Failure('trace', 'no-formats', reason, { file: name });
  }
  checkCommonFields(types, name);
  const cpus = folder.cpus.toSorted((a, b) => a.cpu - b.cpu);
  const pageSizeBytes = pageSizeOf(headerPage, name);
  const isLittleEndian = isLittleEndianPage(cpus, page, pageSizeBytes);
  const bytes = new JoinedBytes(
    cpus.map(({ file }) => file),
    name,
  );
  const buffer: BufferData = {
    name: '',
    clock: folder.clock,
    pageSizeBytes,
    isChunked: false,
    cpus: cpus.map(({ cpu, file }, index) => ({
      cpu,
      offset: bytes.starts[index] ?? 0,
      sizeBytes: file.sizeBytes,
    })),
  };
  return new FtraceFolderSource(bytes, fileOf(folder, page, types, isLittleEndian), buffer);
}

class FtraceFolderSource extends TraceDatSource {
  override readonly format = 'ftrace-folder';
  override readonly formatDetail: string;
  readonly #joined: JoinedBytes;

  constructor(bytes: JoinedBytes, file: TraceDatFile, buffer: BufferData) {
    super(bytes, file, buffer, []);
    this.#joined = bytes;
    this.formatDetail = `pages of ${buffer.cpus.length} CPUs`;
  }

  override async *batches(options: ReadOptions = {}): AsyncGenerator<Batch, void, void> {
    yield* super.batches(options);
    const { places } = this.ledger;
    for (const [index, { at, reason }] of places.entries()) {
      if (at < this.#joined.sizeBytes) places[index] = { ...this.#joined.placeOf(at), reason };
    }
  }
}

function fileOf(
  folder: FtraceFolder,
  page: PageLayout,
  types: readonly EventType[],
  isLittleEndian: boolean,
): TraceDatFile {
  return {
    version: 6,
    compression: 'none',
    isLittleEndian,
    page,
    types,
    comms: folder.comms ?? new Map(),
    kallsyms: () => folder.kallsyms,
    options: emptyOptions(folder),
    buffers: [],
    textBuffers: [],
  };
}

function emptyOptions({ clock, kernelRelease, machine, tgids, statistics }: FtraceFolder): TraceOptions {
  return {
    clock,
    kernelRelease,
    machine,
    cpuCount: undefined,
    timeOffsetNs: 0n,
    dateOffsetNs: 0n,
    tsc: undefined,
    hasTimeShift: false,
    statistics: [...(statistics ?? [])].map(([cpu, text]) => statisticsOf(cpu, text)),
    tgids: tgids ?? new Map(),
  };
}

function statisticsOf(cpu: number, text: string): CpuStatistics {
  const count = (name: string): number =>
    Number(new RegExp(`^${name}: (\\d{1,15})$`, 'm').exec(text)?.[1] ?? 0);
  return {
    buffer: '',
    cpu,
    overrun: count('overrun'),
    commitOverrun: count('commit overrun'),
    dropped: count('dropped events'),
  };
}

function typesOf(formats: ReadonlyMap<string, string>, longSizeBytes: number): EventType[] {
  const types: EventType[] = [];
  const cache: FieldCache = new Map();
  for (const [name, text] of [...formats].slice(0, EVENT_TYPES_MAX)) {
    const system = name.slice(0, name.indexOf(':'));
    const type = parseEventFormat(text, system, types.length, longSizeBytes, cache);
    if (type !== undefined) types.push(type);
  }
  return types;
}

/** The page's own fields and its data, as header_page measures them. */
function pageSizeOf(headerPage: string | undefined, name: string): number {
  if (headerPage === undefined) return PAGE_BYTES;
  const data = headerPage.split('\n').flatMap((line) => {
    const field = parseField(line, 8);
    return field?.name === 'data' ? [field.offsetBytes + field.sizeBytes] : [];
  });
  const size = data[0] ?? PAGE_BYTES;
  if (size < PAGE_BYTES_MIN || size > PAGE_BYTES_MAX || size % 4 !== 0) {
    throw new Failure('trace', 'corrupt', `pages of ${size} bytes`, { file: name, at: 'header_page' });
  }
  return size;
}

/** A page's count of bytes is no more than it holds, in the byte order that it is written in. */
function isLittleEndianPage(cpus: FtraceFolder['cpus'], page: PageLayout, pageSizeBytes: number): boolean {
  for (const { file } of cpus) {
    if (file.sizeBytes < pageSizeBytes) continue;
    const head = file.read(0, page.dataOffset);
    const view = new DataView(head.buffer, head.byteOffset, head.length);
    const low = view.getUint32(page.commitOffset, true) & COMMIT_MASK;
    const upper = page.commitOffset + page.commitSizeBytes - 4;
    const high = view.getUint32(upper, false) & COMMIT_MASK;
    if (low === 0 && high === 0) continue;
    return low > 0 && low <= pageSizeBytes;
  }
  return true;
}
