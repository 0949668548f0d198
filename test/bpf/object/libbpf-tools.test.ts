/** Debian's libbpf-tools, unmodified: every object they carry, and libbpf's own relocations as the oracle. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linkObject } from '../../../electron/bpf/object/link.ts';
import { openObject } from '../../../electron/bpf/object/open.ts';
import type { LinkedObject } from '../../../electron/bpf/program.ts';
import { CORE_POISON } from '../../../electron/bpf/object/core-patch.ts';
import { installedTools, isInstalled, kernelTypes } from './sample.ts';

const PIN = '/sys/fs/bpf/retroprobe_relocation_test';
/** Tools whose objects exercise fields that moved, bitfields, enums, flavours, and fields that are gone. */
const COMPARED = [
  'bindsnoop',
  'biolatency',
  'biosnoop',
  'execsnoop',
  'filelife',
  'ksnoop',
  'mountsnoop',
  'opensnoop',
  'runqlat',
  'tcpconnlat',
  'tcplife',
  'tcprtt',
];

interface Relocation {
  readonly fn: string;
  readonly slot: number;
  /** Offset or immediate that libbpf wrote; undefined where it poisoned. */
  readonly value: bigint | undefined;
}

function relocationsOf(log: string): Relocation[] {
  return log.split('\n').flatMap((line): Relocation[] => {
    const patched = /prog '(\w+)': relo #\d+: patched insn #(\d+) \(.*\) (?:off|imm|imm64) \S+ -> (\d+)/.exec(
      line,
    );
    if (patched !== null)
      return [{ fn: `${patched[1]}`, slot: Number(patched[2]), value: BigInt(`${patched[3]}`) }];
    const poisoned = /prog '(\w+)': relo #\d+: substituting insn #(\d+) w\/ invalid insn/.exec(line);
    return poisoned === null ? [] : [{ fn: `${poisoned[1]}`, slot: Number(poisoned[2]), value: undefined }];
  });
}

/** libbpf's log of loading an object; loading itself may fail later, relocation comes first. */
function libbpfLog(object: Uint8Array): string {
  const directory = mkdtempSync(join(tmpdir(), 'relocation-'));
  try {
    const path = join(directory, 'tool.bpf.o');
    writeFileSync(path, object);
    const run = spawnSync('bpftool', ['-d', 'prog', 'loadall', path, PIN], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    return run.stdout + run.stderr;
  } finally {
    rmSync(directory, { recursive: true });
    rmSync(PIN, { recursive: true, force: true });
  }
}

/** What we wrote, or undefined for the poison. */
function ourValue(linked: LinkedObject, fn: string, slot: number): bigint | undefined {
  for (const { subprograms, instructions } of linked.programs) {
    const start = subprograms.find(({ name }) => name === fn)?.start;
    const instruction = start === undefined ? undefined : instructions[start + slot];
    if (instruction === undefined) continue;
    if (instruction.opcode === 0x85 && instruction.imm === CORE_POISON) return undefined;
    const instructionClass = instruction.opcode & 7;
    if (instruction.opcode === 0x18) {
      const upper = BigInt(instructions[(start ?? 0) + slot + 1]?.imm ?? 0);
      return (BigInt.asUintN(32, upper) << 32n) | BigInt.asUintN(32, BigInt(instruction.imm));
    }
    return BigInt(instructionClass === 4 || instructionClass === 7 ? instruction.imm : instruction.offset);
  }
  throw new Error(`no function ${fn} with an instruction ${slot}`);
}

const tools = installedTools();
const missing = 'needs libbpf-tools';

describe('objects of libbpf-tools', () => {
  it('opens and links every one against the running kernel', (ctx) => {
    const target = kernelTypes();
    if (tools.length === 0 || target === undefined) return ctx.skip(`${missing} and a kernel with BTF`);
    const linked = tools.flatMap(({ name, objects }) =>
      objects.map((object) => linkObject(openObject(object, name), { target })),
    );
    expect(linked.length).toBeGreaterThan(20);
    for (const { programs, license } of linked) {
      expect(programs.length).toBeGreaterThan(0);
      expect(license).toMatch(/GPL/);
    }
  });

  it.for(COMPARED)('relocates as libbpf does: %s', (name, ctx) => {
    const target = kernelTypes();
    const object = tools.find((tool) => tool.name === name)?.objects[0];
    if (object === undefined || target === undefined || !isInstalled('bpftool')) {
      return ctx.skip(`${missing}, bpftool and a kernel with BTF`);
    }
    const expected = relocationsOf(libbpfLog(object));
    if (expected.length === 0)
      return ctx.skip('libbpf relocates nothing here (no rights, or nothing to relocate)');
    const linked = linkObject(openObject(object, name), { target });
    for (const { fn, slot, value } of expected) {
      expect({ fn, slot, value: ourValue(linked, fn, slot) }).toEqual({ fn, slot, value });
    }
  });
});
