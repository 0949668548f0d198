import { afterAll, beforeAll, expect, it } from 'vitest';
import { helperById } from '../../electron/bpf/helpers/table.ts';
import { CALL_HELPER, OPCODE_CALL } from '../../electron/bpf/isa/opcodes.ts';
import type { BpfMap } from '../../electron/bpf/maps/map.ts';
import { PacketPlace } from '../../electron/bpf/packet-context.ts';
import type { Instruction, ProgramType, VerifiedProgram } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import { Machine, type EngineName } from '../../electron/bpf/vm/machine.ts';
import { programOf } from '../bpf/verifier/assembler.ts';
import { Random } from './generator.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { frameOf, generatePacketChanges } from './packet-changes.ts';
import { generatePacketCalls } from './packet-helpers.ts';
import { generatePacketProgram, packetMaps } from './packets.ts';
import { TestWorld } from './test-world.ts';

const PROGRAMS = 2500;
const CALLS = 1000;
const FROM_SEED = 100_000;
const CHANGES = 2500;
const FROM_CHANGES_SEED = 200_000;
/** Types of which a test run gives the program the whole frame, as the place here does. */
const comparedTypes: ReadonlySet<ProgramType> = new Set(['xdp', 'sched_cls', 'sched_act']);
/** The kernel's test run asks for a whole Ethernet header. */
const PACKET_BYTES_MIN = 14;
/** The loopback device, on which test runs take place. */
const LOOPBACK = 1;

const world = new TestWorld();

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

/** Bytes that say small things, so that offsets taken from them stay within now and then. */
function packetOf(seed: number): Uint8Array {
  const random = new Random(seed);
  const bytes = new Uint8Array(PACKET_BYTES_MIN + random.below(120));
  return bytes.map(() => (random.chance(2) ? random.below(16) : random.below(256)));
}

interface Result {
  readonly returned: number;
  readonly packet: Uint8Array;
}

/** One machine for all programs: none of them writes a map. */
class Runner {
  readonly #machine: Machine;
  readonly #maps: readonly BpfMap[];
  readonly #xdp: PacketPlace;
  readonly #skBuff: PacketPlace;

  constructor(engine: EngineName) {
    this.#machine = new Machine({ cpuCount: 1, world, engine });
    this.#maps = packetMaps.map((definition) => this.#machine.addMap(definition));
    this.#xdp = new PacketPlace(this.#machine.memory, 'xdp');
    this.#skBuff = new PacketPlace(this.#machine.memory, 'sched_cls');
  }

  run(verified: VerifiedProgram, packet: Uint8Array): Result {
    const place = verified.program.type === 'xdp' ? this.#xdp : this.#skBuff;
    place.put(packet, { interfaceIndex: LOOPBACK, interfaceAddress: new Uint8Array(6) });
    const program = this.#machine.loadProgram(verified, this.#maps);
    if (program.engine !== this.#machine.engine) throw new Error(`not run by the ${this.#machine.engine}`);
    const returned = Number(BigInt.asUintN(32, program.run(place.context)));
    return { returned, packet: place.taken().slice() };
  }
}

/** What packet helpers do when they run is told elsewhere; a program with one is not run. */
function isRunnable(instructions: readonly Instruction[]): boolean {
  return instructions.every(
    ({ opcode, src, imm }) =>
      opcode !== OPCODE_CALL || src !== CALL_HELPER || helperById(imm)?.run !== undefined,
  );
}

interface Given {
  readonly type: ProgramType;
  readonly instructions: readonly Instruction[];
}

/** How many programs were compared with the kernel, how many of them changed the packet, and what differed. */
async function compare(
  kernel: Oracle,
  seeds: readonly number[],
  generate: (seed: number) => Given,
  dataOf = packetOf,
): Promise<{ compared: number; changed: number; differing: string[] }> {
  const runners = (['interpreter', 'jit'] as const).map((engine) => [engine, new Runner(engine)] as const);
  const differing: string[] = [];
  let compared = 0;
  let changed = 0;
  for (const seed of seeds) {
    const { type, instructions } = generate(seed);
    if (!comparedTypes.has(type) || !isRunnable(instructions)) continue;
    const options = { license: 'GPL', instructionsMax: 30_000 };
    const verdict = verifyProgram(programOf(instructions, type), packetMaps, options);
    if (verdict.verdict === 'rejected') continue;
    const data = dataOf(seed);
    const question = { type, license: 'GPL', instructions, maps: packetMaps, isRun: true, data };
    const { returned, packet } = await kernel.ask(question);
    if (returned === undefined) continue;
    compared += 1;
    if (!Buffer.from(packet).equals(data)) changed += 1;
    for (const [engine, runner] of runners) {
      const ours = runner.run(verdict.verified, data);
      if (ours.returned !== returned)
        differing.push(`${seed}: ${type} on the ${engine}: ${ours.returned}, kernel ${returned}`);
      if (!Buffer.from(ours.packet).equals(packet))
        differing.push(`${seed}: ${type} on the ${engine}: another packet`);
    }
  }
  console.log(`${compared} results compared with the kernel's, ${changed} with a packet that was changed`);
  return { compared, changed, differing };
}

function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

it('programs that look into packets return and leave behind what they do in the kernel', async (context) => {
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  const { compared, changed, differing } = await compare(
    oracle,
    seedsFrom(FROM_SEED, PROGRAMS),
    generatePacketProgram,
  );
  expect(differing).toEqual([]);
  expect(compared).toBeGreaterThan(PROGRAMS / 20);
  expect(changed).toBeGreaterThan(5);
});

it('helpers read and change packets, and answer, as in the kernel', async (context) => {
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  const { compared, changed, differing } = await compare(oracle, seedsFrom(0, CALLS), (seed) => {
    const type = seed % 2 === 0 ? 'xdp' : 'sched_cls';
    return { type, instructions: generatePacketCalls(type, new Random(seed)) };
  });
  expect(differing).toEqual([]);
  expect(compared).toBeGreaterThan(CALLS / 2);
  expect(changed).toBeGreaterThan(CALLS / 10);
});

it('helpers resize, retag and mark packets as in the kernel, and say so in the context', async (context) => {
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  const generate = (seed: number): Given => {
    const random = new Random(seed);
    const type = random.pick(['sched_cls', 'sched_cls', 'sched_act', 'xdp'] as const);
    return { type, instructions: generatePacketChanges(type, random) };
  };
  const { compared, changed, differing } = await compare(
    oracle,
    seedsFrom(FROM_CHANGES_SEED, CHANGES),
    generate,
    frameOf,
  );
  expect(differing).toEqual([]);
  expect(compared).toBeGreaterThan(CHANGES / 2);
  expect(changed).toBeGreaterThan(CHANGES / 10);
});
