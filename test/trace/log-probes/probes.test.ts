import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openBundle } from '../../../electron/trace/bundle/bundle.ts';
import { parseProbeFile } from '../../../electron/trace/log-probes/probe-file.ts';
import { NO_SURROUNDINGS } from '../../../electron/trace/surroundings.ts';
import { readLog } from '../formats/log/read-log.ts';
import type { ReadLog } from '../formats/log/read-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'probes-'));
afterAll(() => rmSync(folder, { recursive: true }));

function probed(yaml: string, log: string): Promise<ReadLog> {
  return readLog(log, { ...NO_SURROUNDINGS, logProbes: parseProbeFile(Buffer.from(yaml), 'probes.yaml') });
}

const LOG = [
  '[    1.000000] 77 camera front open took 12ms',
  '[    2.000000] 78 camera back open took 99999999999999999999ms',
  '[    3.000000] GC freed -5 objects, paused 1.5ms',
  '[    4.000000] stage net begins',
  '[    5.000000] stage disk begins',
  '[    5.250000] stage net done, 3 items',
  '[    6.000000] stage late done, 9 items',
  '[    7.000000] stage disk begins',
  '',
].join('\n');

const PROBES = `
probes:
  - name: camera
    pattern: '{pid:int} camera {id:str} open took {ms:u64}ms'
  - name: gc
    source: [kernel-log, other.log]
    expression: 'GC freed (?<objects>-?\\d+)\\D+paused (?<pause>\\S+)( twice (?<again>\\w+))?'
    fields: { objects: s64, pause: duration }
  - name: stage
    begin: 'stage {name:word} begins'
    end: { expression: 'stage (?<name>\\w+) done, (?<items>\\d+)', fields: { name: word, items: u32 } }
    key: name
  - name: elsewhere
    source: logcat
    pattern: '{all:text}'
`;

test('makes an event with typed fields of every line that matches', async () => {
  const { events, ledger, source } = await probed(PROBES, LOG);
  const made = events.filter(({ name }) => name !== 'line');
  expect(made).toEqual([
    {
      cpu: 0,
      name: 'camera',
      tid: -1,
      timeNs: 1_000_000_000n,
      values: { pid: 77, tid: -1, level: -1, tag: '', id: 'front', ms: 12n },
    },
    {
      cpu: 0,
      name: 'gc',
      tid: -1,
      timeNs: 3_000_000_000n,
      values: { pid: -1, tid: -1, level: -1, tag: '', objects: -5n, pause: 1_500_000n, again: '' },
    },
    {
      cpu: 0,
      name: 'stage',
      tid: -1,
      timeNs: 5_250_000_000n,
      values: {
        ...{ pid: -1, tid: -1, level: -1, tag: '' },
        ...{ begin_ns: 4_000_000_000n, duration_ns: 1_250_000_000n, name: 'net', items: 3 },
      },
    },
  ]);
  expect(source.schema.types.map(({ name }) => name)).toEqual(['line', 'camera', 'gc', 'stage']);
  // A number that fits no u64; an end without its beginning, and a beginning without the end before it.
  expect(ledger).toMatchObject({ read: 8, unparsed: 0, unsupported: 1, suspectedLosses: 2 });
  expect(ledger.places).toMatchObject([{ at: 2 }]);
});

test('matches text in UTF-8, keeps braces that are doubled, and ends text at what follows it', async () => {
  const yaml = `probes:\n  - { name: a, pattern: 'für {who:text} in {{{ms:hex}}}, {rest:text}' }\n`;
  const { events } = await probed(yaml, '[    1.000000] für Zoë O in {0x1F}, a b \n');
  expect(events[1]?.values).toMatchObject({ who: 'Zoë O', ms: 31n, rest: 'a b ' });
});

test('pairs by thread where the key names it, and forgets what a second pass has not begun', async () => {
  const yaml = `probes:\n  - { name: call, begin: 'in {fn:word}', end: out, key: tid }\n`;
  const log = '[    1.000000][   T1] in f\n[    2.000000][   T2] in g\n[    3.000000][   T1] out\n';
  const { events, source } = await probed(yaml, log);
  const call = { name: 'call', tid: 1, values: { duration_ns: 2_000_000_000n, fn: 'f' } };
  expect(events.filter(({ name }) => name === 'call')).toMatchObject([call]);
  for await (const batch of source.batches()) expect(batch.count).toBe(4);
});

