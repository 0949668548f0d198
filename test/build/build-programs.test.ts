import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { missingTools, programSources } from '../../build/build-programs.ts';
import { bytesOf, pathOf } from '../bpf/object/sample.ts';

describe('committed objects', () => {
  it('are what their sources build to, byte for byte', (ctx) => {
    const missing = missingTools();
    if (missing !== undefined) return ctx.skip(missing);
    const run = spawnSync(process.execPath, [pathOf('build/build-programs.ts'), '--check'], {
      encoding: 'utf8',
    });
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
  });

  it('exist for every source', () => {
    const sources = programSources();
    expect(sources).toContain('programs/scheduling/runqlat.bpf.c');
    for (const source of sources) {
      const directory = readdirSync(pathOf(source.replace(/[^/]*$/, '')));
      expect(directory).toContain(source.replace(/^.*\//, '').replace(/\.c$/, '.o'));
    }
  });

  it('hold no path of the machine that built them', () => {
    for (const source of programSources()) {
      const text = Buffer.from(bytesOf(source.replace(/\.c$/, '.o'))).toString('latin1');
      expect(text).not.toContain(pathOf(''));
      expect(text).not.toMatch(/\/(home|root|usr|tmp)\//);
    }
  });
});
