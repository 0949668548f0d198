import { describe, expect, it } from 'vitest';
import { linkObject, type LinkOptions } from '../../../electron/bpf/object/link.ts';
import { openObject } from '../../../electron/bpf/object/open.ts';
import type { LinkedObject, LinkedProgram } from '../../../electron/bpf/program.ts';
import { Failure } from '../../../electron/failure.ts';
import { bytesOf } from './sample.ts';

function linked(name: string, options: LinkOptions = {}): LinkedObject {
  return linkObject(openObject(bytesOf(name), name), options);
}

function program(object: LinkedObject, name: string): LinkedProgram {
  const found = object.programs.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no program ${name}`);
  return found;
}

/** Names of the functions a program's calls lead to, in order of the calls. */
function callees({ instructions, subprograms }: LinkedProgram): (string | undefined)[] {
  return instructions.flatMap(({ opcode, src, imm }, slot) =>
    opcode === 0x85 && src === 1 ? [subprograms.find(({ start }) => start === slot + 1 + imm)?.name] : [],
  );
}

function refusal(act: () => unknown): Failure {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('was not refused');
}

describe('linking an object', () => {
  it('types programs by their sections', () => {
    const { programs, license } = linked('programs/scheduling/runqlat.bpf.o');
    expect(license).toBe('Dual BSD/GPL');
    expect(
      programs.map(({ name, type, attachTarget, isAutoloaded }) => [name, type, attachTarget, isAutoloaded]),
    ).toEqual([
      ['on_wakeup', 'tracepoint', 'sched/sched_wakeup', true],
      ['on_wakeup_new', 'tracepoint', 'sched/sched_wakeup_new', true],
      ['on_switch', 'tracepoint', 'sched/sched_switch', true],
    ]);
  });

  it('reads declared maps with the types of key and value', () => {
    const { maps, btf } = linked('programs/scheduling/runqlat.bpf.o');
    expect(
      maps.map(({ name, type, keySizeBytes, valueSizeBytes }) => [name, type, keySizeBytes, valueSizeBytes]),
    ).toEqual([
      ['start', 'hash', 4, 8],
      ['hists', 'hash', 4, 120],
      ['worst', 'ringbuf', 0, 0],
      ['stacks', 'stack_trace', 4, 1016],
      ['.rodata', 'array', 4, 136],
    ]);
    expect(btf?.resolve(maps[1]?.valueTypeId ?? 0)).toMatchObject({
      kind: 'struct',
      name: 'hist',
      sizeBytes: 120,
    });
  });

  it('points map references at the maps', () => {
    const object = linked('test/programs/counter.bpf.o');
    const { instructions } = program(object, 'count_switch');
    const declared = instructions
      .filter(({ opcode, src }) => opcode === 0x18 && src === 1)
      .map(({ imm }) => object.maps[imm]?.name);
    const variables = instructions
      .filter(({ opcode, src }) => opcode === 0x18 && src === 2)
      .map(({ imm }) => object.maps[imm]?.name);
    expect(declared).toEqual(['total', 'by_cpu']);
    expect(new Set(variables)).toEqual(new Set(['.rodata', '.bss']));
  });

  it('links in the functions a program reaches, each once, and no others', () => {
    const object = linked('test/programs/calls.bpf.o');
    const whole = program(object, 'sum_squares');
    expect(whole.subprograms.map(({ name }) => name).sort()).toEqual([
      'add_squares',
      'square',
      'store',
      'sum_squares',
    ]);
    expect(whole.subprograms.map(({ start }) => start)).toEqual(
      [...whole.subprograms.map(({ start }) => start)].sort((a, b) => a - b),
    );
    expect(callees(whole)).not.toContain(undefined);
    expect(new Set(callees(whole))).toEqual(new Set(['add_squares', 'store', 'square']));
    expect(
      program(object, 'sum_one')
        .subprograms.map(({ name }) => name)
        .sort(),
    ).toEqual(['square', 'store', 'sum_one']);
    expect(whole.subprograms.find(({ name }) => name === 'add_squares')?.isGlobal).toBe(true);
    expect(whole.subprograms.find(({ name }) => name === 'square')?.isGlobal).toBe(false);
  });

  it('names functions by their types and keeps source lines with them', () => {
    const object = linked('test/programs/calls.bpf.o');
    const { subprograms, lines, instructions } = program(object, 'sum_squares');
    for (const { typeId, name, start } of subprograms) {
      expect(object.btf?.typeById(typeId)).toMatchObject({ kind: 'func', name });
      expect(lines.some(({ instruction }) => instruction === start)).toBe(true);
    }
    expect(lines.map(({ instruction }) => instruction)).toEqual(
      lines.map(({ instruction }) => instruction).sort((a, b) => a - b),
    );
    expect(lines.at(-1)?.instruction).toBeLessThan(instructions.length);
    expect(lines.find(({ text }) => text.includes('return value * value'))).toMatchObject({
      file: './test/programs/calls.bpf.c',
    });
  });

  it('marks programs of sections that begin with ? as not loaded by themselves', () => {
    const { programs } = linked('test/programs/refused.bpf.o');
    expect(programs).toHaveLength(5);
    expect(programs.every(({ isAutoloaded, section }) => !isAutoloaded && section.startsWith('?'))).toBe(
      true,
    );
  });

  it('sets global variables by name, without touching the open object', () => {
    const object = openObject(bytesOf('programs/scheduling/runqlat.bpf.o'), 'runqlat.bpf.o');
    const minimum = (options: LinkOptions): bigint | undefined => {
      const value = linkObject(object, options).maps.find(({ name }) => name === '.rodata')?.initialValue;
      return value && new DataView(value.buffer, value.byteOffset).getBigUint64(0, true);
    };
    expect(minimum({ settings: { min_wait_ns: 77 } })).toBe(77n);
    expect(minimum({})).toBe(1_000_000n);
    expect(minimum({ settings: { min_wait_ns: 2n ** 64n - 1n } })).toBe(2n ** 64n - 1n);
  });

  it('freezes read-only data and leaves the rest writable', () => {
    const { maps } = linked('test/programs/counter.bpf.o', { settings: { switches: 5 } });
    expect(maps.filter(({ isFrozen }) => isFrozen).map(({ name }) => name)).toEqual(['.rodata']);
    expect(maps.find(({ name }) => name === '.bss')?.initialValue?.[0]).toBe(5);
  });

  it('refuses a variable it does not have, and a value that does not fit', () => {
    const name = 'test/programs/counter.bpf.o';
    expect(refusal(() => linked(name, { settings: { stride: 1 } }))).toMatchObject({
      code: 'unknown-setting',
      place: { file: name, at: 'stride' },
    });
    expect(refusal(() => linked(name, { settings: { step: 2 ** 32 } })).code).toBe('bad-setting');
    expect(refusal(() => linked(name, { settings: { LICENSE: 1 } })).code).toBe('unknown-setting');
  });
});
