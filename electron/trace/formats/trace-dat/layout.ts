/** What both versions of a trace.dat come down to once their headers are read. */
import type { EventType } from '../../event.ts';
import type { Compression } from './compression.ts';
import type { TraceOptions } from './options.ts';
import type { PageLayout } from './page-layout.ts';

export interface CpuData {
  readonly cpu: number;
  readonly offset: number;
  /** As announced; the file may end before. */
  readonly sizeBytes: number;
}

/** One ring buffer: the top instance or a named one. */
export interface BufferData {
  /** '' for the top instance. */
  readonly name: string;
  readonly clock: string | undefined;
  readonly pageSizeBytes: number;
  /** The CPUs' data is a count and that many compressed chunks. */
  readonly isChunked: boolean;
  readonly cpus: readonly CpuData[];
}

export interface TraceDatFile {
  readonly version: 6 | 7;
  readonly compression: Compression;
  readonly isLittleEndian: boolean;
  readonly page: PageLayout;
  readonly types: readonly EventType[];
  readonly comms: ReadonlyMap<number, string>;
  /** Reads the symbols, which are large, when they are asked for. */
  readonly kallsyms: () => string | undefined;
  readonly options: TraceOptions;
  readonly buffers: readonly BufferData[];
  /** Text ("latency") buffers, which hold no records; by name. */
  readonly textBuffers: readonly string[];
}

/** The start that both versions share, and the reader standing behind it. */
export interface TraceDatPrefix {
  readonly version: string;
  readonly isLittleEndian: boolean;
  readonly pageSizeBytes: number;
}
