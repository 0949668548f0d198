import { describe, expect, it } from 'vitest';
import type { Btf } from '../../../electron/bpf/object/btf.ts';
import { BtfBuilder } from '../../../electron/bpf/object/btf-builder.ts';
import type { CoreRecord } from '../../../electron/bpf/object/btf-ext.ts';
import { CORE_POISON } from '../../../electron/bpf/object/core-patch.ts';
import { CoreRelocator } from '../../../electron/bpf/object/core-relocation.ts';
import { CORE_KINDS, type CoreKind } from '../../../electron/bpf/object/core-value.ts';
import { linkObject } from '../../../electron/bpf/object/link.ts';
import { openObject } from '../../../electron/bpf/object/open.ts';
import { Failure } from '../../../electron/failure.ts';
import type { Instruction } from '../../../electron/bpf/program.ts';
import { bytesOf } from './sample.ts';

const RUNQLAT = openObject(bytesOf('programs/scheduling/runqlat.bpf.o'), 'runqlat.bpf.o');

interface SwitchLayout {
  readonly prevPidBytes: number;
  readonly nextPidBytes: number | undefined;
  readonly stateBytes?: 4 | 8;
}

/** A kernel whose sched_switch is laid out as asked for. */
function kernelWith({ prevPidBytes, nextPidBytes, stateBytes = 8 }: SwitchLayout): Btf {
  const builder = new BtfBuilder();
  const int = builder.addInteger('int', 4, true);
  const state = builder.addInteger('long', stateBytes, true);
  const text = builder.addArray(builder.addInteger('char', 1, true), int, 16);
  const at = (name: string, typeId: number, bytes: number) => ({ name, typeId, offsetBits: bytes * 8 });
  builder.addStruct({
    name: 'trace_event_raw_sched_switch',
    sizeBytes: 128,
    members: [
      at('prev_state', state, 16),
      at('next_comm', text, 64),
      at('prev_pid', int, prevPidBytes),
      ...(nextPidBytes === undefined ? [] : [at('next_pid', int, nextPidBytes)]),
    ],
  });
  builder.addStruct({
    name: 'trace_event_raw_sched_wakeup_template',
    sizeBytes: 64,
    members: [at('pid', int, 48)],
  });
  return builder.build('recorded kernel');
}

/** Opcode and offset of every load from the context, as `61+24`. */
function contextLoads(target: Btf, program: string): string[] {
  const linked = linkObject(RUNQLAT, { target });
  const instructions = linked.programs.find(({ name }) => name === program)?.instructions ?? [];
  const context = program === 'on_switch' ? 6 : 1;
  return instructions
    .filter(({ opcode, src }) => (opcode & 7) === 1 && src === context)
    .map(({ opcode, offset }) => `${opcode.toString(16)}+${offset}`);
}

interface Outcome {
  readonly code: readonly Instruction[];
  readonly unresolved: readonly { readonly access: string; readonly reason: string }[];
}

/** Relocates one instruction `w1 = <compiled>`. */
function relocateOne(
  local: Btf,
  target: Btf,
  kind: CoreKind,
  typeId: number,
  access: string,
  compiled: number,
): Outcome {
  const code: Instruction[] = [{ opcode: 0xb7, dst: 1, src: 0, offset: 0, imm: compiled }];
  const record: CoreRecord = { slot: 0, typeId, access, kind: CORE_KINDS.indexOf(kind) };
  const unresolved = new CoreRelocator(local, target).relocate(code, [record]);
  return { code, unresolved: [...unresolved.values()] };
}

function immediate(outcome: Outcome): number | undefined {
  expect(outcome.unresolved).toEqual([]);
  return outcome.code[0]?.imm;
}

describe('CO-RE relocation', () => {
  it('moves loads to where the recorded kernel has the fields', () => {
    expect(contextLoads(kernelWith({ prevPidBytes: 40, nextPidBytes: 100 }), 'on_wakeup')).toEqual(['61+48']);
    const loads = contextLoads(kernelWith({ prevPidBytes: 40, nextPidBytes: 100 }), 'on_switch');
    expect(loads.slice(0, 3)).toEqual(['79+16', '61+40', '61+100']);
    expect(loads.slice(3)).toEqual(Array.from({ length: 16 }, (_, index) => `71+${64 + index}`));
  });

  it('names a field the recorded kernel lacks, and poisons the load', () => {
    const linked = linkObject(RUNQLAT, { target: kernelWith({ prevPidBytes: 40, nextPidBytes: undefined }) });
    const lacking = linked.unresolved.filter(({ access }) => !access.includes('___32'));
    expect(lacking).toEqual([
      {
        program: 'on_switch',
        instruction: expect.any(Number) as number,
        access: 'struct trace_event_raw_sched_switch.next_pid',
        reason: 'the target has no such field',
      },
    ]);
    const program = linked.programs.find(({ name }) => name === 'on_switch');
    expect(program?.instructions[lacking[0]?.instruction ?? -1]).toMatchObject({
      opcode: 0x85,
      src: 0,
      imm: CORE_POISON,
    });
  });

  it('names the struct where the recorded kernel has none of its name', () => {
    const { unresolved } = linkObject(RUNQLAT, { target: new BtfBuilder().build() });
    expect(unresolved.map(({ program }) => program)).toContain('on_wakeup');
    expect(unresolved[0]?.reason).toBe('the target has no struct trace_event_raw_sched_wakeup_template');
  });

  it('refuses to load a signed field of another size, which libbpf cannot extend either', () => {
    const { unresolved } = linkObject(RUNQLAT, {
      target: kernelWith({ prevPidBytes: 40, nextPidBytes: 100, stateBytes: 4 }),
    });
    expect(unresolved).toMatchObject([{ access: 'struct trace_event_raw_sched_switch.prev_state' }]);
    expect(unresolved[0]?.reason).toBe('the field has 4 bytes there and 8 here');
  });

  it('leaves the code as compiled where there is no target', () => {
    const { unresolved, programs } = linkObject(RUNQLAT);
    expect(unresolved).toEqual([]);
    expect(programs.find(({ name }) => name === 'on_wakeup')?.instructions[0]).toMatchObject({
      opcode: 0x61,
      offset: 24,
    });
  });
});

