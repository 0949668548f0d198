/** Runs an accepted program on interpreter, JIT and kernel, with several values of map 0, and compares. */
import type { HelperWorld } from '../../electron/bpf/helpers/helper.ts';
import type { Btf } from '../../electron/bpf/object/btf.ts';
import type { VerifiedProgram } from '../../electron/bpf/program.ts';
import { Machine, type EngineName } from '../../electron/bpf/vm/machine.ts';
import { Random } from './generator.ts';
import type { Oracle, Question } from './oracle.ts';
import { TestWorld } from './test-world.ts';

const RUNS_A_PROGRAM = 2;
/** Bytes of a packet: BPF_PROG_TEST_RUN asks for a whole Ethernet header. */
const PACKET_BYTES = 64;
/** What a socket filter is told: the packet without that header. */
const PACKET_LENGTH = 50;
const CONTEXT_BYTES = 256;
/** What values of map 0 are made of: small numbers and large ones, edges of the widths. */
const EDGES = [0n, 1n, 2n, 7n, 63n, 0x7fn, 0xffn, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 1n << 63n, -1n];

const world = new TestWorld();

export interface Result {
  /** Lower 32 bits of r0. */
  readonly returned: number;
  /** Element 0 of map 0 afterwards, in hex. */
  readonly value: string;
}

/** undefined where all agree; else who computes what, from which value. */
export async function compareResult(
  oracle: Oracle,
  question: Question,
  verified: VerifiedProgram,
  seed: number,
): Promise<string | undefined> {
  for (let round = 0; round < RUNS_A_PROGRAM; round += 1) {
    const input = inputOf(new Random(seed * RUNS_A_PROGRAM + round), question.maps[0]?.valueSizeBytes ?? 0);
    const maps = question.maps.map((map, index) => (index === 0 ? { ...map, initialValue: input } : map));
    const asked = { ...question, maps, isRun: true, data: new Uint8Array(PACKET_BYTES) };
    const { returned, value } = await oracle.ask(asked);
    if (returned === undefined) return 'the kernel does not run it';
    const kernel = { returned, value: hexOf(value) };
    const ours = (['interpreter', 'jit'] as const).map((engine) => runOn(engine, verified, asked));
    if (ours.every((each) => each.returned === kernel.returned && each.value === kernel.value)) continue;
    const told = [kernel, ...ours].map((each) => `${each.returned.toString(16)} ${each.value}`);
    return `input ${hexOf(input)}: kernel ${told[0]}, interpreter ${told[1]}, JIT ${told[2]}`;
  }
  return undefined;
}

function inputOf(random: Random, bytes: number): Uint8Array {
  const input = new Uint8Array(bytes);
  const view = new DataView(input.buffer);
  for (let offset = 0; offset + 8 <= bytes; offset += 8) {
    const any = (BigInt(random.u32()) << 32n) | BigInt(random.u32());
    view.setBigUint64(offset, BigInt.asUintN(64, random.chance(2) ? any : random.pick(EDGES)), true);
  }
  return input;
}

export function runOn(
  engine: EngineName,
  verified: VerifiedProgram,
  question: Question,
  of: HelperWorld = world,
  kernelTypes?: Btf,
): Result {
  const machine = new Machine({ cpuCount: 1, world: of, engine });
  machine.kernelTypes = kernelTypes;
  const maps = question.maps.map((definition) => machine.addMap(definition));
  const program = machine.loadProgram(verified, maps);
  maps.forEach((map, index) => {
    // The kernel's loader puts the program itself first into program arrays.
    if (question.maps[index]?.type === 'prog_array') map.set(new Uint8Array(4), words(program.id), 0n);
  });
  const context = machine.memory.allocate(CONTEXT_BYTES);
  machine.memory.view.setUint32(context, PACKET_LENGTH, true);
  const r0 = program.run(context);
  return {
    returned: Number(BigInt.asUintN(32, r0)),
    value: hexOf(maps[0]?.get(new Uint8Array(4)) ?? new Uint8Array()),
  };
}

function words(word: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(word).buffer);
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
