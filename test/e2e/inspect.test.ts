import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';

import { retroprobe, runqlatObject } from './cli.ts';

/** A tool of Debian's libbpf-tools: its object lies inside its executable. */
const tool = '/usr/sbin/runqlat';

interface ObjectJson {
  readonly file: string;
  readonly license: string;
  readonly programs: readonly {
    readonly name: string;
    readonly section: string;
    readonly helpers: string[];
  }[];
  readonly maps: readonly { readonly name: string; readonly type: string; readonly value: string }[];
  readonly variables: readonly { readonly name: string; readonly value: unknown }[];
  readonly externs: readonly { readonly name: string; readonly isWeak: boolean; readonly section: string }[];
  readonly relocations: readonly { readonly kind: string; readonly access: string; readonly count: number }[];
}

function inspected(path: string): ObjectJson {
  const { code, stdout, stderr } = retroprobe('inspect', path, '--json');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(stdout) as ObjectJson;
}

test('shows the programs, maps and types of an object file', () => {
  const object = inspected(runqlatObject);
  expect(object.license).toBe('Dual BSD/GPL');
  expect(object.programs.map((each) => each.section)).toContain('tracepoint/sched/sched_switch');
  expect(object.programs.find((each) => each.name === 'on_switch')?.helpers).toContain('map_lookup_elem');
  expect(object.maps.find((each) => each.type === 'hash' && each.value.includes('slots'))).toBeDefined();
});

test('names externs, and whether their kernel may lack them', () => {
  const { externs } = inspected('test/programs/externs.bpf.o');
  expect(externs.find((each) => each.name === 'LINUX_KERNEL_VERSION')?.section).toBe('.kconfig');
});

test('finds the object inside a tool, its variables and what it reads of its kernel', (ctx) => {
  if (!existsSync(tool)) ctx.skip(`${tool} is not installed (libbpf-tools)`);
  const object = inspected(tool);
  expect(object.programs.map((each) => each.section)).toContain('raw_tp/sched_switch');
  expect(object.variables).toContainEqual(
    expect.objectContaining({ name: 'targ_ms', section: '.rodata', value: false }),
  );
  expect(object.relocations).toContainEqual({
    kind: 'field_exists',
    access: 'struct task_struct___x.__state',
    count: 1,
  });
});

test('prints a program with its source lines, and names those there are where there is no such program', () => {
  const { stdout } = retroprobe('inspect', runqlatObject, '--disassemble', 'on_switch');
  expect(stdout).toMatch(/^; .* @ runqlat\.bpf\.c:\d+\n\d+: \([0-9a-f]{2}\) /m);
  expect(stdout).toContain('call bpf_map_lookup_elem#1');
  const { code, stderr } = retroprobe('inspect', runqlatObject, '--disassemble', 'nothing');
  expect(code).toBe(2);
  expect(stderr).toContain('no program nothing; there are on_wakeup');
});

test('refuses a file that is no object, in one line', () => {
  const { code, stdout, stderr } = retroprobe('inspect', 'README.md');
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^retroprobe: README\.md: .+\n$/);
});

test('lists every helper Linux defines with its state here', () => {
  const { stdout } = retroprobe('helpers', '--json');
  const helpers = JSON.parse(stdout) as { id: number; name: string; state: string }[];
  // Linux 6.18's enum bpf_func_id ends with BPF_FUNC_cgrp_storage_delete.
  expect(helpers.map(({ id }) => id)).toEqual(Array.from({ length: 211 }, (_, index) => index + 1));
  expect(helpers.find(({ name }) => name === 'map_lookup_elem')?.state).toBe('runs');
  expect(retroprobe('helpers').stdout).toMatch(/^ {2}1 {2}map_lookup_elem +runs/m);
});
