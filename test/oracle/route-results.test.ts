import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RouteDirectory } from '../../electron/bpf/helpers/route-directory.ts';
import { PacketPlace } from '../../electron/bpf/packet-context.ts';
import type { Instruction, VerifiedProgram } from '../../electron/bpf/program.ts';
import { parseAddress } from '../../electron/replay/kernel/ip-address.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import { Machine, type EngineName } from '../../electron/bpf/vm/machine.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { programOf, r } from '../bpf/verifier/assembler.ts';
import { Random } from './generator.ts';
import { startNetworkOracle, type NetworkOracle } from './network.ts';
import { CONTEXT, FOUND, programAround } from './packet-helpers.ts';
import { TestWorld } from './test-world.ts';

const PROGRAMS = 1200;
const FIB_LOOKUP = 69;
const CHECK_MTU = 163;
const PARAMETER_BYTES = 64;
const LOOPBACK = 1;
const WITH_SOURCE = 16;

const destinations4 = [
  ...['10.1.0.9', '10.1.7.7', '10.1.200.9', '10.1.0.1', '10.2.0.9', '10.2.0.255', '127.0.0.1'],
  ...['10.9.0.1', '10.9.3.9', '10.9.4.4', '10.9.5.5', '10.8.1.1', '10.7.1.1', '10.7.7.7', '10.5.5.5'],
  ...['10.4.4.4', '192.0.2.1', '255.255.255.255', '224.0.0.1'],
];
const destinations6 = [
  ...['fd00:1::7', 'fd00:1::8', 'fd00:1::1', 'fd00:2::9', 'fd00:9:2::1', 'fd00:9:1::1', 'fd00:8::1'],
  ...['fd00:7::1', 'fd00:6::1', 'fd00:4::1', '2001:db8::1', 'fe80::1', 'ff02::1', '::1'],
];

class RoutedWorld extends TestWorld {
  readonly #routes: RouteDirectory;

  constructor(routes: RouteDirectory) {
    super();
    this.#routes = routes;
  }

  override routes(): RouteDirectory {
    return this.#routes;
  }
}

let network: NetworkOracle | { unavailable: string };
beforeAll(async () => {
  network = await startNetworkOracle();
});
afterAll(() => {
  if (!('unavailable' in network)) network.oracle.stop();
});

/** Writes bytes below the frame pointer. */
function place(bytes: Uint8Array): Instruction[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: bytes.length / 8 }, (_, word) => [
    ...asm.load64(0, view.getBigUint64(8 * word, true)),
    asm.store(8, 10, 8 * word - bytes.length, 0),
  ]).flat();
}

/** Adds the answer, and what lies in those bytes, to what was found. */
function gatherAll(sizeBytes: number): Instruction[] {
  return [
    asm.alu64('mul', FOUND, 31),
    asm.alu64('add', FOUND, r(0)),
    ...Array.from({ length: sizeBytes / 8 }, (_, word) => [
      asm.load(8, 0, 10, 8 * word - sizeBytes),
      asm.alu64('mul', FOUND, 31),
      asm.alu64('xor', FOUND, r(0)),
    ]).flat(),
  ];
}

function parametersOf(random: Random, isIpv4: boolean): Uint8Array {
  const bytes = Uint8Array.from({ length: PARAMETER_BYTES }, () => random.below(256));
  const view = new DataView(bytes.buffer);
  view.setUint8(0, random.chance(20) ? 1 : isIpv4 ? 2 : 10);
  view.setUint16(6, random.pick([0, 0, 100, 900, 901, 1300, 1301, 1400, 1401, 1500, 60_000]), true);
  view.setUint32(8, random.pick([1, 2, 3, 3, 2, 9]), true);
  // Type of service, and the label of a flow: routes here ask for neither.
  view.setUint32(12, 0, true);
  bytes.fill(0, 16, 48);
  const source = parseAddress(isIpv4 ? '10.2.0.7' : random.pick(['fd00:2::7', 'fe80::7']))?.bytes ?? [];
  bytes.set(source, 16);
  bytes.set(parseAddress(random.pick(isIpv4 ? destinations4 : destinations6))?.bytes ?? [], 32);
  view.setUint32(48, random.pick([0, 77, 253, 254, 255, 99]), true);
  view.setUint32(52, 0, true);
  return bytes;
}

