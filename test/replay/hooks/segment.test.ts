import { expect, test } from 'vitest';
import { layerOf } from '../../../electron/replay/hooks/link-layer.ts';
import { segmentOf, wayOf, type Segment } from '../../../electron/replay/hooks/segment.ts';
import { SeededRandom } from '../../../electron/bpf/helpers/seeded-random.ts';
import { ACK, packet } from './made-segments.ts';

const from = [[192, 0, 2, 1], 40_000] as const;
const to = [[192, 0, 2, 2], 80] as const;
const made = packet(6, from, to, { flags: ACK, sequence: 5, payload: Buffer.from('hello, you') });

function read(bytes: Uint8Array, layer = 'raw'): Segment | undefined {
  const found = layerOf(layer);
  if (found === undefined) throw new Error(`no layer ${layer}`);
  return segmentOf(bytes, found);
}

test('a packet that the capture cut keeps what it has, and its length on the wire', () => {
  const segment = read(made.subarray(0, 45));
  expect(segment).toMatchObject({ sourcePort: 40_000, destinationPort: 80, payloadBytes: 10, sequence: 5 });
  expect(Buffer.from(segment?.payload ?? []).toString()).toBe('hello');
  expect(read(made.subarray(0, 39))).toBeUndefined();
});

test('a frame is padded behind its packet, and may have a VLAN tag in front', () => {
  const ethernet = Buffer.concat([
    Buffer.alloc(12),
    Buffer.from('810000070800', 'hex'),
    made,
    Buffer.alloc(9),
  ]);
  expect(Buffer.from(read(ethernet, 'ethernet')?.payload ?? []).toString()).toBe('hello, you');
});

test('later fragments are none, and headers of IPv6 are passed over', () => {
  const fragment = Buffer.from(made);
  fragment.writeUInt16BE(0x2001, 6);
  expect(read(fragment)).toBeUndefined();
  const head = Buffer.alloc(40);
  head.set([0x60, 0, 0, 0, 0, 8 + made.length - 20, 0]);
  const options = Buffer.from('0600010400000000', 'hex');
  const ipv6 = Buffer.concat([head, options, made.subarray(20)]);
  expect(read(ipv6)).toMatchObject({ family: 10, sourcePort: 40_000, payloadBytes: 10 });
});

test('which way a packet went is what the capture says, or a cooked header', () => {
  const cooked = Buffer.alloc(20);
  expect(wayOf('linux_sll2', cooked, 0)).toBe('in');
  cooked[10] = 4;
  expect(wayOf('linux_sll2', cooked, 0)).toBe('out');
  expect(wayOf('linux_sll2', cooked, 1)).toBe('in');
  expect(wayOf('ethernet', cooked, 0)).toBeUndefined();
});

test('no bytes make it fail', () => {
  const random = new SeededRandom();
  for (let round = 0; round < 3000; round += 1) {
    const bytes = Buffer.from(made.subarray(0, random.next() % (made.length + 1)));
    for (let at = 0; at < 4 && bytes.length > 0; at += 1)
      bytes[random.next() % bytes.length] = random.next() & 0xff;
    for (const layer of ['raw', 'ethernet', 'linux_sll']) {
      const segment = read(bytes, layer);
      if (segment !== undefined) expect(segment.payload.length).toBeLessThanOrEqual(segment.payloadBytes);
    }
  }
});
