import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeInstructions } from '../../../electron/bpf/isa/decode.ts';
import { disassemble, disassembleProgram } from '../../../electron/bpf/isa/disassemble.ts';
import type { Instruction } from '../../../electron/bpf/program.ts';
import { linkObject } from '../../../electron/bpf/object/link.ts';
import { openObject } from '../../../electron/bpf/object/open.ts';
import { encodeInstructions } from '../../../electron/bpf/isa/encode.ts';
import { bytesOf, COMMITTED_OBJECTS, isInstalled, kernelTypes, pathOf, textOf } from '../object/sample.ts';

const PIN = '/sys/fs/bpf/retroprobe_disassemble_test';

function textOfBytes(hex: string): string {
  const [first, second] = decodeInstructions(
    Uint8Array.from(hex.split(' '), (pair) => Number.parseInt(pair, 16)),
  );
  if (first === undefined) throw new Error('no instruction');
  return disassemble(first, second);
}

/** `7: (79) r1 = *(u64 *)(r0 +0)` lines of the kernel's log of one program, by slot. */
function kernelListing(log: string): Map<number, string> {
  const lines = new Map<number, string>();
  for (const line of log.split('\n')) {
    const match = /^(\d+): (\([0-9a-f]{2}\) .*?)\s*(;.*)?$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) lines.set(Number(match[1]), match[2]);
  }
  return lines;
}

