/** perf.data, as a file or as a pipe's stream, of either byte order. */
import type { ByteSource } from '../../event.ts';
import type { Format } from '../format.ts';
import { byteOrder, readHeader } from './header.ts';
import { PerfDataSource } from './source.ts';

export const perfData: Format = {
  name: 'perf.data',

  detect(file: ByteSource): boolean {
    return byteOrder(file) !== undefined;
  },

  open(file: ByteSource): readonly PerfDataSource[] {
    return [new PerfDataSource(file, readHeader(file))];
  },
};
