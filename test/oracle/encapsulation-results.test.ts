import { afterAll, beforeAll, expect, it } from 'vitest';
import { PacketPlace } from '../../electron/bpf/packet-context.ts';
import type { Instruction } from '../../electron/bpf/program.ts';
import { skBuffOffsets } from '../../electron/bpf/sk-buff.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import { Machine } from '../../electron/bpf/vm/machine.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { programOf, r } from '../bpf/verifier/assembler.ts';
import { Random } from './generator.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { frameOf } from './packet-changes.ts';
import { CONTEXT, FOUND, programAround } from './packet-helpers.ts';
import { TestWorld } from './test-world.ts';

const PROGRAMS = 400;
const PUSH = 73;
const STACK_BYTES = 320;
const IP = 2;
const ETHERNET_BYTES = 14;
/** The kernel's test run gives programs of routes a packet from its network header on. */
const PACKET_BYTES_MIN = ETHERNET_BYTES + 20;

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

function field(offset: number): Instruction[] {
  return [asm.load(4, 0, CONTEXT, offset), asm.alu64('mul', FOUND, 31), asm.alu64('xor', FOUND, r(0))];
}

/** Headers that are right and wrong, pushed once or twice, with what the context says afterwards. */
function pushing(random: Random): Instruction[] {
  const words = Array.from({ length: STACK_BYTES / 8 }, (_, word) => [
    ...asm.load64(0, (BigInt(random.u32()) << 32n) | BigInt(random.u32())),
    asm.store(8, 10, 8 * word - STACK_BYTES, 0),
  ]).flat();
  const checksum = random.chance(2) ? [asm.storeImmediate(2, 10, 10 - STACK_BYTES, 0)] : [];
  return [
    ...words,
    asm.storeImmediate(1, 10, -STACK_BYTES, random.pick([0x45, 0x45, 0x4f, 0x46, 0x60, 0x60, 0x30])),
    ...checksum,
    asm.mov64(1, r(CONTEXT)),
    asm.mov64(2, random.pick([IP, IP, IP, IP, IP, 3, -1])),
    asm.mov64(3, r(10)),
    asm.alu64('add', 3, -STACK_BYTES),
    asm.mov64(4, random.pick([19, 20, 24, 28, 39, 40, 48, 60, 256, 257])),
    asm.call(PUSH),
    asm.alu64('mul', FOUND, 31),
    asm.alu64('add', FOUND, r(0)),
    ...[skBuffOffsets.len, skBuffOffsets.protocol, skBuffOffsets.hash].flatMap(field),
  ];
}

it('headers that a route puts in front of packets are those of the kernel', async (context) => {
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  const differing: string[] = [];
  let grown = 0;
  const machines = (['interpreter', 'jit'] as const).map((engine) => {
    const machine = new Machine({ cpuCount: 1, world: new TestWorld(), engine });
    return { engine, machine, place: new PacketPlace(machine.memory, 'lwt_in') };
  });
  for (let seed = 0; seed < PROGRAMS; seed += 1) {
    const random = new Random(seed);
    const instructions = programAround(
      random.chance(3) ? [...pushing(random), ...pushing(random)] : pushing(random),
    );
    const verdict = verifyProgram(programOf(instructions, 'lwt_in'), [], { license: 'GPL' });
    if (verdict.verdict === 'rejected') throw new Error(`${seed}: ${verdict.reason.text}`);
    const data = frameOf(seed);
    if (data.length < PACKET_BYTES_MIN) continue;
    const question = { type: 'lwt_in', license: 'GPL', instructions, maps: [], isRun: true, data } as const;
    const { returned, packet } = await oracle.ask(question);
    // A frame too short for what its type says is not run.
    if (returned === undefined) continue;
    if (packet.length > data.length) grown += 1;
    for (const { engine, machine, place } of machines) {
      place.put(data, { pulledBytes: ETHERNET_BYTES, interfaceIndex: 1 });
      const ours = Number(BigInt.asUintN(32, machine.loadProgram(verdict.verified, []).run(place.context)));
      const { view, bytes } = machine.memory;
      const start = view.getUint32(place.context + skBuffOffsets.data, true);
      const left = bytes.slice(start, view.getUint32(place.context + skBuffOffsets.data_end, true));
      if (ours !== returned) differing.push(`${seed} on the ${engine}: ${ours}, kernel ${returned}`);
      if (!Buffer.from(left).equals(packet.subarray(ETHERNET_BYTES)))
        differing.push(`${seed} on the ${engine}: another packet`);
    }
  }
  expect(differing).toEqual([]);
  expect(grown).toBeGreaterThan(PROGRAMS / 10);
});
