import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { describe, expect, test, type TestContext } from 'vitest';

import { Btf } from '../../../../electron/bpf/object/btf.ts';
import { mergeBtf } from '../../../../electron/bpf/object/btf-merge.ts';
import { BtfBuilder } from '../../../../electron/bpf/object/btf-builder.ts';
import { isComposite } from '../../../../electron/bpf/object/core-compatible.ts';
import { linkObject } from '../../../../electron/bpf/object/link.ts';
import { openObject } from '../../../../electron/bpf/object/open.ts';
import { memberOf } from '../../../../electron/bpf/object/typed-value.ts';
import { modelledTypes, typesForChecking } from '../../../../electron/replay/kernel/model/modelled-types.ts';

const vmlinux = '/sys/kernel/btf/vmlinux';

/** What the model has and Linux 6.18 has not under this name, and why. */
const ownMembers: ReadonlySet<string> = new Set([
  // Room behind a flexible array.
  'pid.deeper_levels',
  // Bits of inet_flags since Linux 6.6; programs ask for them by their old names.
  'inet_sock.freebind',
  'inet_sock.transparent',
  'inet_sock.bind_address_no_port',
  // nr_queued since Linux 6.15.
  'cfs_rq.nr_running',
]);
/** Longer here than there: a flexible array's one element. */
const ownSizes: ReadonlySet<string> = new Set(['pid.numbers']);

function runningKernel(ctx: TestContext): Btf {
  if (!release().startsWith('6.18.')) ctx.skip(`the model follows Linux 6.18, this is ${release()}`);
  if (!existsSync(vmlinux)) ctx.skip(`${vmlinux} is not there`);
  return Btf.parse(readFileSync(vmlinux), 'vmlinux');
}

/** Struct members of the model as `struct.member`, with what they are. */
function members(model: Btf): { struct: string; member: string; typeId: number; bitSize: number }[] {
  const found = [];
  for (let id = 1; id < model.typeCount; id += 1) {
    const type = model.typeById(id);
    if (type.kind !== 'struct' || type.name === '') continue;
    for (const { name, typeId, bitSize } of type.members)
      if (name !== '') found.push({ struct: type.name, member: name, typeId, bitSize });
  }
  return found;
}

describe('the modelled kernel', () => {
  test('names no field that Linux 6.18 does not have, in another width or kind', (ctx) => {
    const kernel = runningKernel(ctx);
    const model = modelledTypes('x86_64');
    const wrong: string[] = [];
    for (const { struct, member, typeId, bitSize } of members(model)) {
      const name = `${struct}.${member}`;
      const there = kernel.findStruct(struct);
      const found = there === undefined ? undefined : memberOf(kernel, there.id, member);
      if (found === undefined) {
        if (!ownMembers.has(name)) wrong.push(`${name} is not there`);
        continue;
      }
      const here = model.resolve(typeId);
      if (here.kind !== kernel.resolve(found.typeId).kind && !(bitSize > 0))
        wrong.push(`${name} is another kind`);
      // Structs hold less here; numbers, pointers and arrays of them are as wide.
      if (isComposite(here) || here.kind === 'array' || ownSizes.has(name)) continue;
      if (model.sizeOf(typeId) !== kernel.sizeOf(found.typeId)) wrong.push(`${name} is another size`);
    }
    expect(wrong).toEqual([]);
    expect(members(model).length).toBeGreaterThan(200);
  });

  test('lays out registers as the hardware interface does', (ctx) => {
    const kernel = runningKernel(ctx);
    const offsets = (btf: Btf): [string, number | undefined][] =>
      ['ax', 'bx', 'cx', 'dx', 'si', 'di', 'bp', 'sp', 'ip', 'r8', 'r15', 'orig_ax', 'flags'].map((name) => [
        name,
        memberOf(btf, btf.findStruct('pt_regs')?.id ?? 0, name)?.offsetBytes,
      ]);
    expect(offsets(modelledTypes('x86_64'))).toEqual(offsets(kernel));
  });

  test('holds registers of both machines', () => {
    const arm = modelledTypes('aarch64');
    expect(memberOf(arm, arm.findStruct('user_pt_regs')?.id ?? 0, 'pc')?.offsetBytes).toBe(32 * 8);
    expect(modelledTypes('x86_64').findStruct('user_pt_regs')).toBeUndefined();
  });

  test('gives tracepoints and functions the prototypes of Linux 6.18', (ctx) => {
    const kernel = runningKernel(ctx);
    const model = modelledTypes('x86_64');
    const compared: string[] = [];
    for (const [name, ids] of model.namedIds()) {
      const id = ids[0] ?? 0;
      const kind = model.kindOf(id);
      const isHook = kind === 'func' || (kind === 'typedef' && name.startsWith('btf_trace_'));
      const there = kernel.idsByName(name).find((each) => kernel.kindOf(each) === kind);
      // Functions of earlier kernels are there for the tools that still name them.
      if (!isHook || there === undefined) continue;
      compared.push(name);
      expect(shapeOf(model, id), name).toEqual(shapeOf(kernel, there));
    }
    expect(compared.length).toBeGreaterThan(60);
  });

  test('is enough for every object of libbpf-tools', (ctx) => {
    const tools = installedTools();
    if (tools.length === 0) ctx.skip('libbpf-tools is not installed');
    const target = typesForChecking('x86_64');
    const externs = { LINUX_KERNEL_VERSION: 0x61200, LINUX_HAS_BPF_COOKIE: 1 };
    for (const path of tools) {
      const { unresolved } = linkObject(openObject(readFileSync(path), path), { target, externs });
      // What a program asks of an older kernel, behind a question whether it is there.
      const asked = unresolved.filter(({ access }) => !/___[ox]\.|___old/.test(access));
      expect(asked, path).toEqual([]);
    }
  });
});

