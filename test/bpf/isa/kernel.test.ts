import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instructionProblem } from '../../../electron/bpf/isa/decode.ts';
import { disassemble } from '../../../electron/bpf/isa/disassemble.ts';
import {
  ATOMIC_LOAD_ACQUIRE,
  opcodeTable,
  OPCODE_EXIT,
  OPCODE_LDIMM64,
  type OpcodeInfo,
} from '../../../electron/bpf/isa/opcodes.ts';
import type { Instruction } from '../../../electron/bpf/program.ts';
import { startOracle, type Oracle } from '../../oracle/oracle.ts';

const GET_NUMA_NODE_ID = 42;
const FRAME = 10;
/** Of the stack, where loads, stores and atomics go. */
const PLACE = -16;
/** Registers that hold numbers, and the one that holds the context. */
const [NUMBER, OTHER, CONTEXT] = [8, 9, 6];

function instruction(opcode: number, fields: Partial<Instruction>): Instruction {
  return { opcode, dst: 0, src: 0, offset: 0, imm: 0, ...fields };
}
const move = (dst: number, imm: number): Instruction => instruction(0xb7, { dst, imm });

/** Every form of an opcode that the kernel can be shown: each variant, and numbers of either sign. */
function formsOf(info: OpcodeInfo): readonly (readonly Instruction[])[] {
  const { opcode, usesSource } = info;
  const source = usesSource ? { src: OTHER } : {};
  const make = (fields: Partial<Instruction>): Instruction[] => [instruction(opcode, fields)];
  switch (info.kind) {
    case 'alu': {
      if (info.name === 'neg') return [make({ dst: NUMBER })];
      const isShift = ['lsh', 'rsh', 'arsh'].includes(info.name);
      const numbers = usesSource ? [0] : isShift ? [7, 31] : [5, -5, 0x7fff_ffff];
      return (info.offsets ?? [0]).flatMap((offset) =>
        numbers.map((imm) => make({ dst: NUMBER, ...source, offset, imm })),
      );
    }
    case 'byteswap':
      return (info.immediates ?? []).map((imm) => make({ dst: NUMBER, imm }));
    case 'branch':
      return (usesSource ? [0] : [5, -5]).map((imm) => make({ dst: NUMBER, ...source, imm }));
    case 'load':
      return [make({ dst: NUMBER, src: FRAME, offset: PLACE })];
    case 'store':
      return [make({ dst: FRAME, src: OTHER, offset: PLACE })];
    case 'storeImmediate':
      return [5, -5].map((imm) => make({ dst: FRAME, offset: PLACE, imm }));
    case 'atomic':
      return (info.immediates ?? []).map((imm) =>
        imm === ATOMIC_LOAD_ACQUIRE
          ? make({ dst: NUMBER, src: FRAME, offset: PLACE, imm })
          : make({ dst: FRAME, src: OTHER, offset: PLACE, imm }),
      );
    case 'loadPacket':
      return [make({ ...(usesSource ? { src: OTHER } : {}), imm: 12 })];
    case 'loadImmediate64':
      return [
        [instruction(opcode, { dst: NUMBER, imm: 5 }), instruction(0, { imm: -1 })],
        [instruction(opcode, { dst: NUMBER, imm: -5 }), instruction(0, { imm: 0 })],
      ];
    case 'jump':
    case 'mayGoto':
      return [make({})];
    case 'call':
      return [make({ imm: GET_NUMA_NODE_ID })];
    case 'exit':
      return [];
  }
}

function isOneOf(info: OpcodeInfo, kinds: readonly OpcodeInfo['kind'][]): boolean {
  return kinds.includes(info.kind);
}

const known = opcodeTable.filter((info) => info !== undefined);

/** What a form needs around it: numbers that are known and memory that was written. */
const ready: readonly Instruction[] = [
  move(NUMBER, 1000),
  move(OTHER, 3),
  move(0, 1),
  instruction(0x7a, { dst: FRAME, offset: PLACE, imm: 7 }),
];

