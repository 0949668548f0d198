/** A log read to its end, from text or from a tool that is run. */
import { spawnSync } from 'node:child_process';
import type { TestContext } from 'vitest';
import { MemoryBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import type { Ledger, Source } from '../../../../electron/trace/event.ts';
import { openSources } from '../../../../electron/trace/formats/registry.ts';
import type { Surroundings } from '../../../../electron/trace/surroundings.ts';
import { NO_SURROUNDINGS } from '../../../../electron/trace/surroundings.ts';
import { ourEvents } from '../../peer.ts';
import type { OurEvent } from '../../peer.ts';

const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;

export interface ReadLog {
  readonly source: Source;
  readonly events: readonly OurEvent[];
  readonly ledger: Ledger;
}

/** Collected on the last day of 2024 at noon, by a device two hours ahead of UTC. */
export const COLLECTED: Surroundings = {
  ...NO_SURROUNDINGS,
  madeAtMs: Date.UTC(2024, 11, 31, 12),
  utcOffsetMinutes: 120,
};

export async function readLog(text: string | Uint8Array, surroundings?: Surroundings): Promise<ReadLog> {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const source = openSources(new MemoryBytes(bytes, 'log.txt'), surroundings)?.[0];
  if (source === undefined) throw new Error('it was not recognised');
  const events = await ourEvents(source);
  return { source, events, ledger: source.ledger };
}

/** What a tool prints; skips the test where it is missing or refuses. */
export function output(context: TestContext, tool: string, args: readonly string[]): string {
  const { stdout, status, error } = spawnSync(tool, args, {
    encoding: 'latin1',
    maxBuffer: OUTPUT_BYTES_MAX,
  });
  if (error !== undefined) context.skip(`${tool} is not installed`);
  if (status !== 0) context.skip(`${tool} ended with ${status}`);
  return stdout;
}

/** Nanoseconds since 1970 of a date in ISO 8601. */
export function at(date: string): bigint {
  return BigInt(Date.parse(date)) * 1_000_000n;
}

export const NOTHING_LOST = { dropped: 0, unparsed: 0, unsupported: 0, outOfOrder: 0, withoutClock: 0 };
