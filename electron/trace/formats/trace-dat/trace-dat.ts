/** trace-cmd's trace.dat, versions 6 and 7: the kernel's own ring buffer pages behind a header. */
import { Failure } from '../../../failure.ts';
import type { ByteSource } from '../../event.ts';
import type { Format } from '../format.ts';
import { ByteReader } from './byte-reader.ts';
import type { TraceDatFile } from './layout.ts';
import { PAGE_BYTES_MAX, PAGE_BYTES_MIN } from './limits.ts';
import { checkCommonFields } from './metadata.ts';
import { TraceDatSource } from './source.ts';
import { readVersion6 } from './version-6.ts';
import { readVersion7 } from './version-7.ts';

const MAGIC = [0x17, 0x08, 0x44, ...Buffer.from('tracing')];

export const traceDat: Format = {
  name: 'trace.dat',

  detect(file: ByteSource): boolean {
    if (file.sizeBytes < MAGIC.length) return false;
    const start = file.read(0, MAGIC.length);
    return MAGIC.every((byte, index) => start[index] === byte);
  },

  open(file: ByteSource): readonly TraceDatSource[] {
    const headers = readHeaders(file);
    checkCommonFields(headers.types, file.name);
    if (headers.buffers.length === 0) {
      const what = headers.textBuffers.length > 0 ? 'only text (a latency tracer)' : 'no ring buffer';
      throw new Failure('trace', 'unsupported', `it holds ${what}`, { file: file.name });
    }
    // An instance is recorded beside a top buffer that often holds nothing at all.
    const filled = headers.buffers.filter(({ cpus }) => cpus.some(({ sizeBytes }) => sizeBytes > 0));
    const buffers = filled.length > 0 ? filled : headers.buffers.slice(0, 1);
    return buffers.map(
      (buffer, index) => new TraceDatSource(file, headers, buffer, index === 0 ? headers.textBuffers : []),
    );
  },
};

function readHeaders(file: ByteSource): TraceDatFile {
  const reader = new ByteReader(file, MAGIC.length, true);
  const version = reader.string();
  const isLittleEndian = reader.uint8() === 0;
  reader.uint8(); // the recorder's own long; the kernel's is in header_page
  reader.isLittleEndian = isLittleEndian;
  const pageSizeBytes = reader.limited(reader.uint32(), PAGE_BYTES_MAX, 'size of a page');
  if (pageSizeBytes < PAGE_BYTES_MIN || pageSizeBytes % 4 !== 0) {
    throw reader.corrupt(`pages of ${pageSizeBytes} bytes`);
  }
  const prefix = { version, isLittleEndian, pageSizeBytes };
  if (version === '6') return readVersion6(reader, prefix);
  if (version === '7') return readVersion7(reader, prefix);
  throw new Failure('trace', 'unsupported', `version '${version}'; versions 6 and 7 are read`, {
    file: file.name,
  });
}
