import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { openObject } from '../../../electron/bpf/object/open.ts';
import { attachObject, type AttachedObject } from '../../../electron/replay/attach.ts';
import { replay } from '../../../electron/replay/engine.ts';
import type { EventField, EventType } from '../../../electron/trace/event.ts';
import { eventType, fakeSource, integerField, schedSwitchType, type FakeEvent } from '../fake-source.ts';
import { ACK, capture, FIN, packet, RST, SYN } from './made-segments.ts';
import { replayOn } from './on-bundle.ts';
import { callbacksOf, SOCKETS } from './seen-calls.ts';

const [ESTABLISHED, SYN_SENT, SYN_RECV, CLOSE, LISTEN] = [1, 2, 3, 7, 10];
const [CLIENT, LISTENER, CHILD] = [0x100, 0x200, 0x300];

const address = (name: string, offsetBytes: number, sizeBytes: number): EventField => ({
  ...integerField(name, offsetBytes, sizeBytes),
  type: '__u8',
  kind: 'array',
  elementCount: sizeBytes,
  elementSizeBytes: 1,
});

/** The layout of Linux 6.18. */
const stateType: EventType = eventType(0, 'sock', 'inet_sock_set_state', [
  integerField('skaddr', 8, 8, false),
  integerField('oldstate', 16, 4),
  integerField('newstate', 20, 4),
  integerField('sport', 24, 2, false),
  integerField('dport', 26, 2, false),
  integerField('family', 28, 2, false),
  integerField('protocol', 30, 2, false),
  address('saddr', 32, 4),
  address('daddr', 36, 4),
  address('saddr_v6', 40, 16),
  address('daddr_v6', 56, 16),
]);
const retransmissionType: EventType = eventType(1, 'tcp', 'tcp_retransmit_skb', [
  integerField('skaddr', 8, 8, false),
  integerField('state', 16, 4),
  integerField('sport', 20, 2, false),
  integerField('dport', 22, 2, false),
  integerField('family', 24, 2, false),
  address('saddr', 26, 4),
  address('daddr', 30, 4),
  address('saddr_v6', 34, 16),
  address('daddr_v6', 50, 16),
]);

function changed(skaddr: number, from: number, to: number, ports: readonly [number, number]): FakeEvent {
  const bytes = new Uint8Array(stateType.sizeBytes);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(8, BigInt(skaddr), true);
  view.setInt32(16, from, true);
  view.setInt32(20, to, true);
  [...ports, 2, 6].forEach((each, index) => view.setUint16(24 + 2 * index, each, true));
  bytes.set([192, 0, 2, 1, 192, 0, 2, 2], 32);
  return { timeNs: 0n, type: 0, bytes };
}

function retransmitted(skaddr: number): FakeEvent {
  const bytes = new Uint8Array(retransmissionType.sizeBytes);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(8, BigInt(skaddr), true);
  [40_000, 80, 2].forEach((each, index) => view.setUint16(20 + 2 * index, each, true));
  bytes.set([192, 0, 2, 1, 192, 0, 2, 2], 26);
  return { timeNs: 0n, type: 1, bytes };
}

async function run(
  events: readonly FakeEvent[],
  types = [stateType, retransmissionType],
): Promise<AttachedObject> {
  const source = fakeSource(
    types,
    events.map((event, index) => ({ ...event, timeNs: BigInt(index) })),
  );
  const attached = await attachObject(openObject(readFileSync(SOCKETS), SOCKETS), [source], {
    programs: ['follow'],
  });
  await replay(attached);
  return attached;
}

test('a socket is called for what it asked for, and its listener for those it accepts', async () => {
  const attached = await run([
    changed(LISTENER, CLOSE, LISTEN, [80, 0]),
    retransmitted(CLIENT),
    changed(CLIENT, CLOSE, SYN_SENT, [0, 80]),
    retransmitted(CLIENT),
    changed(CLIENT, SYN_SENT, ESTABLISHED, [40_000, 80]),
    changed(CHILD, LISTEN, SYN_RECV, [80, 40_000]),
    changed(CHILD, SYN_RECV, ESTABLISHED, [80, 40_000]),
    changed(CLIENT, ESTABLISHED, CLOSE, [40_000, 80]),
  ]);
  const counts = attached.programs[0]?.plan.packets;
  expect(Object.fromEntries(counts?.verdicts ?? [])).toEqual({
    TCP_LISTEN_CB: 1,
    TCP_CONNECT_CB: 1,
    TIMEOUT_INIT: 1,
    RWND_INIT: 1,
    NEEDS_ECN: 1,
    RETRANS_CB: 1,
    STATE_CB: 3,
    ACTIVE_ESTABLISHED_CB: 1,
    PASSIVE_ESTABLISHED_CB: 1,
  });
  const map = attached.maps.find(({ definition }) => definition.name === 'callbacks');
  expect(callbacksOf([...(map?.entries() ?? [])])).toContain(
    'PASSIVE_ESTABLISHED_CB 0 0 2 192.0.2.2:32768 from 192.0.2.1 full=1 flags=6 state=3 x1',
  );
});

