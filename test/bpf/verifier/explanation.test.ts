import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { linkObject } from '../../../electron/bpf/object/link.ts';
import { openObject } from '../../../electron/bpf/object/open.ts';
import type { LinkedProgram } from '../../../electron/bpf/program.ts';
import { renderRejection, verifyProgram, type Rejection } from '../../../electron/bpf/verifier/verify.ts';
import * as asm from './assembler.ts';

const FILE = 'test/programs/mistakes.bpf.o';
const linked = linkObject(openObject(readFileSync(FILE), FILE), { target: undefined });

/** What is said of each mistake: its code, what the reason names, what the suggestion names. */
const said: Readonly<Record<string, readonly [code: string, reason: RegExp, suggestion: RegExp]>> = {
  null_check_forgotten: ['maybe-null', /r0 may be NULL: a lookup finds nothing/, /if \(!value\)/],
  null_check_of_record_forgotten: ['maybe-null', /the ring buffer is full/, /before the first use/],
  null_handed_on: ['maybe-null', /r3 may be NULL.*bpf_map_update_elem\(\) does not take/, /if \(!value\)/],
  index_unchecked: ['map-value-bounds', /nothing bounds the offset in r0 .*0 to 17179869180/, /i >= LENGTH/],
  index_off_by_one: ['map-value-bounds', /map value of 48 bytes: 4 bytes from offset 48/, /check the index/],
  index_signed: ['unbounded-pointer', /without a lower bound/, /both sides/],
  field_past_the_value: ['map-value-bounds', /8 bytes from offset 48\./, /constant: check the type/],
  record_leaked: [
    'unreleased-reference',
    /bpf_ringbuf_reserve\(\) at .*mistakes\.bpf\.c:\d+:\d+ gave/,
    /discard/,
  ],
  record_used_after_submit: ['not-a-pointer', /r6 is used as an address but holds a number/, /released/],
  record_submitted_twice: ['bad-argument', /a reserved record, and is a number/, /each record once/],
  record_overrun: ['memory-bounds', /memory of 16 bytes: 8 bytes from offset 16/, /asked for/],
  record_of_unknown_size: ['bad-argument', /argument 2 of bpf_ringbuf_reserve\(\).*constant/, /sizeof/],
  loop_without_a_bound: ['infinite-loop', /nothing in it leads to its end/, /bound its count/],
  loop_too_long: ['too-complex', /more ways/, /bpf_loop\(\)/],
  stack_too_large: ['stack-bounds', /512 bytes.*8 bytes at r10-600/, /per-CPU array/],
  stack_of_two_too_large: ['stack-too-deep', /deepest chain of calls/, /per-CPU array/],
  stack_index_unchecked: ['stack-bounds', /0 to 4294967295/, /array's length/],
  register_uninitialised: ['uninitialised-register', /r8 is read before/, /where it is declared/],
  result_forgotten: ['uninitialised-register', /without a result/, /on every path/],
  register_after_call: ['uninitialised-register', /r3 is read before/, /a call leaves r1 to r5/],
  context_moved: ['context-access', /was moved \(by 24 bytes\)/, /ctx->field/],
  context_index: ['context-access', /not a constant/, /unroll/],
  context_written: ['context-access', /may not write the 4 bytes at offset 24/, /variable or a map/],
  context_common_read: ['context-access', /may not read the 8 bytes at offset 0/, /first 8 bytes/],
  number_followed: ['not-a-pointer', /r0 .*holds a number/, /bpf_probe_read_kernel/],
  constant_written: ['read-only', /read but not written/, /drop `const`/],
  helper_of_other_types: ['helper-unavailable', /may not call bpf_skb_load_bytes\(\)/, /program type/],
  map_of_other_kind: ['bad-map', /bpf_ringbuf_reserve\(\)/, /a type made for this/],
  size_unchecked: ['memory-bounds', /nothing bounds the size in r2/, /sizeof\(buffer\)/],
  size_signed: ['memory-bounds', /size in r2/, /sizeof\(buffer\)/],
  size_maybe_zero: ['memory-bounds', /may be 0 \(here 0 to 15\)/, /at least 1/],
  number_for_memory: [
    'bad-argument',
    /argument 2 of bpf_map_update_elem\(\).*is a number/,
    /address of a variable/,
  ],
  pointer_multiplied: ['pointer-arithmetic', /addition and subtraction/, /offset as a number/],
  atomic_misaligned: ['misaligned', /multiple of its size/, /align/],
};
const saidWithoutPrivilege: typeof said = {
  pointer_returned: ['pointer-leak', /as the result of the program/, /CAP_PERFMON/],
  pointer_stored: ['pointer-leak', /into a map/, /CAP_PERFMON/],
  stack_padding: ['uninitialised-stack', /byte 1 of the 8 at r10-8/, /padding/],
  branches_with_different_bounds: ['pointer-guard', /on another path/, /the same on every path/],
};

function program(name: string): LinkedProgram {
  const found = linked.programs.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no program ${name}`);
  return found;
}

const rejections = new Map<string, Rejection>();

function rejection(name: string, privileged: boolean): Rejection {
  const known = rejections.get(name);
  if (known !== undefined) return known;
  const { maps, license, btf } = linked;
  const verdict = verifyProgram(program(name), maps, { license, btf, privileged });
  if (verdict.verdict === 'accepted') throw new Error(`${name} was accepted`);
  rejections.set(name, verdict.reason);
  return verdict.reason;
}

describe('the explanation of a mistake', () => {
  for (const [mistakes, privileged] of [
    [said, true],
    [saidWithoutPrivilege, false],
  ] as const) {
    for (const [name, [code, reason, suggestion]] of Object.entries(mistakes)) {
      it(`says what is wrong and what helps: ${name}`, () => {
        const rejected = rejection(name, privileged);
        expect(rejected.code).toBe(code);
        expect(rejected.reason).toMatch(reason);
        expect(rejected.suggestion).toMatch(suggestion);
        expect(rejected.source?.text).not.toBe('');
        expect(renderRejection(rejected)).toContain(`Linux: ${rejected.text}`);
      });
    }
  }

  it('covers every program of the file', () => {
    const named = [...Object.keys(said), ...Object.keys(saidWithoutPrivilege)];
    expect(named.sort()).toEqual(linked.programs.map(({ name }) => name).sort());
  });

  it('is one sentence a line, and never the same for two codes', () => {
    const all = Object.keys(said).map((name) => rejection(name, true));
    for (const { reason, suggestion } of all) {
      expect(reason).toMatch(/^[^\n]+\.$/);
      expect(suggestion).toMatch(/^[^\n]+[.;`]$/);
    }
    const codesOf = new Map<string, Set<string>>();
    for (const { code, suggestion } of all)
      codesOf.set(suggestion, (codesOf.get(suggestion) ?? new Set()).add(code));
    for (const [suggestion, codes] of codesOf) expect([...codes], suggestion).toHaveLength(1);
  });

  it('names the license that a helper asks for', () => {
    const code = asm.programOf([asm.call(35), asm.mov64(0, 0), asm.exit]);
    const verdict = verifyProgram(code, [], { license: 'MIT' });
    if (verdict.verdict === 'accepted') throw new Error('accepted');
    expect(verdict.reason.reason).toBe(
      'bpf_get_current_task() is for programs under a GPL-compatible license alone.',
    );
    expect(verdict.reason.suggestion).toContain('SEC("license")');
  });

  it('folds the rounds of a loop, and shows only registers the instruction reads', () => {
    const text = renderRejection(rejection('loop_too_long', true));
    expect(text).toMatch(/\(16 times\)/);
    const rejected = rejection('null_handed_on', true);
    const involved = rejected.registers.filter(({ isInvolved }) => isInvolved);
    expect(involved.map(({ register }) => register)).toEqual([1, 2, 3, 4]);
    expect(renderRejection(rejected)).not.toMatch(/r10 = fp/);
  });
});
