/** The tables of tools, held against the objects inside the tools that are installed. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';

import { configure } from '../../electron/bpf/object/settings.ts';
import { openObject } from '../../electron/bpf/object/open.ts';
import { readToolOptions } from '../../electron/packs/tool-options.ts';
import { RecordLayout } from '../../electron/packs/tool-record.ts';
import { readTool, type Tool } from '../../electron/packs/tool-table.ts';

const folder = join(import.meta.dirname, '../../programs/tools');
const tools = readdirSync(folder).filter((name) => name.endsWith('.json'));

/** Every option at once, with a value where it takes one. */
function everyOption(tool: Tool): string[] {
  const value = { number: '7', text: 'x', device: '7:0' } as const;
  return Object.entries(tool.options).flatMap(([name, { takes }]) =>
    takes === undefined ? [name] : [name, value[takes]],
  );
}

describe.each(tools)('the table %s', (file) => {
  const table = readTool(join(folder, file));

  test('is named after its tool, and its columns are members of its record', () => {
    expect(`${table.tool}.json`).toBe(basename(file));
    for (const view of table.prints) {
      if (view.kind !== 'lines') continue;
      new RecordLayout(view);
      const members = new Set(['timeNs', ...view.record.map(([name]) => name)]);
      expect(members).toContain(view.thread);
      for (const { field, beside } of view.columns)
        for (const name of [...(field === undefined ? [] : [field]), ...beside])
          expect(members).toContain(name);
    }
  });

  test('names programs, maps and variables that the tool has', (ctx) => {
    const path = `/usr/sbin/${table.tool}`;
    if (!existsSync(path)) ctx.skip(`${path} is not installed`);
    const object = openObject(readFileSync(path), table.tool);
    const functions = object.functions.map(({ name }) => name);
    const maps = object.maps.map(({ definition }) => definition.name);
    for (const { names } of table.programs) for (const name of names) expect(functions).toContain(name);
    for (const view of table.prints) expect(maps).toContain(view.kind === 'lines' ? view.stream : view.map);
    const { stdout: help } = spawnSync(path, ['--help'], { encoding: 'utf8' });
    for (const [name, { long }] of Object.entries(table.options))
      expect(help).toMatch(new RegExp(`^ +${long === undefined ? name : `${name}, --${long}`}\\b`, 'm'));
    expect(() => configure(object, readToolOptions(table, everyOption(table)).settings)).not.toThrow();
  });
});

test('a table with a member that none has is refused naming it', () => {
  expect(() => readTool(join(import.meta.dirname, '../../package.json'))).toThrow(
    expect.objectContaining({ code: 'bad-tool-table' }),
  );
});
