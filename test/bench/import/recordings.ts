/**
 * Recordings of any size for the import bench: a block of records, written again and again with later times.
 * Records are as those of a busy machine of four CPUs, and every peer reads the files.
 */
import { closeSync, openSync, statSync, writeSync } from 'node:fs';

import type { EventType } from '../../../electron/trace/event.ts';
import { openBundle } from '../../../electron/trace/bundle/bundle.ts';
import { makePerfBlock } from './perf-block.ts';
import { makeTextBlock, TEXT_HEADER } from './text-block.ts';
import { makePerfettoBlock, PERFETTO_HEADER } from './perfetto-block.ts';
import { makePacketBlock, PCAP_HEADER } from './packet-block.ts';
import { CPUS, PAGE_BYTES, traceDatHead, TraceDatPages } from './trace-dat-pages.ts';

export type RecordingKind = 'trace.dat' | 'perf.data' | 'trace' | 'pcap' | 'perfetto-trace';

/** Bytes that repeat, and how they are made to be of a later time. */
export interface Block {
  readonly bytes: Uint8Array;
  /** Nanoseconds from one block's start to the next's. */
  readonly spanNs: bigint;
  /** Sets all times as of a block that starts at `ns`. */
  setTime(ns: bigint): void;
}

const SAMPLE = 'traces/runqueue-contention.zip';
const START_NS = 5_000_000_000n;
const CHUNK_BYTES = 8 * 1024 * 1024;

/** Writes about as many bytes to the path. */
export async function writeRecording(kind: RecordingKind, path: string, sizeBytes: number): Promise<void> {
  switch (kind) {
    case 'trace.dat':
      writeTraceDat(path, new TraceDatPages(await sampleTypes('sched'), sizeBytes));
      return;
    case 'perf.data':
      writeBlocks(path, sizeBytes, makePerfBlock(sizeBytes));
      return;
    case 'trace':
      writeBlocks(path, sizeBytes, { head: TEXT_HEADER, block: makeTextBlock() });
      return;
    case 'pcap':
      writeBlocks(path, sizeBytes, { head: PCAP_HEADER, block: makePacketBlock() });
      return;
    case 'perfetto-trace':
      writeBlocks(path, sizeBytes, { head: PERFETTO_HEADER, block: makePerfettoBlock() });
  }
}

/** Event types as the sample recording describes them. */
async function sampleTypes(...systems: readonly string[]): Promise<readonly EventType[]> {
  const bundle = await openBundle(SAMPLE);
  try {
    return bundle.sources
      .flatMap(({ schema }) => schema.types)
      .filter(({ system }) => systems.includes(system));
  } finally {
    bundle.close();
  }
}

function writeBlocks(
  path: string,
  sizeBytes: number,
  { head, block }: { readonly head: Uint8Array; readonly block: Block },
): void {
  const file = openSync(path, 'w');
  try {
    writeSync(file, head);
    const perChunk = Math.max(1, Math.floor(CHUNK_BYTES / block.bytes.length));
    const chunk = new Uint8Array(perChunk * block.bytes.length);
    let ns = START_NS;
    const count = Math.max(1, Math.floor((sizeBytes - head.length) / block.bytes.length));
    for (let written = 0; written < count; written += perChunk) {
      const now = Math.min(perChunk, count - written);
      for (let each = 0; each < now; each += 1) {
        block.setTime(ns);
        chunk.set(block.bytes, each * block.bytes.length);
        ns += block.spanNs;
      }
      writeSync(file, chunk, 0, now * block.bytes.length);
    }
  } finally {
    closeSync(file);
  }
}

/** A trace.dat of about as many events, of scheduling and system calls by these names; gives how many. */
export async function writeTraceDatEvents(
  path: string,
  events: number,
  names: readonly string[],
): Promise<number> {
  const types = await sampleTypes('sched', 'raw_syscalls');
  const { eventsPerPage } = new TraceDatPages(types, 0, names);
  const pages = new TraceDatPages(types, (events / eventsPerPage) * PAGE_BYTES, names);
  writeTraceDat(path, pages);
  return pages.perCpu * CPUS * eventsPerPage;
}

function writeTraceDat(path: string, pages: TraceDatPages): void {
  const file = openSync(path, 'w');
  try {
    writeSync(file, traceDatHead(pages.types, pages.perCpu));
    for (const page of pages.all(START_NS)) writeSync(file, page);
  } finally {
    closeSync(file);
  }
}

/** As the file system has it. */
export function megabytes(path: string): number {
  return statSync(path).size / 1e6;
}