test('a socket that is gone has asked for nothing where its memory is used again', async () => {
  const attached = await run([
    changed(CLIENT, CLOSE, SYN_SENT, [0, 80]),
    changed(CLIENT, SYN_SENT, CLOSE, [40_000, 80]),
    changed(CLIENT, CLOSE, SYN_SENT, [0, 80]),
  ]);
  expect(attached.programs[0]?.plan.packets?.verdicts.get('STATE_CB')).toBe(1);
});

test('what no event tells is refused by its name, and a recording without the events by what they are', async () => {
  const object = openObject(readFileSync(SOCKETS), SOCKETS);
  const reading = attachObject(object, [fakeSource([stateType], [])], { programs: ['windows'] });
  await expect(reading).rejects.toMatchObject({
    code: 'field-not-recorded',
    facts: { field: 'bpf_sock_ops.snd_cwnd' },
  });
  const without = attachObject(object, [fakeSource([schedSwitchType(0)], [])], { programs: ['follow'] });
  await expect(without).rejects.toMatchObject({ code: 'event-not-recorded' });
});

const client = [[192, 0, 2, 1], 40_000] as const;
const server = [[192, 0, 2, 2], 80] as const;

async function callsOf(packets: readonly Buffer[]): Promise<Record<string, number>> {
  const replayed = await replayOn(SOCKETS, { 'c.pcap': capture(packets) }, { programs: ['follow'] });
  return Object.fromEntries(replayed.attached.programs[0]?.plan.packets?.verdicts ?? []);
}

const syn = packet(6, client, server, { flags: SYN, sequence: 10 });
const accepted = packet(6, server, client, { flags: SYN | ACK, sequence: 50, acknowledgement: 11 });
const made = packet(6, client, server, { flags: ACK, sequence: 11, acknowledgement: 51 });
const asked = { TIMEOUT_INIT: 2, RWND_INIT: 2, NEEDS_ECN: 2, TCP_CONNECT_CB: 1 };
const established = { ACTIVE_ESTABLISHED_CB: 1, PASSIVE_ESTABLISHED_CB: 1 };

test('a capture of a handshake shows both ends, and what they send again', async () => {
  const data = packet(6, client, server, {
    flags: ACK,
    sequence: 11,
    acknowledgement: 51,
    payload: Buffer.from('four'),
  });
  // The one that was accepted asks only then, so that its state has one change less to tell of.
  expect(await callsOf([syn, syn, accepted, made, data, data])).toEqual({
    ...asked,
    ...established,
    RETRANS_CB: 2,
    STATE_CB: 2,
  });
});

test('ends that close go through their states, and one that is reset through none', async () => {
  const last = packet(6, client, server, { flags: FIN | ACK, sequence: 11, acknowledgement: 51 });
  const answer = packet(6, server, client, { flags: FIN | ACK, sequence: 51, acknowledgement: 12 });
  const end = packet(6, client, server, { flags: ACK, sequence: 12, acknowledgement: 52 });
  const all = { ...asked, ...established };
  // FIN_WAIT1, FIN_WAIT2, CLOSE; CLOSE_WAIT, LAST_ACK, CLOSE; and two that were made.
  expect(await callsOf([syn, accepted, made, last, answer, end])).toEqual({ ...all, STATE_CB: 8 });
  const reset = packet(6, server, client, { flags: RST, sequence: 51 });
  expect(await callsOf([syn, accepted, made, reset])).toEqual({ ...all, STATE_CB: 4 });
  const refused = packet(6, server, client, { flags: RST | ACK, acknowledgement: 11 });
  expect(await callsOf([syn, refused])).toMatchObject({ TCP_CONNECT_CB: 1, STATE_CB: 1 });
});
