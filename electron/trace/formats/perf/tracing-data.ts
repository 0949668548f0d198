/** HEADER_TRACING_DATA: the event formats, as a trace.dat of version 6 begins. */
import type { EventType } from '../../event.ts';
import type { ByteReader } from '../trace-dat/byte-reader.ts';
import { readCommandLines, readPageLayout, skipText, TypeList } from '../trace-dat/metadata.ts';

const MAGIC = [0x17, 0x08, 0x44, ...Buffer.from('tracing')];

export interface TracingData {
  readonly types: readonly EventType[];
  readonly comms: ReadonlyMap<number, string>;
  readonly longSizeBytes: number;
  readonly kallsyms: () => string | undefined;
}

export function readTracingData(reader: ByteReader): TracingData {
  const start = reader.at;
  const magic = reader.bytes(MAGIC.length);
  if (!MAGIC.every((byte, index) => magic[index] === byte)) {
    throw reader.corrupt('the event formats do not begin here', start);
  }
  const version = reader.string();
  reader.isLittleEndian = reader.uint8() === 0;
  reader.uint8(); // perf's own long; the kernel's is in header_page
  reader.uint32();
  const page = readPageLayout(reader);
  const list = new TypeList(page.commitSizeBytes);
  list.readFtraceEvents(reader);
  list.readEventSystems(reader);
  const kallsyms = skipText(reader);
  skipText(reader); // printk formats
  const comms = version === '0.6' ? readCommandLines(reader) : new Map<number, string>();
  return {
    types: list.types,
    comms,
    longSizeBytes: page.commitSizeBytes,
    kallsyms: () =>
      kallsyms.sizeBytes === 0
        ? undefined
        : Buffer.from(reader.file.read(kallsyms.at, kallsyms.sizeBytes)).toString('latin1'),
  };
}