describe('CO-RE relocation kinds', () => {
  const local = new BtfBuilder();
  const int = local.addInteger('int', 4, true);
  const unsigned = local.addInteger('unsigned int', 4, false);
  const inner = local.addStruct({
    name: '',
    sizeBytes: 4,
    members: [{ name: 'deep', typeId: int, offsetBits: 0 }],
  });
  const task = local.addStruct({
    name: 'task___old',
    sizeBytes: 32,
    members: [
      { name: 'pid', typeId: int, offsetBits: 0 },
      { name: '', typeId: inner, offsetBits: 32 },
      { name: 'bits', typeId: unsigned, offsetBits: 64 + 3, bitSize: 5 },
      { name: 'list', typeId: local.addArray(int, int, 4), offsetBits: 96 },
    ],
  });
  const color = local.addEnum({
    name: 'color',
    sizeBytes: 4,
    isSigned: false,
    values: [
      { name: 'RED', value: 1 },
      { name: 'BLUE', value: 2 },
    ],
  });
  const here = local.build('local');

  const far = new BtfBuilder();
  const int2 = far.addInteger('int', 4, true);
  const unsigned2 = far.addInteger('unsigned int', 4, false);
  const task2 = far.addStruct({
    name: 'task',
    sizeBytes: 64,
    members: [
      { name: 'deep', typeId: int2, offsetBits: 256 },
      { name: 'bits', typeId: unsigned2, offsetBits: 320 + 7, bitSize: 9 },
      { name: 'list', typeId: far.addArray(int2, int2, 8), offsetBits: 64 },
    ],
  });
  far.addEnum({ name: 'color', sizeBytes: 8, isSigned: false, values: [{ name: 'RED', value: 40 }] });
  const there = far.build('target');

  it.each<[CoreKind, string, number, number]>([
    ['field_exists', '0:0', 1, 0],
    ['field_exists', '0:1:0', 1, 1],
    ['field_byte_offset', '0:1:0', 4, 32],
    ['field_byte_offset', '0:3:2', 20, 16],
    ['field_byte_size', '0:3', 16, 32],
    ['field_byte_size', '0:1:0', 4, 4],
    ['field_byte_offset', '0:2', 8, 40],
    ['field_signed', '0:1:0', 1, 1],
    ['field_signed', '0:2', 0, 0],
    ['field_lshift_u64', '0:2', 56, 64 - (7 + 9)],
    ['field_rshift_u64', '0:2', 59, 64 - 9],
  ])('%s of %s: compiled as %i, relocated to %i', (kind, access, compiled, expected) => {
    expect(immediate(relocateOne(here, there, kind, task, access, compiled))).toBe(expected);
  });

  it.each<[CoreKind, string, number, number]>([
    ['type_exists', '0', 1, 1],
    ['type_matches', '0', 1, 0],
    ['type_size', '0', 32, 64],
    ['type_id_local', '0', task, task],
    ['type_id_target', '0', task, task2],
  ])('%s: compiled as %3$i, relocated to %4$i', (kind, access, compiled, expected) => {
    expect(immediate(relocateOne(here, there, kind, task, access, compiled))).toBe(expected);
  });

  it('finds enumerators by name, and says which are there', () => {
    expect(immediate(relocateOne(here, there, 'enumval_value', color, '0', 1))).toBe(40);
    expect(immediate(relocateOne(here, there, 'enumval_exists', color, '1', 1))).toBe(0);
    expect(relocateOne(here, there, 'enumval_value', color, '1', 2).unresolved).toEqual([
      { access: 'enum color: BLUE', reason: 'the target has no such value' },
    ]);
  });

  it('answers that a type of another kind does not exist', () => {
    const other = new BtfBuilder();
    other.addUnion({ name: 'task', sizeBytes: 4, members: [] });
    expect(immediate(relocateOne(here, other.build(), 'type_exists', task, '0', 1))).toBe(0);
    expect(immediate(relocateOne(here, other.build(), 'type_size', task, '0', 32))).toBe(0);
  });

  it('matches a type against itself', () => {
    expect(immediate(relocateOne(here, here, 'type_matches', task, '0', 1))).toBe(1);
  });

  it('poisons an instruction that contradicts the object’s own types, as libbpf does', () => {
    const { unresolved, code } = relocateOne(here, there, 'field_byte_offset', task, '0:1:0', 9);
    expect(unresolved[0]?.reason).toBe("the instruction says 9 where the object's own types say 4");
    expect(code[0]?.imm).toBe(CORE_POISON);
  });

  it('refuses a path that leads nowhere, naming it', () => {
    for (const access of ['0:9', '0:0:1', 'x', '', '0:3:4']) {
      expect(() => relocateOne(here, there, 'field_byte_offset', task, access, 0)).toThrow(Failure);
    }
  });

  it('refuses two target types of one name that disagree', () => {
    const twice = new BtfBuilder();
    const number = twice.addInteger('int', 4, true);
    for (const offsetBits of [0, 64]) {
      twice.addStruct({
        name: 'task',
        sizeBytes: 16,
        members: [{ name: 'pid', typeId: number, offsetBits }],
      });
    }
    expect(() => relocateOne(here, twice.build(), 'field_byte_offset', task, '0:0', 0)).toThrow(/ambiguous/);
  });
});
