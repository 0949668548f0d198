import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { liveCgroup } from './live-cgroup.ts';
import { capturing } from './live-namespace.ts';
import { replayOn } from './on-bundle.ts';
import { workload } from './workload.ts';

const OBJECT = 'test/programs/socket-maps.bpf.o';
const WORKLOAD = 'test/replay/hooks/stream-workload.c';

/** Second byte and length of messages, each with how often it came. */
function messagesOf(pairs: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[]): string[] {
  return pairs
    .map(({ key, value }) => {
      const words = new DataView(key.buffer, key.byteOffset, key.length);
      const count = new DataView(value.buffer, value.byteOffset, 8).getBigUint64(0, true);
      return `${String.fromCharCode(words.getUint32(0, true))} ${words.getUint32(4, true)} x${count}`;
    })
    .sort();
}

test('a stream is cut into messages as the kernel cuts it', async (context) => {
  const { path } = workload(context, readFileSync(WORKLOAD, 'utf8'));
  const live = liveCgroup(context, OBJECT, { keep: 'cgroup_sock_ops' }, [
    { program: 'parse', places: ['sk_skb_stream_parser', 'stream_parser'], map: 'accepted' },
    { program: 'verdict', places: ['sk_skb_stream_verdict', 'stream_verdict'], map: 'accepted' },
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-capture-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const capture = join(folder, 'capture.pcap');
  live.run(capturing(capture, [path]));
  const expected = messagesOf(live.pairs('messages'));

  const programs = ['parse', 'verdict'];
  const replayed = await replayOn(OBJECT, { 'c.pcap': readFileSync(capture) }, { programs });
  const map = replayed.attached.maps.find(({ definition }) => definition.name === 'messages');
  expect(messagesOf([...(map?.entries() ?? [])])).toEqual(expected);
  expect(expected).toEqual(['a 4 x1', 'd 5 x1', 'h 6 x3', 'x 5 x2']);
});