/** A program of these forms, one after another. */
function programOf(forms: readonly (readonly Instruction[])[]): readonly Instruction[] {
  const body = forms.flatMap((form) => [...ready, ...form]);
  return [instruction(0xbf, { dst: CONTEXT, src: 1 }), ...body, move(0, 0), instruction(OPCODE_EXIT, {})];
}

/** `(79) r1 = *(u64 *)(r0 +0)` by slot, as the verifier's log has it at level 2. */
function listingOf(log: string): ReadonlyMap<number, string> {
  const lines = new Map<number, string>();
  for (const line of log.split('\n')) {
    const match = /^(\d+): (\([0-9a-f]{2}\) [^;]*?)\s*(;.*)?$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) lines.set(Number(match[1]), match[2]);
  }
  return lines;
}

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

describe("the disassembler's text is the kernel's", () => {
  it.for([
    ['arithmetic and byte swaps', ['alu', 'byteswap']],
    ['branches and jumps', ['branch', 'jump', 'mayGoto', 'call']],
    ['loads, stores and immediates', ['load', 'store', 'storeImmediate', 'loadImmediate64']],
    ['atomics', ['atomic']],
    ['loads from packets', ['loadPacket']],
  ] as const)('for every form of %s', async ([, kinds], context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    const instructions = programOf(known.filter((info) => isOneOf(info, kinds)).flatMap(formsOf));
    const answer = await oracle.ask({
      type: 'socket_filter',
      license: 'GPL',
      instructions,
      maps: [],
      logLevel: 2,
    });
    expect(answer.isAccepted ? '' : answer.log).toBe('');
    const theirs = listingOf(answer.log);
    const names = { helper: (id: number) => (id === GET_NUMA_NODE_ID ? 'get_numa_node_id' : undefined) };
    for (let slot = 0; slot < instructions.length; slot += 1) {
      const each = instructions[slot] as Instruction;
      const text = disassemble(each, instructions[slot + 1], names);
      const code = each.opcode.toString(16).padStart(2, '0');
      expect(`${slot}: ${theirs.get(slot)}`).toBe(`${slot}: (${code}) ${text}`);
      if (each.opcode === OPCODE_LDIMM64) slot += 1;
    }
    const shown = new Set(instructions.map(({ opcode }) => opcode));
    expect(known.filter((info) => isOneOf(info, kinds) && !shown.has(info.opcode))).toEqual([]);
  });
});

describe('what is wrong with an instruction by itself', () => {
  const fields = ['dst', 'src', 'offset', 'imm'] as const;

  /** Every form with one field set to something else. */
  const altered = known.flatMap(formsOf).flatMap(([first, ...rest]) =>
    fields.flatMap((field) =>
      // A register has four bits.
      (field === 'dst' || field === 'src' ? [1, 2, 11, 15] : [1, 2, 11, 24]).map(
        (value): readonly Instruction[] => [{ ...(first as Instruction), [field]: value }, ...rest],
      ),
    ),
  );

  it('is refused by the kernel, too', async (context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    const wrong = altered.filter(([first]) => instructionProblem(first as Instruction) !== undefined);
    const accepted: string[] = [];
    for (const form of wrong) {
      const instructions = programOf([form]);
      const answer = await oracle.ask({ type: 'socket_filter', license: 'GPL', instructions, maps: [] });
      if (answer.isAccepted) accepted.push(JSON.stringify(form));
    }
    expect(accepted).toEqual([]);
    expect(wrong.length).toBeGreaterThan(1000);
  });

  it('is named: the opcode that is unknown, the field that is reserved', () => {
    for (let opcode = 0; opcode < 256; opcode += 1) {
      const info = opcodeTable[opcode];
      if (info === undefined) {
        const hex = opcode.toString(16).padStart(2, '0');
        expect(instructionProblem(instruction(opcode, {}))).toBe(`unknown opcode 0x${hex}`);
        continue;
      }
      for (const field of fields) {
        if (info.fields.includes(field.charAt(0))) continue;
        const [valid] = [...(formsOf(info)[0] ?? []), instruction(opcode, {})];
        const text = instructionProblem({ ...(valid as Instruction), [field]: 1 });
        expect(text).toBe(`${info.name} with reserved field ${field} set`);
      }
    }
  });
});
