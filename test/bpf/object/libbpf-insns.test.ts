/** Every instruction of Debian's libbpf-tools as libbpf itself links and relocates it, beside ours. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import { decodeInstructions } from '../../../electron/bpf/isa/decode.ts';
import { disassemble } from '../../../electron/bpf/isa/disassemble.ts';
import { linkObject } from '../../../electron/bpf/object/link.ts';
import { openObject } from '../../../electron/bpf/object/open.ts';
import type { Instruction } from '../../../electron/bpf/program.ts';
import { installedTools, kernelTypes, pathOf } from './sample.ts';

const KERNEL_BTF = '/sys/kernel/btf/vmlinux';
const OPCODE_LDIMM64 = 0x18;
/** Which values libbpf finds does not show in the instructions, that it has one does. */
const externs = { LINUX_KERNEL_VERSION: 1, LINUX_HAS_BPF_COOKIE: 1, LINUX_HAS_SYSCALL_WRAPPER: 1 };

const folder = mkdtempSync(join(tmpdir(), 'libbpf-insns-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Path of the built program, or why there is none. */
function buildPeer(): { readonly path: string } | { readonly unavailable: string } {
  const path = join(folder, 'libbpf-insns');
  const source = pathOf('test/bpf/object/libbpf-insns.c');
  const built = spawnSync('cc', ['-O1', '-Wall', '-o', path, source, '-lbpf'], { encoding: 'utf8' });
  if (built.status === 0) return { path };
  return { unavailable: `cc or libbpf's headers are missing: ${built.error?.message ?? built.stderr}` };
}

interface Loaded {
  readonly programs: ReadonlyMap<string, readonly string[]>;
}

function libbpfPrograms(peer: string, object: Uint8Array): Loaded | string {
  const path = join(folder, 'object.o');
  writeFileSync(path, object);
  const { status, stdout, stderr } = spawnSync(peer, [path, KERNEL_BTF], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0) return stderr;
  const maps = new Map<number, string>();
  const code = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of stdout.split('\n')) {
    const [word = '', first = '', second = ''] = line.split(' ');
    if (word === 'map') maps.set(Number(first), second);
    else if (word === 'program') code.set(first, (current = []));
    else if (word !== '') current.push(word);
  }
  const programs = [...code].map(([name, hex]): [string, string[]] => {
    const bytes = Buffer.from(hex.join(''), 'hex');
    return [name, listing(decodeInstructions(bytes), (fd) => maps.get(fd) ?? `fd ${fd}`)];
  });
  return { programs: new Map(programs) };
}

/** Instructions as text, with maps by their section or name: libbpf puts the object's name in front. */
function listing(instructions: readonly Instruction[], map: (reference: number) => string): string[] {
  const lines: string[] = [];
  for (let slot = 0; slot < instructions.length; slot += 1) {
    const instruction = instructions[slot] as Instruction;
    const next = instructions[slot + 1];
    const names = { map: (reference: number) => map(reference).replace(/^[^.]*(?=\.)/, '') };
    const raw = `${instruction.opcode.toString(16)} ${instruction.dst} ${instruction.src} ${instruction.offset}`;
    lines.push(`${slot}: ${raw} ${disassemble(instruction, next, names)}`);
    if (instruction.opcode === OPCODE_LDIMM64) slot += 1;
  }
  return lines;
}

describe('libbpf-tools, instruction by instruction', () => {
  const peer = buildPeer();
  const tools = installedTools();

  it('links and relocates every program of every object as libbpf does', (ctx) => {
    if ('unavailable' in peer) return ctx.skip(peer.unavailable);
    const target = kernelTypes();
    if (target === undefined) return ctx.skip(`${KERNEL_BTF} is not there`);
    if (tools.length === 0) return ctx.skip('libbpf-tools is not installed');
    let compared = 0;
    for (const { name, object } of tools.flatMap(({ name, objects }) =>
      objects.map((object) => ({ name, object })),
    )) {
      const theirs = libbpfPrograms(peer.path, object);
      if (typeof theirs === 'string') return ctx.skip(`libbpf does not load here: ${theirs}`);
      const linked = linkObject(openObject(object, name), { target, externs });
      for (const program of linked.programs) {
        const ours = listing(program.instructions, (index) => linked.maps[index]?.name ?? `map ${index}`);
        expect(ours, `${name}: ${program.name}`).toEqual(theirs.programs.get(program.name));
        compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(200);
  });
});
