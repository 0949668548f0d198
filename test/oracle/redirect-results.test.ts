import { afterAll, beforeAll, expect, it } from 'vitest';
import { PacketPlace } from '../../electron/bpf/packet-context.ts';
import type { Instruction, MapDefinition } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import { Machine } from '../../electron/bpf/vm/machine.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { programOf } from '../bpf/verifier/assembler.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { TestWorld } from './test-world.ts';

const REDIRECT_MAP = 51;
const LOOPBACK = 1;
const QUEUE = 64;
const XDP_REDIRECT = 4;

/** With something at place 0: the loopback device, the first CPU; nothing where it would have to be a socket. */
const maps: readonly MapDefinition[] = [
  { ...asm.mapOf('devmap', 4, 4, 4), initialValue: word(LOOPBACK) },
  { ...asm.mapOf('devmap_hash', 4, 4, 4), initialValue: word(LOOPBACK) },
  { ...asm.mapOf('cpumap', 4, 4, 4), initialValue: word(QUEUE) },
  asm.mapOf('xskmap', 4, 4, 4),
];
const keys = [0, 1, 3, 4, 9, -1];
const flags = [0, 1, 2, 3, 4, 8, 9, 11, 16, 24, 27, 32, -1];

function word(number: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(number).buffer);
}

function redirect(key: number, flag: number): Instruction[] {
  return [...asm.loadMap(1, 0), asm.mov64(2, key), asm.mov64(3, flag), asm.call(REDIRECT_MAP), asm.exit];
}

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

it.for(maps.map((each) => [each.type, each] as const))(
  'a redirect through a %s answers as in the kernel',
  async ([, definition], context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    const data = new Uint8Array(64);
    const differing: string[] = [];
    const answers = new Set<number>();
    for (const engine of ['interpreter', 'jit'] as const) {
      const machine = new Machine({ cpuCount: 1, world: new TestWorld(), engine });
      const place = new PacketPlace(machine.memory, 'xdp');
      const map = machine.addMap({ ...definition, initialValue: undefined });
      if (definition.initialValue !== undefined) map.set(word(0), definition.initialValue);
      for (const [key, flag] of keys.flatMap((each) => flags.map((other) => [each, other] as const))) {
        const instructions = redirect(key, flag);
        const verdict = verifyProgram(programOf(instructions, 'xdp'), [definition], { license: 'GPL' });
        if (verdict.verdict === 'rejected') throw new Error(verdict.reason.text);
        const question = { type: 'xdp', license: 'GPL', instructions, maps: [definition] } as const;
        const kernel = await oracle.ask({ ...question, isRun: true, data });
        place.put(data, { interfaceIndex: LOOPBACK });
        const ours = Number(
          BigInt.asUintN(32, machine.loadProgram(verdict.verified, [map]).run(place.context)),
        );
        answers.add(ours);
        if (ours !== kernel.returned)
          differing.push(`key ${key}, flags ${flag} on the ${engine}: ${ours}, kernel ${kernel.returned}`);
      }
    }
    expect(differing).toEqual([]);
    expect(answers.has(XDP_REDIRECT)).toBe(definition.initialValue !== undefined);
  },
);