describe('merging types', () => {
  test('keeps the ids of the first and every reference of the second', () => {
    const a = new BtfBuilder();
    a.addInteger('int', 4, true);
    const b = new BtfBuilder();
    const long = b.addInteger('long', 8, true);
    const array = b.addArray(long, long, 3);
    const colour = b.addEnum({
      name: 'colour',
      sizeBytes: 4,
      isSigned: false,
      values: [{ name: 'RED', value: 7 }],
    });
    const members = [
      { name: 'values', typeId: array, offsetBits: 0 },
      { name: 'colour', typeId: colour, offsetBits: 192 },
    ];
    const struct = b.addStruct({ name: 'pair', sizeBytes: 32, members });
    b.addFunction('paint', b.addPrototype(long, [{ name: 'what', typeId: b.addPointer(struct) }]));
    const merged = mergeBtf(a.build(), b.build(), 'merged');
    expect(merged.nameOf(1)).toBe('int');
    const found = merged.findStruct('pair');
    const values = merged.resolve(found?.members[0]?.typeId ?? 0);
    expect(values).toMatchObject({ kind: 'array', count: 3, elementTypeId: long + 1 });
    const colours = merged.find('enum', 'colour');
    expect(colours).toMatchObject({ values: [{ name: 'RED' }] });
    expect(shapeOf(merged, merged.find('func', 'paint')?.id ?? 0)).toEqual(['int 8', 'ptr pair']);
  });
});

/** The return type and the parameters of a function or a tracepoint, by kind, name and size. */
function shapeOf(btf: Btf, id: number): string[] {
  const type = btf.typeById(id);
  const inner = type.kind === 'typedef' ? btf.resolve(type.typeId) : undefined;
  const prototype = btf.typeById(
    inner?.kind === 'ptr' ? inner.typeId : type.kind === 'func' ? type.typeId : 0,
  );
  if (prototype.kind !== 'func_proto') throw new Error(`${type.name} has no prototype`);
  return [prototype.returnTypeId, ...prototype.parameters.map(({ typeId }) => typeId)].map((each) => {
    const resolved = btf.resolve(each);
    if (resolved.kind !== 'ptr') return `${resolved.kind} ${btf.sizeOf(each) ?? 0}`;
    const target = btf.resolve(resolved.typeId);
    return `ptr ${target.kind === 'int' || target.kind === 'ptr' ? target.kind : target.name}`;
  });
}

function installedTools(): string[] {
  try {
    return execFileSync('dpkg', ['-L', 'libbpf-tools'], { encoding: 'utf8' })
      .split('\n')
      .filter((path) => /\/sbin\/[a-z]+$/.test(path));
  } catch {
    return [];
  }
}
