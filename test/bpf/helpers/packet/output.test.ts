import { describe, expect, it } from 'vitest';
import { helperFor } from '../../../../electron/bpf/helpers/table.ts';
import { PerfEventArray } from '../../../../electron/bpf/maps/perf-event-array.ts';
import { PacketPlace } from '../../../../electron/bpf/packet-context.ts';
import type { ProgramType } from '../../../../electron/bpf/program.ts';
import { createBench, mapDefinition } from '../../vm/machine-fixture.ts';

const PERF_EVENT_OUTPUT = 25;
const SKB_OUTPUT = 111;
const CURRENT_CPU = 0xffff_ffffn;
const withBytes = (bytes: number): bigint => CURRENT_CPU | (BigInt(bytes) << 32n);

interface Seen {
  readonly answered: bigint;
  readonly records: readonly (readonly number[])[];
  readonly missed: readonly string[];
}

/** One record of 7, 8 from a program that sees a packet of 1, 2, 3, 4, of which the last two may be lost. */
function output(type: ProgramType, flags: bigint, { helper = PERF_EVENT_OUTPUT, isCut = false } = {}): Seen {
  const { machine, world } = createBench();
  const { memory } = machine;
  const place = new PacketPlace(memory, type);
  place.put(Uint8Array.of(1, 2, ...(isCut ? [] : [3, 4])), { lengthBytes: 4 });
  const map = machine.addMap(
    mapDefinition({ type: 'perf_event_array', keySizeBytes: 4, valueSizeBytes: 4, maxEntries: 2 }),
  );
  const record = memory.allocate(2);
  memory.bytes.set([7, 8], record);
  const run = helperFor(type, helper)?.run;
  if (run === undefined || !(map instanceof PerfEventArray)) throw new Error('it does not run');
  const answered = run(
    machine.helperContext,
    BigInt(place.context),
    BigInt(map.handle),
    flags,
    BigInt(record),
    2n,
  );
  return { answered, records: [...map.drain()].map((bytes) => [...bytes]), missed: world.missed };
}

describe('records with bytes of a packet', () => {
  it.each(['sched_cls', 'xdp', 'cgroup_skb'] as const)('have them behind their own, in %s', (type) => {
    expect(output(type, withBytes(3))).toMatchObject({ answered: 0n, records: [[7, 8, 1, 2, 3]] });
    expect(output(type, CURRENT_CPU).records).toEqual([[7, 8]]);
    expect(output(type, withBytes(5))).toEqual({ answered: -14n, records: [], missed: [] });
    expect(output(type, 1n << 52n).answered).toBe(-22n);
  });

  it('do not go on where the capture ends', () => {
    expect(output('sched_cls', withBytes(3), { isCut: true })).toEqual({
      answered: -14n,
      records: [],
      missed: ['packet bytes beyond the capture'],
    });
  });

  it('have none of a packet that is an object of the kernel', () => {
    expect(output('tracing', CURRENT_CPU, { helper: SKB_OUTPUT }).records).toEqual([[7, 8]]);
    const { answered, missed } = output('tracing', withBytes(1), { helper: SKB_OUTPUT });
    expect([answered, missed]).toEqual([-14n, ["packet of the kernel's object"]]);
  });

  it('are refused where programs see no packet', () => {
    expect(output('kprobe', withBytes(1)).answered).toBe(-22n);
  });
});
