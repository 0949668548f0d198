/** Logs of every family, with probes at work on them; and files of probes. */
import { Failure } from '../../../electron/failure.ts';
import { MemoryBytes } from '../../../electron/trace/bundle/byte-source.ts';
import { openSources } from '../../../electron/trace/formats/registry.ts';
import { parseLayouts } from '../../../electron/trace/log-probes/layout-file.ts';
import { parseProbeFile } from '../../../electron/trace/log-probes/probe-file.ts';
import { TemplateMiner } from '../../../electron/trace/log-probes/templates/clusters.ts';
import { proposedTemplate } from '../../../electron/trace/log-probes/templates/proposal.ts';
import { NO_SURROUNDINGS } from '../../../electron/trace/surroundings.ts';
import type { Target } from '../target.ts';

const PROBES = `probes:
  - { name: number, pattern: '{n:u64}' }
  - { name: took, source: [logcat, kernel-log], pattern: '{what:text} took {how_long:duration}' }
  - { name: pair, begin: 'in {fn:word}', end: { expression: 'out (?<fn>\\w+)', fields: { fn: word } }, key: [fn, tid] }
`;

const ENTRY = Buffer.alloc(28 + 10);
ENTRY.writeUInt16LE(10, 0);
ENTRY.writeUInt16LE(28, 2);
ENTRY.write('\x04tag\0text\0', 28, 'latin1');
const LENGTH = Buffer.alloc(8);
LENGTH.writeUInt32LE(5);

const LOGS: readonly (readonly [name: string, text: string | Uint8Array])[] = [
  [
    'kernel-log',
    '<6>[    1.000000][   T1] in f\n               more\n<4>[    2.000000] audit: type=1 audit(1709632632.123:4): x\n',
  ],
  ['kernel-log-dates', '[Sun Nov 22 16:19:22 2026] took 12ms\n[Sun Nov 22 16:19:23 2026] out f\n'],
  ['kernel-log-relative', '[Nov22 16:19] a\n[  +0.000123] b\n[<    0.000001>] c\n'],
  ['kernel-log-kmsg', '6,1,100,-,caller=T1;one\n SUBSYSTEM=x\n4,5,200,-;two\\x0a3\n'],
  [
    'logcat',
    '--------- beginning of main\n01-02 03:04:05.678  1  2 I Tag  : in f took 3.5s\n2024-01-02 03:04:05.678 +0000  1  2 W T: out f\n',
  ],
  ['logcat-long', '[ 01-02 03:04:05.678  1: 2 I/A ]\none\ntwo\n\n[ 01-02 03:04:06.678  1: 2 I/B ]\nthree\n'],
  ['logcat-brief', 'I/A(  1): x\nD/B(  2): y\n'],
  ['syslog', '<34>Oct 11 22:14:15 host su[230]: in f\nOct 11 22:14:16 host last message repeated 3 times\n'],
  [
    'syslog-5424',
    '<165>1 2003-10-11T22:14:15.003Z host app 11 ID47 [e@1 a="\\"]x"] text\n<1>1 - - - - - - -\n',
  ],
  [
    'journald-json',
    '{"__REALTIME_TIMESTAMP":"1709632632000000","_PID":"5","MESSAGE":[1,2,3]}\n{"__REALTIME_TIMESTAMP":"17","MESSAGE":"a"}\n',
  ],
  [
    'journald-export',
    Buffer.concat([
      Buffer.from('__REALTIME_TIMESTAMP=1709632632000000\nMESSAGE\n'),
      LENGTH,
      Buffer.from('a\nb=c\n\n__REALTIME_TIMESTAMP=17\nMESSAGE=x\n'),
    ]),
  ],
  ['logcat-binary', Buffer.concat([ENTRY, ENTRY, ENTRY])],
  [
    'strace',
    '10 1709632632.000100 openat(AT_FDCWD</a>, "/a\\"b\\303", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No) <0.000050>\n10 1709632632.2 execve("/bin/sh", ["sh", "-c"...], 0x7 /* 9 vars */ <unfinished ...>\n10 1709632632.3 <... execve resumed>) = 0\n10 1709632632.4 +++ exited with 0 +++\n',
  ],
];

/** Lines as templates, each line in one. */
function mine(bytes: Uint8Array): void {
  const miner = new TemplateMiner();
  const lines = Buffer.from(bytes).toString('latin1').split('\n');
  for (const line of lines) miner.add(line);
  const counted = miner.templates().reduce((sum, cluster) => sum + cluster.lines, miner.otherLines);
  if (counted !== lines.length) throw new Error(`${counted} lines of ${lines.length}`);
  miner.templates().forEach(proposedTemplate);
}

/** Reads every event and its ledger; how much could not be read is what is noticed. */
async function readAll(bytes: Uint8Array): Promise<void> {
  const logProbes = parseProbeFile(Buffer.from(PROBES), 'probes.yaml');
  mine(bytes);
  const sources = openSources(new MemoryBytes(bytes, 'damaged'), { ...NO_SURROUNDINGS, logProbes });
  if (sources === undefined) throw new Failure('trace', 'unknown', 'no log', { file: 'damaged' });
  for (const source of sources) {
    let lines = 0;
    for await (const batch of source.batches()) {
      for (let row = 0; row < batch.count; row++) {
        if (batch.type[row] === 0) lines += 1;
        const end = (batch.offset[row] ?? 0) + (batch.length[row] ?? 0);
        if (end > batch.bytes.length) throw new Error('a record lies outside its batch');
      }
    }
    const { read, unparsed } = source.ledger;
    if (source.schema.types[0]?.system === 'log' && lines !== read)
      throw new Error(`${lines} lines, and ${read} in the ledger`);
    if (unparsed > 0) throw new Failure('trace', 'unparsed', `${unparsed} entries`, { file: 'damaged' });
  }
}

const logs: readonly Target[] = LOGS.map(([name, text]) => ({
  name: `log-${name}`,
  layers: new Set(['trace']),
  samples: () => [Buffer.from(text), Buffer.concat(Array.from({ length: 20 }, () => Buffer.from(text)))],
  run: readAll,
}));

const probes: Target = {
  name: 'log-probes',
  layers: new Set(['trace']),
  samples: () => [
    Buffer.from(PROBES),
    Buffer.from("probes:\n  - { name: a, expression: '(?i)(a|b)+?[^c]{2,5}$' }\n"),
  ],
  run(bytes) {
    parseLayouts(bytes, 'damaged.yaml');
    const line = 'in f took 12ms, out f aabbcc '.repeat(20);
    for (const { begin, end } of parseProbeFile(bytes, 'damaged.yaml')) {
      begin?.matcher.find(line);
      end.matcher.find(line);
    }
  },
};

export const logTargets: readonly Target[] = [...logs, probes];
