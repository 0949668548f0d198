import { describe, expect, it } from 'vitest';
import { BtfBuilder } from '../../../electron/bpf/object/btf-builder.ts';
import type { MapDefinition, ProgramType } from '../../../electron/bpf/program.ts';
import { verifyProgram } from '../../../electron/bpf/verifier/verify.ts';
import * as asm from './assembler.ts';
import { r } from './assembler.ts';

const end = [asm.mov64(0, 0), asm.exit];
const usesMap = [asm.loadMap(1, 0), ...end];

function codeOf(
  parts: Parameters<typeof asm.programOf>[0],
  maps: readonly MapDefinition[] = [],
  type: ProgramType = 'socket_filter',
  options: Partial<Parameters<typeof verifyProgram>[2]> = {},
): string {
  const verdict = verifyProgram(asm.programOf(parts, type), maps, { license: 'GPL', ...options });
  return verdict.verdict === 'accepted' ? 'accepted' : verdict.reason.code;
}

describe('maps whose values hold what the kernel keeps for itself', () => {
  const builder = new BtfBuilder();
  const u32 = builder.addInteger('unsigned int', 4, false);
  const lock = builder.addStruct({
    name: 'bpf_spin_lock',
    sizeBytes: 4,
    members: [{ name: 'val', typeId: u32, offsetBits: 0 }],
  });
  const inner = builder.addStruct({
    name: 'inner',
    sizeBytes: 4,
    members: [{ name: 'lock', typeId: lock, offsetBits: 0 }],
  });
  const locks = builder.addArray(inner, u32, 2);
  const holder = builder.addStruct({
    name: 'value',
    sizeBytes: 8,
    members: [{ name: 'locks', typeId: locks, offsetBits: 0 }],
  });
  const plain = builder.addStruct({
    name: 'plain',
    sizeBytes: 8,
    members: [{ name: 'lock', typeId: builder.addPointer(lock), offsetBits: 0 }],
  });
  const btf = builder.build();
  const map = { ...asm.mapOf('array', 4, 8, 1), keyTypeId: u32 };

  it('are refused, however deep the field is', () => {
    expect(codeOf(usesMap, [{ ...map, valueTypeId: holder }], 'socket_filter', { btf })).toBe(
      'not-supported',
    );
  });

  it('are taken where the program does not use the map, or only points to such a thing', () => {
    expect(codeOf(end, [{ ...map, valueTypeId: holder }], 'socket_filter', { btf })).toBe('accepted');
    expect(codeOf(usesMap, [{ ...map, valueTypeId: plain }], 'socket_filter', { btf })).toBe('accepted');
  });
});

describe('what is refused before a program is followed', () => {
  it('program types that are not modelled', () => {
    expect(codeOf(end, [], 'ext')).toBe('not-supported');
  });

  it('more maps than a program may use', () => {
    const maps = Array.from({ length: 65 }, () => asm.mapOf('array', 4, 8, 1));
    const uses = (count: number) => [
      ...maps.slice(0, count).map((_, index) => asm.loadMap(1, index)),
      ...end,
    ];
    expect(codeOf(uses(64), maps)).toBe('accepted');
    expect(codeOf(uses(65), maps)).toBe('too-complex');
  });

  it('without privilege: other types, loops, functions and long programs', () => {
    const privileged = false;
    const loop = [asm.mov64(0, 0), asm.alu64('add', 0, 1), asm.jump64('jlt', 0, 10, -2), asm.exit];
    const long = (slots: number) => [...Array.from({ length: slots - 1 }, () => asm.mov64(0, 0)), asm.exit];
    expect(codeOf(end, [], 'xdp', { privileged })).toBe('not-privileged');
    expect(codeOf(loop, [], 'socket_filter', { privileged })).toBe('not-privileged');
    expect(codeOf([asm.callFunction(1), asm.exit, ...end], [], 'socket_filter', { privileged })).toBe(
      'not-privileged',
    );
    expect(codeOf(long(4096), [], 'socket_filter', { privileged })).toBe('accepted');
    expect(codeOf(long(4097), [], 'socket_filter', { privileged })).toBe('bad-size');
  });
});

describe('maps in maps', () => {
  const inner = asm.mapOf('array', 4, 8, 1);
  const outer = { ...asm.mapOf('array_of_maps', 4, 4, 1), inner };
  const look = [asm.mov64(2, r(10)), asm.alu64('add', 2, -8), asm.call(1)];
  const found = [asm.storeImmediate(8, 10, -8, 0), asm.loadMap(1, 0), ...look];

  it('are looked up in after the check for null', () => {
    const code = [...found, asm.jump64('jeq', 0, 0, 6), asm.mov64(1, r(0)), ...look];
    expect(codeOf([...code, asm.jump64('jeq', 0, 0, 1), asm.load(8, 0, 0, 0), ...end], [outer])).toBe(
      'accepted',
    );
    expect(codeOf([...code, asm.load(8, 0, 0, 0), ...end], [outer])).toBe('maybe-null');
    expect(codeOf([...found, asm.mov64(1, r(0)), ...look, ...end], [outer])).toBe('maybe-null');
  });

  it('are no memory themselves', () => {
    expect(codeOf([...found, asm.jump64('jeq', 0, 0, 1), asm.load(4, 0, 0, 0), ...end], [outer])).toBe(
      'not-readable',
    );
  });
});
