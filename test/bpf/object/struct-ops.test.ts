/** Structs of functions: what libbpf and the running kernel make of an object's, beside ours. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import type { Btf } from '../../../electron/bpf/object/btf.ts';
import { linkObject } from '../../../electron/bpf/object/link.ts';
import { openObject } from '../../../electron/bpf/object/open.ts';
import type { ObjectSettings } from '../../../electron/bpf/object/settings.ts';
import type { LinkedObject, MapDefinition } from '../../../electron/bpf/program.ts';
import { BlankWorld } from '../../../electron/bpf/helpers/blank-world.ts';
import {
  deleteElement,
  lookUpAndDelete,
  lookUpElement,
  nextKey,
  updateElement,
} from '../../../electron/bpf/maps/commands.ts';
import { Machine } from '../../../electron/bpf/vm/machine.ts';
import { verifyProgram } from '../../../electron/bpf/verifier/verify.ts';
import { runningKernelTypes } from '../../oracle/attach.ts';
import { pathOf } from './sample.ts';

const OBJECT = pathOf('test/programs/congestion.bpf.o');
const bytes = readFileSync(OBJECT);
const kernelBtf = runningKernelTypes();
/** refcnt and state of the value, which are the kernel's. */
const HEAD_BYTES = 8;

const folder = mkdtempSync(join(tmpdir(), 'struct-ops-'));
afterAll(() => rmSync(folder, { recursive: true }));

function link(settings: ObjectSettings = {}, target: Btf | undefined = kernelBtf): LinkedObject {
  return linkObject(openObject(bytes, 'congestion.bpf.o'), { target, settings });
}

function mapOf({ maps }: LinkedObject, name: string): MapDefinition {
  const map = maps.find((each) => each.name === name);
  if (map === undefined) throw new Error(`no map ${name}`);
  return map;
}

/** Place of a member in the kernel's value. */
function placeOf(btf: Btf, member: string): number {
  const ops = btf.findStruct('tcp_congestion_ops');
  const value = btf.findStruct('bpf_struct_ops_tcp_congestion_ops');
  if (ops?.kind !== 'struct' || value?.kind !== 'struct') throw new Error('no struct_ops of TCP');
  const data = value.members.find(({ name }) => name === 'data');
  const found = ops.members.find(({ name }) => name === member);
  return ((data?.offsetBits ?? 0) + (found?.offsetBits ?? 0)) / 8;
}

/** What the map answers to the commands of the peer. */
function answersOf(definition: MapDefinition): string[] {
  const map = new Machine({ cpuCount: 1, world: new BlankWorld() }).addMap(definition);
  const [zero, one] = [0, 1].map((key) => new Uint8Array(Uint32Array.of(key).buffer)) as [
    Uint8Array,
    Uint8Array,
  ];
  const value = new Uint8Array(definition.valueSizeBytes);
  const begun = value.slice().fill(1, 4, 5);
  const answers = {
    lookup: lookUpElement(map, zero),
    'lookup-1': lookUpElement(map, one),
    first: nextKey(map, undefined),
    next: nextKey(map, zero),
    'next-1': nextKey(map, one),
    'update-flags': updateElement(map, zero, value, 2n),
    'update-1': updateElement(map, one, value),
    'update-state': updateElement(map, zero, begun),
    delete: deleteElement(map, zero),
    take: lookUpAndDelete(map, zero),
  };
  return Object.entries(answers).map(
    ([name, answer]) => `${name} ${typeof answer === 'number' ? answer : 0}`,
  );
}