test.each([
  ['probes:\n  - &a { name: a, pattern: x }\n  - *a', 'p.yaml: aliases are not taken: write it out'],
  ['a: 1', "line 1: it has no list 'probes'"],
  ['probes:\n  - name: [', 'line 2: '],
  ['probes:\n  - name: a\n    pattern: x\n  - name: a\n    pattern: y', 'line 4: there is a log:a already'],
  ['probes:\n  - { name: line, pattern: x }', 'line 2: there is a log:line already'],
  ['probes:\n  - { name: a b, pattern: x }', "line 2: 'name': is no name: letters, digits and _"],
  ['probes:\n  - { name: a, pattern: x, patern: y }', "line 2: 'patern': "],
  ['probes:\n  - { name: a }', "'a' has a pattern, or an expression, or a begin and an end"],
  ['probes:\n  - { name: a, begin: x }', "'a' has a pattern, or an expression, or a begin and an end"],
  [
    "probes:\n  - { name: a, pattern: '{x:float}' }",
    "'a': character 1: 'float' is no type; there are int, s32",
  ],
  ["probes:\n  - { name: a, pattern: '{x} {x}' }", "'a': character 5: 'x' is captured twice"],
  ["probes:\n  - { name: a, pattern: '{x' }", "'a': character 1: a { that no name and type follow"],
  ["probes:\n  - { name: a, pattern: '{tag}' }", "'a': every event has a field 'tag' of its own"],
  ["probes:\n  - { name: a, pattern: '{pid:str}' }", "'a': 'pid' is an int"],
  ['probes:\n  - { name: a, pattern: x, key: y }', "'a': a key is what a begin and an end have in common"],
  [
    "probes:\n  - { name: a, begin: '{x}', end: y, key: x }",
    "the key 'x' is not captured by both begin and end",
  ],
  [
    "probes:\n  - { name: a, begin: '{x}', end: '{x}' }",
    "'x' is captured by begin and by end, and is no key",
  ],
  ["probes:\n  - { name: a, expression: '(a)\\1' }", 'a back-reference takes more than one pass over a line'],
  ['probes:\n  - { name: a, expression: a, fields: { b: u64 } }', "no group is called 'b'"],
])('refuses %j', (yaml, message) => {
  expect(() => parseProbeFile(Buffer.from(yaml), 'p.yaml')).toThrow(message);
});

test('takes the probes a bundle brings, and says of a file of probes what is wrong with it', async () => {
  writeFileSync(join(folder, 'dmesg.txt'), LOG);
  writeFileSync(join(folder, 'a.yaml'), PROBES);
  writeFileSync(join(folder, 'b.yaml'), 'probes:\n  - { name: gc, pattern: x }\n');
  const bundle = await openBundle(folder);
  try {
    const [source] = bundle.sources;
    expect(source?.schema.types.map(({ name }) => name)).toEqual(['line', 'camera', 'gc', 'stage']);
    expect(bundle.unread).toEqual([{ name: 'b.yaml', reason: 'another file has a log:gc already' }]);
  } finally {
    bundle.close();
  }
});

const PROGRAM = `
#define SEC(name) __attribute__((section(name), used))
typedef unsigned long long u64;
typedef unsigned int u32;
struct trace_event_raw_camera { int pid; u32 __data_loc_id; u64 ms; } __attribute__((preserve_access_index));
struct { int (*type)[2]; int (*max_entries)[1]; u32 *key; u64 *value; } sums SEC(".maps");
static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
SEC("tracepoint/log/camera") int on_camera(struct trace_event_raw_camera *ctx)
{
  u32 key = 0;
  u64 *sum = bpf_map_lookup_elem(&sums, &key);
  if (sum)
    *sum += ctx->ms * ctx->pid;
  return 0;
}
char _license[] SEC("license") = "GPL";
`;

test('a program attaches to the tracepoint of a probe', (context) => {
  const source = join(folder, 'camera.c');
  writeFileSync(source, PROGRAM);
  const object = join(folder, 'camera.o');
  const built = spawnSync('clang-19', ['-O2', '-g', '-target', 'bpf', '-c', source, '-o', object], {
    encoding: 'utf8',
  });
  if (built.error !== undefined) context.skip('clang-19 is not installed');
  expect(built.stderr).toBe('');
  rmSync(join(folder, 'b.yaml'));
  const run = spawnSync(process.execPath, ['electron/cli.ts', 'run', object, folder, '--json'], {
    encoding: 'utf8',
  });
  expect(run.stderr).toBe('');
  expect(JSON.parse(run.stdout)).toMatchObject({
    attached: [{ program: 'on_camera', hook: 'tracepoint:log:camera', events: 1 }],
  });
  expect(run.stdout).toContain('924');
}, 60_000);
