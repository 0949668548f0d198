import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { retroprobe, temporaryFolder } from './cli.ts';

const CAPTURE = '../shared/recordings/afs.pcap';
const OBJECT = 'test/programs/packets.bpf.o';

test('run counts what an XDP program answered, and writes those that go on as it left them, for tshark to read', (context) => {
  if (!existsSync(CAPTURE)) return context.skip('the shared recordings are not here');
  const out = join(temporaryFolder(), 'answered.pcapng');
  const args = ['run', OBJECT, CAPTURE, '--program', 'by_sender', '--json', '--packets-out', out];
  const { code, stdout } = retroprobe(...args);
  expect(code).toBe(0);
  const [attached] = (JSON.parse(stdout) as { attached: { packets: { verdicts: Record<string, number> } }[] })
    .attached;
  expect(attached?.packets).toMatchObject({ seen: 601, verdicts: { XDP_DROP: 377, XDP_TX: 219 } });
  const fields = ['-T', 'fields', '-e', 'frame.comment', '-e', 'frame.time_epoch', '-e', 'frame.len'];
  const read = (file: string): string[][] | undefined => {
    const { status, stdout: text } = spawnSync('tshark', ['-n', '-r', file, ...fields], { encoding: 'utf8' });
    return status === 0
      ? text
          .trimEnd()
          .split('\n')
          .map((line) => line.split('\t'))
      : undefined;
  };
  const written = read(out);
  if (written === undefined) return context.skip('tshark is not here');
  const before = read(CAPTURE) ?? [];
  expect(written).toHaveLength(601 - 377);
  const lengthAt = new Map(before.map(([, time, length]) => [time, length]));
  for (const [comment = '', time, length] of written) {
    const lengthBefore = lengthAt.get(time);
    // The program takes the Ethernet header off what it sends back.
    const isShorter = comment === 'by_sender: XDP_TX';
    expect(Number(length)).toBe(Number(lengthBefore) - (isShorter ? 14 : 0));
  }
  const answers = Map.groupBy(written, ([comment]) => comment);
  expect(answers.get('by_sender: XDP_TX')).toHaveLength(219);
  expect(answers.get('by_sender: XDP_PASS')).toHaveLength(5);
});

test('a file that cannot be written is named, and a refused run writes none', (context) => {
  if (!existsSync(CAPTURE)) return context.skip('the shared recordings are not here');
  const nowhere = join(temporaryFolder(), 'none', 'x.pcapng');
  const { code, stderr } = retroprobe(
    'run',
    OBJECT,
    CAPTURE,
    '--program',
    'by_sender',
    '--packets-out',
    nowhere,
  );
  expect(code).toBe(1);
  expect(stderr).toContain('x.pcapng: cannot be written (ENOENT)');
  const out = join(temporaryFolder(), 'refused.pcapng');
  const sample = 'traces/runqueue-contention.zip';
  expect(retroprobe('run', OBJECT, sample, '--program', 'by_sender', '--packets-out', out).code).toBe(1);
  expect(existsSync(out)).toBe(false);
});
