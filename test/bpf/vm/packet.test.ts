import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HEADER_UNKNOWN } from '../../../electron/bpf/vm/packet.ts';
import type { Instruction } from '../../../electron/bpf/program.ts';
import { startOracle, type Oracle } from '../../oracle/oracle.ts';
import { ETHERNET_BYTES, packetBench, type Packet, type PacketFacts } from '../classic/packets.ts';
import * as asm from '../verifier/assembler.ts';
import { ENGINES } from './machine-fixture.ts';

const NETWORK_HEADER = -0x10_0000;
const LINK_HEADER = -0x20_0000;
/** Opcodes by bytes loaded. */
const ABSOLUTE = { 1: 0x30, 2: 0x28, 4: 0x20 } as const;
const INDIRECT = { 1: 0x50, 2: 0x48, 4: 0x40 } as const;
const SIZES = [1, 2, 4] as const;

const PACKET = Uint8Array.from({ length: 64 }, (_, index) => 0x80 + index);
/** What a load outside of the packet must not leave behind. */
const SENTINEL = 0x5a5a;

function ldabs(sizeBytes: 1 | 2 | 4, offset: number): Instruction {
  return { opcode: ABSOLUTE[sizeBytes], dst: 0, src: 0, offset: 0, imm: offset };
}

function program(load: readonly Instruction[]): Instruction[] {
  return [asm.mov64(6, asm.r(1)), asm.mov64(0, SENTINEL), ...load, asm.exit];
}

function indirect(sizeBytes: 1 | 2 | 4, index: bigint, offset: number): Instruction[] {
  const load = { opcode: INDIRECT[sizeBytes], dst: 0, src: 7, offset: 0, imm: offset };
  return program([...asm.load64(7, index), load]);
}

/** Of both engines, which must agree; with what was counted as missing. */
function run(instructions: readonly Instruction[], packet: Packet, facts: PacketFacts = {}) {
  const results = ENGINES.map((engine) => {
    const bench = packetBench(instructions, engine);
    return { returned: bench.run(packet, facts), missed: bench.bench.world.missed };
  });
  expect(results[1]).toEqual(results[0]);
  return results[0] ?? { returned: 0, missed: [] };
}

const whole: Packet = { bytes: PACKET, lengthBytes: PACKET.length };

describe('beside the running kernel', () => {
  let oracle: Oracle | { unavailable: string };
  beforeAll(async () => {
    oracle = await startOracle();
  });
  afterAll(() => {
    if (!('unavailable' in oracle)) oracle.stop();
  });

  it.for([
    ['in a traffic control program, which sees the link header', 'sched_cls', 0],
    ['in a socket filter, for which the link header was taken off', 'socket_filter', ETHERNET_BYTES],
  ] as const)('loads give what they give %s', async ([, type, pulled], context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    const near = [0, 1, 13, 14, 31, 47, 49, 50, 59, 60, 61, 62, 63, 64, 65, 1000];
    const offsets = [
      ...near,
      ...near.map((each) => NETWORK_HEADER + each),
      ...near.map((each) => LINK_HEADER + each),
      ...near.map((each) => -each),
      ...[-1, NETWORK_HEADER - 1, LINK_HEADER - 1, 0x7fff_ffff, -0x8000_0000, 0x7fff_fffd],
    ];
    const some = offsets.filter((_, index) => index % 3 === 0);
    const programs = SIZES.flatMap((size) => [
      ...offsets.map((offset) => program([ldabs(size, offset)])),
      ...some.map((offset) => indirect(size, 3n, offset)),
      ...some.map((offset) => indirect(size, BigInt(offset), 2)),
      ...some.map((offset) => indirect(size, 0x1_0000_0005n, offset)),
    ]);
    const differing: unknown[] = [];
    let loaded = 0;
    for (const instructions of programs) {
      const question = { type, license: '', instructions, maps: [], isRun: true } as const;
      const kernel = await oracle.ask({ ...question, data: PACKET });
      const { returned } = run(instructions, whole, { pulled });
      if (returned !== 0) loaded += 1;
      if (kernel.returned !== returned) differing.push({ instructions, kernel: kernel.returned, returned });
    }
    expect(differing).toEqual([]);
    expect(loaded).toBeGreaterThan(120);
  });
});

describe('what the recording does not hold', () => {
  it('counts bytes that were cut off by the capture, and not those the packet never had', () => {
    const cut: Packet = { bytes: PACKET.subarray(0, 20), lengthBytes: 64 };
    expect(run(program([ldabs(4, 18)]), cut)).toEqual({
      returned: 0,
      missed: ['packet bytes beyond the capture'],
    });
    expect(run(program([ldabs(4, 61)]), cut)).toEqual({ returned: 0, missed: [] });
    expect(run(program([ldabs(4, 16)]), cut)).toEqual({ returned: 0x9091_9293, missed: [] });
  });

  it('counts a header whose place is not known', () => {
    expect(run(program([ldabs(1, NETWORK_HEADER)]), whole, { networkHeader: HEADER_UNKNOWN })).toEqual({
      returned: 0,
      missed: ['network header'],
    });
    expect(run(program([ldabs(1, LINK_HEADER)]), whole, { linkHeader: HEADER_UNKNOWN }).missed).toEqual([
      'link header',
    ]);
  });

  it('gives nothing of what lies in front of the link header', () => {
    const facts = { pulled: 8, networkHeader: -6, linkHeader: -4 };
    expect(run(program([ldabs(1, LINK_HEADER)]), whole, facts).returned).toBe(0x84);
    expect(run(program([ldabs(1, NETWORK_HEADER)]), whole, facts).returned).toBe(0);
    expect(run(program([ldabs(1, NETWORK_HEADER + 2)]), whole, facts).returned).toBe(0x84);
  });

  it('gives nothing of what lies in front of the data where no link header is known', () => {
    const facts = { pulled: 8, networkHeader: -4, linkHeader: HEADER_UNKNOWN };
    expect(run(program([ldabs(1, NETWORK_HEADER)]), whole, facts).returned).toBe(0);
    expect(run(program([ldabs(1, NETWORK_HEADER + 4)]), whole, facts).returned).toBe(0x88);
  });
});

it('finds the headers where the fixture says they are', () => {
  expect(run(program([ldabs(1, NETWORK_HEADER)]), whole).returned).toBe(0x80 + ETHERNET_BYTES);
});
