import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Btf } from '../../../electron/bpf/object/btf.ts';
import { BtfBuilder } from '../../../electron/bpf/object/btf-builder.ts';
import { joinModules } from '../../../electron/bpf/object/btf-split.ts';
import { renderType } from '../../../electron/bpf/object/render-type.ts';
import { isInstalled, textOf } from './sample.ts';

function kernel(shift = 0): Btf {
  const builder = new BtfBuilder();
  for (let index = 0; index < shift; index += 1) builder.addInteger(`other${index}`, 4, true);
  const int = builder.addInteger('int', 4, true);
  const device = builder.addStruct({
    name: 'device',
    sizeBytes: 8,
    members: [
      { name: 'id', typeId: int, offsetBits: 0 },
      { name: 'state', typeId: int, offsetBits: 32 },
    ],
  });
  builder.addTypedef('device_t', device);
  return builder.build('vmlinux');
}

/** A struct of the kernel's, by value and by pointer, between names the kernel has too. */
function addModule(builder: BtfBuilder, int: number, device: number): void {
  const pointer = builder.addPointer(device);
  builder.addStruct({
    name: 'gadget',
    sizeBytes: 24,
    members: [
      { name: 'device', typeId: device, offsetBits: 0 },
      { name: 'parent', typeId: pointer, offsetBits: 64 },
      { name: 'state', typeId: int, offsetBits: 128 },
    ],
  });
  builder.addFunction('gadget_probe', builder.addPrototype(int, [{ name: 'parent', typeId: pointer }]));
}

function split(base: Btf): Uint8Array {
  const builder = new BtfBuilder(base);
  addModule(builder, base.idsByName('int')[0] ?? 0, base.idsByName('device')[0] ?? 0);
  return builder.bytes();
}

function moduleOf(types: Uint8Array, distilledBase?: Uint8Array) {
  return { file: 'gadget.ko', types, distilledBase };
}

function gadgetOf(btf: Btf): string {
  return renderType(btf, btf.idsByName('gadget')[0] ?? 0);
}

const GADGET = 'struct gadget {\n\tstruct device device;\n\tstruct device *parent;\n\tint state;\n}';

describe('types of a module', () => {
  it('are what bpftool reads beside the same base', (context) => {
    if (!isInstalled('bpftool')) return context.skip('needs bpftool');
    const folder = mkdtempSync(join(tmpdir(), 'split-'));
    try {
      const base = kernel();
      writeFileSync(join(folder, 'vmlinux'), base.bytes);
      writeFileSync(join(folder, 'gadget'), split(base));
      const arguments_ = ['-B', join(folder, 'vmlinux'), 'btf', 'dump', 'file', join(folder, 'gadget')];
      const theirs = JSON.parse(textOf('bpftool', ['-j', ...arguments_, 'format', 'raw'])) as {
        types: { id: number; kind: string; name: string }[];
      };
      const joined = joinModules(base, [moduleOf(split(base))]);
      const own = theirs.types.filter(({ id }) => id >= base.typeCount);
      expect(own.map(({ kind }) => kind)).toEqual(['PTR', 'STRUCT', 'FUNC_PROTO', 'FUNC']);
      for (const { id, kind, name } of own) {
        const ours = joined.typeById(id);
        expect([ours.kind, ours.name]).toEqual([kind.toLowerCase(), name === '(anon)' ? '' : name]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('join the kernel’s, one module behind the other', () => {
    const base = kernel();
    const second = new BtfBuilder(base);
    const gadget = second.addInteger('gizmo', 2, false);
    second.addTypedef('gizmo_t', gadget);
    const joined = joinModules(base, [
      moduleOf(split(base)),
      { ...moduleOf(second.bytes()), file: 'gizmo.ko' },
    ]);
    expect(gadgetOf(joined)).toBe(GADGET);
    expect(joined.resolve(joined.idsByName('gizmo_t')[0] ?? 0)).toMatchObject({
      name: 'gizmo',
      sizeBytes: 2,
    });
    expect(joined.typeCount).toBe(base.typeCount + 4 + 2);
  });

  it('refuses those of another kernel, which refer to types that are not there', () => {
    const theirs = kernel(40);
    expect(() => joinModules(kernel(), [moduleOf(split(theirs))])).toThrow(/^gadget\.ko: /);
  });
});

describe('types distilled with their base', () => {
  function distilled(deviceBytes: number): { base: Uint8Array; types: Uint8Array } {
    const base = new BtfBuilder();
    const device = base.addStruct({ name: 'device', sizeBytes: deviceBytes, members: [] });
    const int = base.addInteger('int', 4, true);
    const built = base.build();
    const builder = new BtfBuilder(built);
    addModule(builder, int, device);
    return { base: built.bytes, types: builder.bytes() };
  }

  it('fit a kernel whose ids are others', () => {
    for (const base of [kernel(), kernel(7)]) {
      const { base: distilledBase, types } = distilled(8);
      expect(gadgetOf(joinModules(base, [moduleOf(types, distilledBase)]))).toBe(GADGET);
    }
  });

  it('take a struct that is only pointed to by its name', () => {
    const { base, types } = distilled(0);
    expect(gadgetOf(joinModules(kernel(3), [moduleOf(types, base)]))).toBe(GADGET);
  });

  it('refuse a kernel where a struct held by value has another size, or is not there', () => {
    const { base, types } = distilled(16);
    const join16 = (): Btf => joinModules(kernel(), [moduleOf(types, base)]);
    expect(join16).toThrow('gadget.ko: .BTF.base: type 1: vmlinux has no struct device');
  });
});
