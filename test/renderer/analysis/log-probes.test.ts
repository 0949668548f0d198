import { describe, expect, it } from 'vitest';

import { parseProbeFile } from '../../../electron/trace/log-probes/probe-file.ts';
import {
  probeAtLine,
  probesYaml,
  proposedName,
  type WrittenProbe,
} from '../../../renderer/analysis/log-probes.ts';

const probe = (changes: Partial<WrittenProbe>): WrittenProbe => ({
  name: 'camera',
  source: '',
  pattern: 'camera {id:str}',
  ...changes,
});
const parsed = (probes: readonly WrittenProbe[]) =>
  parseProbeFile(Buffer.from(probesYaml(probes)), 'probes.yaml');

describe('a file of log probes', () => {
  it('is read back by the engine as it was written, whatever stands in a pattern', () => {
    const patterns = [
      "it's: {a:int} # no comment",
      '- {a:int}',
      '"x" \\ {a:u64}',
      '  led by blanks {a:str}',
      '{a:int}\t% é',
    ];
    const written = patterns.map((pattern, index) =>
      probe({ name: `p${index}`, pattern, source: 'dmesg.txt' }),
    );
    const read = parsed(written);
    expect(read.map(({ name, sources }) => [name, sources])).toEqual(
      written.map(({ name, source }) => [name, [source]]),
    );
    // A template that is escaped wrongly would capture otherwise, or not be one.
    expect(read.map(({ end }) => end.captures.map((capture) => capture.name))).toEqual(
      patterns.map(() => ['a']),
    );
  });

  it('names like words of YAML stay names', () => {
    expect(parsed([probe({ name: 'on' }), probe({ name: 'null' })]).map(({ name }) => name)).toEqual([
      'on',
      'null',
    ]);
  });

  it('tells which probe a line is of, so that what the engine refuses is said beside it', () => {
    const probes = [
      probe({}),
      probe({ name: 'broken', source: 'a.log', pattern: '{oops' }),
      probe({ name: 'last' }),
    ];
    let line: unknown;
    try {
      parsed(probes);
    } catch (error) {
      line = (error as { facts: { line: number } }).facts.line;
    }
    expect(probeAtLine(probes, Number(line))).toBe(1);
    expect(probeAtLine(probes, 1)).toBeUndefined();
    expect(probeAtLine(probes, 8)).toBe(2);
    expect(probeAtLine(probes, 9)).toBeUndefined();
  });
});

describe('a proposed name', () => {
  it('is made of the words of a template and is free', () => {
    const pattern = 'camera {p1:str} open took {p2:u64}ms';
    expect(proposedName(pattern, new Set())).toBe('camera_open_took');
    expect(proposedName(pattern, new Set(['camera_open_took']))).toBe('camera_open_took_2');
    expect(proposedName('{a:text}', new Set())).toBe('probe');
    expect(proposedName('line {a:text}', new Set())).toBe('line_2');
  });
});