function lookingUp(random: Random): Instruction[] {
  const isIpv4 = random.chance(2);
  const wanted = random.pick([0, 0, 0, 1, 2, 4, 9, 9, 8, 16, 20, 32, 3, 64, random.below(64)]);
  // Which of its addresses IPv6 sends from depends on more than routes.
  const flags = isIpv4 ? wanted : wanted & ~WITH_SOURCE;
  return [
    ...place(parametersOf(random, isIpv4)),
    asm.mov64(1, r(CONTEXT)),
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, -PARAMETER_BYTES),
    asm.mov64(3, random.chance(20) ? 60 : PARAMETER_BYTES),
    asm.mov64(4, flags),
    asm.call(FIB_LOOKUP),
    ...gatherAll(PARAMETER_BYTES),
  ];
}

function measuring(random: Random): Instruction[] {
  return [
    ...place(
      Uint8Array.of(...wordOf(random.pick([0, 0, 1, 1386, 1400, 1401, 1500, 65_536, -5])), 0, 0, 0, 0),
    ),
    asm.mov64(1, r(CONTEXT)),
    asm.mov64(2, random.pick([0, 1, 2, 3, 9])),
    asm.mov64(3, r(10)),
    asm.alu64('add', 3, -8),
    asm.mov64(4, random.pick([0, 0, 1, -1, 1400, 70_000, -70_000])),
    asm.mov64(5, random.pick([0, 0, 0, 1, 2])),
    asm.call(CHECK_MTU),
    ...gatherAll(8),
  ];
}

function wordOf(number: number): Uint8Array {
  return new Uint8Array(Int32Array.of(number).buffer);
}

function runOn(
  engine: EngineName,
  routes: RouteDirectory,
): (program: VerifiedProgram, data: Uint8Array) => number {
  const machine = new Machine({ cpuCount: 1, world: new RoutedWorld(routes), engine });
  const places = {
    xdp: new PacketPlace(machine.memory, 'xdp'),
    sched_cls: new PacketPlace(machine.memory, 'sched_cls'),
  };
  return (verified, data) => {
    const at = verified.program.type === 'xdp' ? places.xdp : places.sched_cls;
    at.put(data, { interfaceIndex: LOOPBACK, interfaceAddress: new Uint8Array(6) });
    return Number(BigInt.asUintN(32, machine.loadProgram(verified, []).run(at.context)));
  };
}

it.for([
  ['routes are looked up', lookingUp, 100],
  ['packets are held against the devices they might go out by', measuring, 20],
] as const)('%s as in the kernel, by what ip(8) prints', async ([, generate, leastAnswers], context) => {
  if ('unavailable' in network) return context.skip(network.unavailable);
  const { oracle, routes, unreadLines } = network;
  expect(unreadLines).toBe(0);
  const engines = (['interpreter', 'jit'] as const).map((each) => [each, runOn(each, routes)] as const);
  const differing: string[] = [];
  const answers = new Set<number>();
  for (let seed = 0; seed < PROGRAMS; seed += 1) {
    const random = new Random(seed);
    const type = random.pick(['xdp', 'sched_cls'] as const);
    const code = generate(random);
    const instructions = programAround(code);
    const verdict = verifyProgram(programOf(instructions, type), [], { license: 'GPL' });
    if (verdict.verdict === 'rejected') throw new Error(`${seed}: ${verdict.reason.text}`);
    const data = new Uint8Array(14 + random.below(1460));
    const kernel = await oracle.ask({ type, license: 'GPL', instructions, maps: [], isRun: true, data });
    if (kernel.returned === undefined) throw new Error(`${seed}: the kernel ran nothing: ${kernel.log}`);
    answers.add(kernel.returned);
    for (const [engine, run] of engines) {
      const ours = run(verdict.verified, data);
      if (ours !== kernel.returned) differing.push(`${seed}: ${type} on the ${engine}`);
    }
  }
  expect(differing).toEqual([]);
  expect(answers.size).toBeGreaterThan(leastAnswers);
});
