import { describe, expect, it } from 'vitest';
import { linkObject, type LinkOptions } from '../../../electron/bpf/object/link.ts';
import { CORE_POISON, KFUNC_POISON } from '../../../electron/bpf/object/core-patch.ts';
import { openObject } from '../../../electron/bpf/object/open.ts';
import type { Instruction, LinkedObject } from '../../../electron/bpf/program.ts';
import { bytesOf } from './sample.ts';

function linked(name: string, options: LinkOptions = {}): LinkedObject {
  return linkObject(openObject(bytesOf(name), name), options);
}

function instructionsOf(object: LinkedObject, name: string): readonly Instruction[] {
  return object.programs.find((each) => each.name === name)?.instructions ?? [];
}

describe('externs', () => {
  const NAME = 'test/programs/externs.bpf.o';

  it('supplies kernel configuration that is known in a map of its own', () => {
    const object = linked(NAME, { externs: { LINUX_KERNEL_VERSION: 0x060c00 } });
    expect(object.unresolved).toEqual([]);
    const map = object.maps.findIndex(({ name }) => name === '.kconfig');
    const load = instructionsOf(object, 'read_version').find(
      ({ opcode, src, imm }) => opcode === 0x18 && src === 2 && imm === map,
    );
    expect(load).toBeDefined();
    const value = object.maps[map]?.initialValue ?? new Uint8Array(4);
    expect(new DataView(value.buffer).getUint32(0, true)).toBe(0x060c00);
    expect(object.maps[map]?.isFrozen).toBe(true);
  });

  it("reads what a kernel's configuration says as libbpf does, and names a value of another type", () => {
    const bytesWith = (value: string): Uint8Array | undefined =>
      linked(NAME, { externs: { LINUX_KERNEL_VERSION: 1, CONFIG_OF_NO_KERNEL: value } }).maps.find(
        ({ name }) => name === '.kconfig',
      )?.initialValue;
    expect(bytesWith('y')?.[4]).toBe(1);
    expect(bytesWith('n')?.[4]).toBe(0);
    const { unresolved } = linked(NAME, { externs: { LINUX_KERNEL_VERSION: 1, CONFIG_OF_NO_KERNEL: 'm' } });
    expect(unresolved).toMatchObject([
      {
        program: 'read_optional',
        reason:
          "the kernel was configured with CONFIG_OF_NO_KERNEL=m, which is no value of the extern's type",
      },
    ]);
  });

  it('names configuration that is not known, and poisons reading it', () => {
    const object = linked(NAME);
    expect(object.unresolved).toMatchObject([{ program: 'read_version', access: 'LINUX_KERNEL_VERSION' }]);
    const at = object.unresolved[0]?.instruction ?? -1;
    expect(instructionsOf(object, 'read_version')[at]).toMatchObject({ opcode: 0x85, imm: CORE_POISON });
  });

  it('gives the address of a symbol without a type, and names one that no symbol table has', () => {
    const address = 0xffff_ffff_8200_0040n;
    const SYMBOLS = 'test/programs/symbols.bpf.o';
    const known = linked(SYMBOLS, { addressOf: (name) => (name === 'jiffies' ? address : undefined) });
    const loads = instructionsOf(known, 'read_symbols').flatMap((low, index, all) =>
      low.opcode === 0x18 && low.src === 0 ? [[low.imm, all[index + 1]?.imm]] : [],
    );
    expect(loads).toHaveLength(2);
    expect(loads).toContainEqual([0x8200_0040 | 0, -1]);
    expect(loads).toContainEqual([0, 0]);
    expect(linked(SYMBOLS).unresolved).toMatchObject([
      { access: 'jiffies', reason: 'no symbol table (kallsyms) of the recording has it at one address' },
    ]);
  });

  it('takes weak externs for absent: zero, and an address of zero', () => {
    const object = linked(NAME);
    const instructions = instructionsOf(object, 'read_optional');
    expect(object.unresolved.filter(({ program }) => program === 'read_optional')).toEqual([]);
    const address = instructions.findIndex(({ opcode, src }) => opcode === 0x18 && src === 0);
    expect(instructions[address]?.imm).toBe(0);
    expect(instructions[address + 1]?.imm).toBe(0);
    expect(
      instructions.some(({ opcode, src, imm }) => opcode === 0x85 && src === 0 && imm === KFUNC_POISON),
    ).toBe(true);
  });
});

describe('callbacks', () => {
  it('are linked in, and their address is a distance from the instruction that takes it', () => {
    const object = linked('test/programs/callback.bpf.o');
    const program = object.programs.find(({ name }) => name === 'loop');
    const at = program?.instructions.findIndex(({ opcode, src }) => opcode === 0x18 && src === 4) ?? -1;
    const target = at + 1 + (program?.instructions[at]?.imm ?? 0);
    expect(program?.subprograms.find(({ start }) => start === target)?.name).toBe('each');
    expect(program?.subprograms.map(({ name }) => name).sort()).toEqual(['add', 'each', 'loop']);
  });
});
