/** The header sections of a perf.data (HEADER_ in tools/perf/util/header.h), each read by itself. */
import type { ByteSource, ClockPair } from '../../event.ts';
import { ByteReader } from '../trace-dat/byte-reader.ts';
import { clockName } from './attributes.ts';
import {
  ATTRIBUTES_MAX,
  ATTRIBUTE_BYTES_MAX,
  BUILD_IDS_MAX,
  CPUS_MAX,
  IDS_MAX,
  NAME_BYTES_MAX,
} from './limits.ts';

export const FEATURE = {
  tracingData: 1,
  buildId: 2,
  osRelease: 4,
  architecture: 6,
  cpuCount: 7,
  eventDescriptions: 12,
  compressed: 27,
  clockData: 29,
} as const;

const BUILD_ID_BYTES = 20;
/** A build id entry's own header says in bit 15 of misc that its size is given. */
const BUILD_ID_HAS_SIZE = 1 << 15;

export interface EventDescription {
  readonly name: string;
  readonly ids: readonly number[];
}

export interface FileFacts {
  kernelRelease: string | undefined;
  machine: string | undefined;
  cpuCount: number;
  descriptions: EventDescription[];
  compression: string | undefined;
  readonly clockPairs: ClockPair[];
  readonly buildIds: Map<string, string>;
}

export function emptyFacts(): FileFacts {
  return {
    kernelRelease: undefined,
    machine: undefined,
    cpuCount: 0,
    descriptions: [],
    compression: undefined,
    clockPairs: [],
    buildIds: new Map(),
  };
}

/** `section` holds exactly the feature's bytes. Features that say nothing about events are passed over. */
export function readFeature(
  facts: FileFacts,
  feature: number,
  section: ByteSource,
  isLittleEndian: boolean,
): void {
  const reader = new ByteReader(section, 0, isLittleEndian);
  switch (feature) {
    case FEATURE.osRelease:
      facts.kernelRelease = text(reader);
      return;
    case FEATURE.architecture:
      facts.machine = text(reader);
      return;
    case FEATURE.cpuCount:
      facts.cpuCount = reader.limited(reader.uint32(), CPUS_MAX, 'CPUs');
      return;
    case FEATURE.eventDescriptions:
      facts.descriptions = readDescriptions(reader);
      return;
    case FEATURE.buildId:
      readBuildIds(reader, facts.buildIds);
      return;
    case FEATURE.compressed:
      reader.uint32();
      facts.compression = reader.uint32() === 1 ? 'zstd' : 'unknown';
      return;
    case FEATURE.clockData:
      facts.clockPairs.push(readClockPair(reader));
      return;
  }
}

/** A 32-bit size, which includes padding, and text up to a NUL. */
function text(reader: ByteReader): string {
  const size = reader.limited(reader.uint32(), NAME_BYTES_MAX, 'size of a text');
  return upToNul(reader.bytes(size));
}

function upToNul(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end)).toString('utf8');
}

function readDescriptions(reader: ByteReader): EventDescription[] {
  const count = reader.limited(reader.uint32(), ATTRIBUTES_MAX, 'events');
  const attributeBytes = reader.limited(reader.uint32(), ATTRIBUTE_BYTES_MAX, 'size of an attribute');
  const descriptions: EventDescription[] = [];
  for (let index = 0; index < count; index++) {
    reader.bytes(attributeBytes);
    const idCount = reader.limited(reader.uint32(), IDS_MAX, 'ids of an event');
    const name = text(reader);
    const ids: number[] = [];
    for (let id = 0; id < idCount; id++) ids.push(Number(reader.uint64()));
    descriptions.push({ name, ids });
  }
  return descriptions;
}

/** Entries: a record header, a process, 20 or 24 bytes of build id, the file's name to the entry's end. */
function readBuildIds(reader: ByteReader, buildIds: Map<string, string>): void {
  const { sizeBytes } = reader.file;
  while (reader.at + 8 <= sizeBytes) {
    const start = reader.at;
    reader.uint32();
    const misc = reader.uint16();
    const size = reader.uint16();
    if (size < 8 || start + size > sizeBytes)
      throw reader.corrupt(`a build id entry of ${size} bytes`, start);
    addBuildId(reader.bytes(size - 8), misc, buildIds);
  }
}

/** What follows a build id entry's header, in a section or in a pipe's record. */
export function addBuildId(body: Uint8Array, misc: number, buildIds: Map<string, string>): void {
  if (body.length < 28 || buildIds.size >= BUILD_IDS_MAX) return;
  const given = (misc & BUILD_ID_HAS_SIZE) === 0 ? BUILD_ID_BYTES : (body[24] ?? 0);
  const id = Buffer.from(body.subarray(4, 4 + Math.min(given, BUILD_ID_BYTES))).toString('hex');
  buildIds.set(upToNul(body.subarray(28)), id);
}

function readClockPair(reader: ByteReader): ClockPair {
  reader.uint32();
  const clock = clockName(reader.uint32());
  const otherTimeNs = reader.uint64();
  return { clock, timeNs: reader.uint64(), otherClock: 'realtime', otherTimeNs, origin: 'clock data' };
}