describe('disassembling', () => {
  it.each([
    ['b7 01 00 00 05 00 00 00', 'r1 = 5'],
    ['b4 01 00 00 ff ff ff ff', 'w1 = -1'],
    ['bf 21 08 00 00 00 00 00', 'r1 = (s8)r2'],
    ['3f 21 01 00 00 00 00 00', 'r1 s/= r2'],
    ['9c 21 01 00 00 00 00 00', 'w1 s%= w2'],
    ['87 03 00 00 00 00 00 00', 'r3 = -r3'],
    ['c7 03 00 00 02 00 00 00', 'r3 s>>= 2'],
    ['dc 04 00 00 20 00 00 00', 'r4 = be32 r4'],
    ['d7 04 00 00 40 00 00 00', 'r4 = bswap64 r4'],
    ['79 a1 f8 ff 00 00 00 00', 'r1 = *(u64 *)(r10 -8)'],
    ['91 a1 08 00 00 00 00 00', 'r1 = *(s8 *)(r10 +8)'],
    ['72 0a ff ff 07 00 00 00', '*(u8 *)(r10 -1) = 7'],
    ['7b 1a f8 ff 00 00 00 00', '*(u64 *)(r10 -8) = r1'],
    ['db 21 00 00 00 00 00 00', 'lock *(u64 *)(r1 +0) += r2'],
    ['c3 21 04 00 01 00 00 00', 'r2 = atomic_fetch_add((u32 *)(r1 +4), r2)'],
    ['db 21 00 00 e1 00 00 00', 'r2 = atomic64_xchg((u64 *)(r1 +0), r2)'],
    ['db 21 00 00 f1 00 00 00', 'r0 = atomic64_cmpxchg((u64 *)(r1 +0), r0, r2)'],
    ['30 00 00 00 0c 00 00 00', 'r0 = *(u8 *)skb[12]'],
    ['48 10 00 00 0e 00 00 00', 'r0 = *(u16 *)skb[r1 + 14]'],
    ['05 00 fe ff 00 00 00 00', 'goto pc-2'],
    ['06 00 00 00 05 00 00 00', 'gotol pc+5'],
    ['e5 00 03 00 00 00 00 00', 'may_goto pc+3'],
    ['c5 01 02 00 ff ff ff ff', 'if r1 s< 0xffffffff goto pc+2'],
    ['1e 21 02 00 00 00 00 00', 'if w1 == w2 goto pc+2'],
    ['85 10 00 00 07 00 00 00', 'call pc+7'],
    ['18 01 00 00 00 00 00 00 00 00 00 00 e8 03 00 00', 'r1 = 0x3e800000000'],
  ])('prints %s as %s', (hex, text) => {
    expect(textOfBytes(hex)).toBe(text);
  });

  it('names kernel functions, whose number Linux gives anew in every kernel', () => {
    const called: Instruction = { opcode: 0x85, dst: 0, src: 2, offset: 0, imm: 7 };
    expect(disassemble(called, undefined, { kernelFunction: () => 'bpf_iter_num_new' })).toBe(
      'call bpf_iter_num_new#kfunc',
    );
    expect(disassemble(called)).toBe('call 7#kfunc');
  });

  it('prints source lines in front of their instructions', () => {
    const { programs } = linkObject(
      openObject(bytesOf('programs/scheduling/runqlat.bpf.o'), 'runqlat.bpf.o'),
    );
    const program = programs.find(({ name }) => name === 'on_switch');
    const listing = disassembleProgram(program?.instructions ?? [], { lines: program?.lines ?? [] });
    const at = listing.findIndex((line) => line.startsWith('; return ctx->prev_state; @ runqlat.bpf.c:'));
    expect(at).toBeGreaterThanOrEqual(0);
    expect(listing[at + 1]).toMatch(/^\d+: \(79\) r\d = \*\(u64 \*\)\(r\d \+32\)$/);
  });

  it.for(['on_wakeup', 'on_switch'])(
    'prints what the kernel prints for the instructions it visits: %s',
    (name, ctx) => {
      const types = kernelTypes();
      if (types === undefined || !isInstalled('bpftool'))
        return ctx.skip('needs bpftool and a kernel with BTF');
      const object = pathOf('programs/scheduling/runqlat.bpf.o');
      const run = spawnSync('bpftool', ['-d', 'prog', 'loadall', object, PIN], {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      });
      rmSync(PIN, { recursive: true, force: true });
      if (run.status !== 0) return ctx.skip('the kernel does not load programs for this user');
      const log = `${run.stdout}${run.stderr}`
        .split(`prog '${name}': -- BEGIN PROG LOAD LOG --`)[1]
        ?.split('-- END PROG')[0];
      const expected = kernelListing(log ?? '');
      expect(expected.size).toBeGreaterThan(10);
      const linked = linkObject(openObject(bytesOf('programs/scheduling/runqlat.bpf.o'), object), {
        target: types,
      });
      const { instructions } = linked.programs.find((program) => program.name === name) ?? {
        instructions: [],
      };
      const names = new Map([
        [1, 'map_lookup_elem'],
        [2, 'map_update_elem'],
        [3, 'map_delete_elem'],
        [5, 'ktime_get_ns'],
        [8, 'get_smp_processor_id'],
        [27, 'get_stackid'],
        [131, 'ringbuf_reserve'],
        [132, 'ringbuf_submit'],
      ]);
      for (const [slot, text] of expected) {
        const instruction = instructions[slot];
        if (instruction === undefined) throw new Error(`the kernel has an instruction ${slot} more`);
        // Where a map is, the kernel prints its address.
        if (instruction.opcode === 0x18 && instruction.src !== 0) continue;
        const ours = disassemble(instruction, instructions[slot + 1], { helper: (id) => names.get(id) });
        expect(`${slot}: (${instruction.opcode.toString(16).padStart(2, '0')}) ${ours}`).toBe(
          `${slot}: ${text}`,
        );
      }
    },
  );

  it.for(COMMITTED_OBJECTS)('reads the same instructions as llvm-objdump: %s', (object, ctx) => {
    if (!isInstalled('llvm-objdump-19')) return ctx.skip('needs llvm-objdump-19');
    const theirs = textOf('llvm-objdump-19', ['-d', '--no-addresses', pathOf(object)])
      .split('\n')
      .map((line) => /^\s+((?:[0-9a-f]{2} ?){8,16})\t/.exec(line)?.[1])
      .filter((hex) => hex !== undefined)
      .join('')
      .replaceAll(' ', '');
    const { code } = openObject(bytesOf(object), object);
    const ours = [...code.values()]
      .map((slots) => Buffer.from(encodeInstructions(slots)).toString('hex'))
      .join('');
    expect(theirs.length).toBeGreaterThan(100);
    expect(ours).toBe(theirs);
  });
});
