import { expect, test } from 'vitest';
import { declareFields } from '../../../electron/trace/known-events/declare.ts';
import { parsePattern, spellPattern } from '../../../electron/trace/text/pattern.ts';
import { patternOfPrintFormat } from '../../../electron/trace/text/print-format.ts';

const FIELDS = declareFields(
  'char comm[16]; pid_t pid; dev_t dev; u32 vec; const char * tag; __data_loc char[] name; u8 saddr[4]; void * ptr',
  8,
);

const spelled = (printFormat: string): string | undefined => {
  const pattern = patternOfPrintFormat(printFormat, FIELDS, (name) => (name === 'TWO' ? 2n : undefined));
  return pattern === undefined ? undefined : spellPattern(pattern);
};

test.each([
  ['"comm=%s pid=%d", REC->comm, (int)REC->pid', 'comm={comm} pid={pid}'],
  ['"%d,%d", ((unsigned int) ((REC->dev) >> 20)), REC->dev & ((1U << 20) - 1)', '{dev:<<20},{dev}'],
  ['"%#x %p 100%%", REC->vec, REC->ptr', '0x{vec:x} {ptr:x} 100%'],
  ['"name=%s", __get_str(name)', 'name={name}'],
  ['"vec=%s", __print_symbolic(REC->vec, { 0, "A" }, { TWO, "B" })', 'vec={vec:=0=A,2=B}'],
  [
    '"%s", REC->vec ? __print_flags(REC->vec, "|", { 0x1UL, "A" }, { 1 << 4, "B" }) : "none"',
    '{vec:|1=A,16=B,0=none}',
  ],
  ['"%s", REC->vec & 4 ? "yes" : "no"', '{vec:=4=yes,0=no}'],
  ['"%pI4 %pS", REC->saddr, (void *)REC->ptr', '{saddr:ip4} {ptr:s}'],
])('%s is undone', (printFormat, pattern) => {
  expect(spelled(printFormat)).toBe(pattern);
});

test('what does not tell a field is skipped', () => {
  expect(spelled('"%s %u %s %s", REC->tag, REC->vec * 4, some_function(REC->vec), REC->other')).toBe(
    '{} {} {} {}',
  );
  expect(spelled('"%s", __print_symbolic(REC->vec, { UNKNOWN, "A" })')).toBe('{}');
});

test('a line that is no list of expressions, or prints several lines, has no pattern', () => {
  expect(spelled('"%s", ({ int x; x; })')).toBeUndefined();
  expect(spelled('"a\\nb"')).toBeUndefined();
  expect(spelled('"%d %d", REC->pid')).toBeUndefined();
  expect(spelled(`"%d", ${'('.repeat(100_000)}`)).toBeUndefined();
});

test('a pattern is read as it is spelled', () => {
  for (const text of ['a={pid} {{x} {comm}', '{dev:<<20x}:{saddr[2]:x}', '{vec:|1=A,2=B}{}{saddr:ip6}']) {
    expect(spellPattern(parsePattern(text))).toBe(text);
  }
});