it('the struct lies in the kernel as libbpf registers it, and its programs stand where libbpf puts them', (ctx) => {
  if (kernelBtf === undefined) return ctx.skip('the kernel shows no BTF');
  const peer = join(folder, 'libbpf-struct-ops');
  const source = pathOf('test/bpf/object/libbpf-struct-ops.c');
  const built = spawnSync('cc', ['-O1', '-Wall', '-o', peer, source, '-lbpf'], { encoding: 'utf8' });
  if (built.status !== 0) return ctx.skip(`cc or libbpf's headers are missing: ${built.stderr}`);
  // Debian's libbpf knows no flavours of these structs, nor links.
  const plain = join(folder, 'congestion.bpf.o');
  const flags = ['-O2', '-g', '-target', 'bpf', '-mcpu=v3', '-DPLAIN', '-c', '-o', plain];
  const compiled = spawnSync('clang-19', [...flags, pathOf('test/programs/congestion.bpf.c')]);
  if (compiled.status !== 0) return ctx.skip('clang-19 is missing');
  const { status, stdout, stderr } = spawnSync(peer, [plain, 'recorded'], { encoding: 'utf8' });
  if (status !== 0) return ctx.skip(`the kernel registers no struct_ops: ${stderr}`);
  const value = Buffer.from(/^value ([0-9a-f]+)$/m.exec(stdout)?.[1] ?? '', 'hex');
  const linked = linkObject(openObject(readFileSync(plain), 'congestion.bpf.o'), { target: kernelBtf });
  const placed = mapOf(linked, 'recorded');
  expect(placed.valueSizeBytes).toBe(value.length);
  expect(Buffer.from(placed.initialValue ?? []).subarray(HEAD_BYTES)).toEqual(value.subarray(HEAD_BYTES));
  expect(answersOf(placed)).toEqual([...stdout.matchAll(/^answer (.+)$/gm)].map(([, each]) => each));
  const kernel = [...stdout.matchAll(/^program (\w+) (\d+)$/gm)].map(([, name, at]) => `${name} ${at}`);
  const ours = [...(placed.structOps?.programs ?? [])].map(
    // The kernel keeps 15 characters of a program's name.
    ([member, program]) => `${program.slice(0, 15)} ${placeOf(kernelBtf, member)}`,
  );
  expect(ours.sort()).toEqual(kernel.sort());
});

describe('programs of structs of functions', () => {
  it('stand for the members that the struct names them for', (ctx) => {
    if (kernelBtf === undefined) return ctx.skip('the kernel shows no BTF');
    const linked = link();
    const targets = linked.programs.map(({ name, attachTarget, isAutoloaded }) => [
      name,
      attachTarget,
      isAutoloaded,
    ]);
    expect(targets).toEqual([
      ['recorded_init', 'tcp_congestion_ops/init', true],
      ['recorded_ssthresh', 'tcp_congestion_ops/ssthresh', true],
      ['recorded_cong_avoid', 'tcp_congestion_ops/cong_avoid', true],
      ['recorded_undo_cwnd', 'tcp_congestion_ops/undo_cwnd', true],
      // Of a struct that is made only where asked for.
      ['optional_ssthresh', 'tcp_congestion_ops/ssthresh', false],
    ]);
    for (const program of linked.programs) {
      const options = {
        license: linked.license,
        kernelBtf,
        ...(linked.btf === undefined ? {} : { btf: linked.btf }),
      };
      expect(verifyProgram(program, linked.maps, options).verdict, program.name).toBe('accepted');
    }
  });

  it('are exchanged, taken out and given values by name', () => {
    const linked = link({
      'recorded.init': 0,
      'recorded.ssthresh': 'optional_ssthresh',
      'recorded.flags': 1,
    });
    const ops = mapOf(linked, 'recorded').structOps;
    expect([...(ops?.programs ?? [])]).toEqual([
      ['ssthresh', 'optional_ssthresh'],
      ['cong_avoid', 'recorded_cong_avoid'],
      ['undo_cwnd', 'recorded_undo_cwnd'],
    ]);
    expect(linked.programs.find(({ name }) => name === 'optional_ssthresh')?.isAutoloaded).toBe(true);
    expect(new DataView(ops?.data.buffer ?? new ArrayBuffer(0)).getUint32(40, true)).toBe(1);
  });

  it('are refused a setting that is no program, and a member that there is none of', () => {
    expect(() => link({ 'recorded.init': 'nobody' })).toThrow(/nobody is no program/);
    expect(() => link({ 'recorded.nothing': 0 })).toThrow(/no field nothing/);
  });

  it('are told why their kernel would not take the struct', (ctx) => {
    if (kernelBtf === undefined) return ctx.skip('the kernel shows no BTF');
    const used = { 'recorded.not_of_this_kernel': 'recorded_init', 'recorded.init': 0 };
    expect(mapOf(link(used), 'recorded').structOps?.problem).toBe(
      'struct tcp_congestion_ops of the kernel has no member not_of_this_kernel',
    );
    const twice = { 'optional.init': 'recorded_undo_cwnd' };
    expect(mapOf(link(twice), 'optional').structOps?.problem).toBe(
      'program recorded_undo_cwnd stands for tcp_congestion_ops/undo_cwnd already, and cannot for tcp_congestion_ops/init',
    );
    const own = openObject(bytes, 'congestion.bpf.o').btf;
    expect(mapOf(link({}, own), 'recorded').structOps?.problem).toMatch(/no struct tcp_congestion_ops that/);
  });
});
