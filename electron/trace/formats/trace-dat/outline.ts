/** What a trace.dat holds by a look at some of its pages: its span, and about how many events of each type. */
import type { ByteSource, SourceOutline } from '../../event.ts';
import { CpuCursor } from './cpu-cursor.ts';
import type { BufferData, TraceDatFile } from './layout.ts';
import { SAMPLES_MAX, SAMPLES_PER_CPU } from './limits.ts';
import { sampledPieces } from './sampled-pieces.ts';
import { timeConversion } from './time-conversion.ts';

/** Nobody is told of losses here: the pass that counts tells of them. */
const SILENT = { onMissed: () => undefined, onDamaged: () => undefined };

/** `typeByRecordId`: index of the type by common_type, -1 for none. */
export function outlineOf(
  bytes: ByteSource,
  file: TraceDatFile,
  buffer: BufferData,
  typeByRecordId: Int32Array,
): SourceOutline {
  const { page, isLittleEndian, compression, types } = file;
  const { pageSizeBytes, cpus, isChunked } = buffer;
  const chunks = isChunked ? { compression, isLittleEndian, pageSizeBytes } : undefined;
  const perCpu = Math.max(2, Math.min(SAMPLES_PER_CPU, Math.floor(SAMPLES_MAX / Math.max(1, cpus.length))));
  const counts = new Float64Array(types.length);
  let firstTicks: bigint | undefined;
  let lastTicks = 0n;
  for (const data of cpus) {
    const { pieces, factor } = sampledPieces(bytes, data, pageSizeBytes, chunks, perCpu);
    const cursor = new CpuCursor(data.cpu, pieces, { page, pageSizeBytes, isLittleEndian }, SILENT);
    let last: bigint | undefined;
    while (cursor.advance()) {
      const index = typeByRecordId[cursor.view.getUint16(cursor.recordAt, isLittleEndian)] ?? -1;
      if (index >= 0) counts[index] = (counts[index] ?? 0) + factor;
      if (last === undefined) {
        const first = ticksOf(cursor);
        if (firstTicks === undefined || first < firstTicks) firstTicks = first;
      }
      last = ticksOf(cursor);
    }
    if (last !== undefined && last > lastTicks) lastTicks = last;
  }
  const toNs = timeConversion(file.options) ?? ((ticks: bigint) => ticks);
  return {
    spanNs: firstTicks === undefined ? undefined : [toNs(firstTicks), toNs(lastTicks)],
    counts: counts.map(Math.round),
  };
}

function ticksOf({ timeHigh, timeLow }: CpuCursor): bigint {
  return (BigInt(timeHigh) << 32n) | BigInt(timeLow);
}
