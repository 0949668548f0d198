/** Reads a version 6 trace.dat's headers: one part after the other, as trace-cmd.dat.v6(5) has them. */
import { Failure } from '../../../failure.ts';
import { ByteReader } from './byte-reader.ts';
import type { BufferData, CpuData, TraceDatFile, TraceDatPrefix } from './layout.ts';
import { CPUS_MAX, OPTIONS_MAX, OPTION_BYTES_MAX } from './limits.ts';
import { readCommandLines, readPageLayout, skipText, TypeList } from './metadata.ts';
import { OPTION, parseOptions, readOption, selectedClock } from './options.ts';
import type { RawOption } from './options.ts';

const MARK_BYTES = 10;

export function readVersion6(reader: ByteReader, prefix: TraceDatPrefix): TraceDatFile {
  const page = readPageLayout(reader);
  const list = new TypeList(page.commitSizeBytes);
  list.readFtraceEvents(reader);
  list.readEventSystems(reader);
  const kallsyms = skipText(reader);
  skipText(reader); // printk formats
  const comms = readCommandLines(reader);
  const cpuCount = reader.limited(reader.uint32(), CPUS_MAX, 'CPUs');

  let mark = readMark(reader);
  const raw: RawOption[] = [];
  if (mark === 'options') {
    for (let option = readOption(reader); option !== undefined; option = readOption(reader)) {
      raw.push(option);
      if (raw.length > OPTIONS_MAX) throw reader.corrupt('the options do not end');
    }
    mark = readMark(reader);
  }
  const options = parseOptions(raw, prefix.isLittleEndian);
  // The option only announces a clock: its text follows each table of CPUs.
  const hasClock = raw.some((option) => option.id === OPTION.traceClock && option.bytes.length === 0);
  const buffers: BufferData[] = [];
  const textBuffers: string[] = [];
  const readBuffer = (at: ByteReader, found: string, name: string): void => {
    if (found === 'latency') {
      textBuffers.push(name);
      return;
    }
    const cpus = readCpuTable(at, cpuCount);
    const clock = hasClock ? readClock(at) : options.clock;
    buffers.push({ name, clock, pageSizeBytes: prefix.pageSizeBytes, isChunked: false, cpus });
  };
  readBuffer(reader, mark, '');
  for (const option of raw.filter((candidate) => candidate.id === OPTION.buffer)) {
    const instance = new ByteReader(reader.file, option.at, prefix.isLittleEndian);
    const at = instance.offset();
    const name = instance.string();
    instance.at = at;
    readBuffer(instance, readMark(instance), name);
  }
  return {
    version: 6,
    compression: 'none',
    isLittleEndian: prefix.isLittleEndian,
    page,
    types: list.types,
    comms,
    kallsyms: () =>
      kallsyms.sizeBytes === 0
        ? undefined
        : Buffer.from(reader.file.read(kallsyms.at, kallsyms.sizeBytes)).toString('latin1'),
    options: { ...options, cpuCount: options.cpuCount ?? cpuCount },
    buffers,
    textBuffers,
  };
}

/** `options`, `latency` or `flyrecord`, in ten bytes. */
function readMark(reader: ByteReader): string {
  const at = reader.at;
  const mark = reader.latin1(MARK_BYTES).replace(/[ \0]+$/, '');
  if (mark === 'options' || mark === 'latency' || mark === 'flyrecord') return mark;
  throw new Failure('trace', 'corrupt', 'neither options nor trace data begin here', {
    file: reader.file.name,
    at: `byte ${at}`,
  });
}

function readCpuTable(reader: ByteReader, cpuCount: number): CpuData[] {
  return Array.from({ length: cpuCount }, (_, cpu) => ({
    cpu,
    offset: reader.offset(),
    sizeBytes: reader.offset(),
  }));
}

function readClock(reader: ByteReader): string | undefined {
  return selectedClock(reader.latin1(reader.limited(reader.offset(), OPTION_BYTES_MAX, 'size of the clock')));
}
