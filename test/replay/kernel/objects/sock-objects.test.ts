import { expect, it } from 'vitest';

import { LinearMemory } from '../../../../electron/bpf/vm/memory.ts';
import { modelledTypes } from '../../../../electron/replay/kernel/model/modelled-types.ts';
import { Layout } from '../../../../electron/replay/kernel/objects/layout.ts';
import { ProbedObjects } from '../../../../electron/replay/kernel/objects/probed-objects.ts';
import { SockObjects } from '../../../../electron/replay/kernel/objects/sock-objects.ts';
import { eventType, fakeSource, integerField, record } from '../../fake-source.ts';

const bytesField = (name: string, offset: number, size: number) => ({
  ...integerField(name, offset, size, false),
  kind: 'array' as const,
  elementCount: size,
  elementSizeBytes: 1,
});
const stateChange = eventType(0, 'sock', 'inet_sock_set_state', [
  integerField('skaddr', 8, 8, false),
  ...['sport', 'dport', 'family'].map((name, index) => integerField(name, 24 + 4 * index, 4, false)),
  bytesField('saddr', 36, 4),
  bytesField('daddr', 40, 4),
  bytesField('saddr_v6', 44, 16),
  bytesField('daddr_v6', 60, 16),
]);
const [AF_INET, AF_INET6] = [2, 10];
const POINTER = 0x7fff_1234_5678;
const LOOPBACK_6 = new Uint8Array([...new Uint8Array(15), 1]);

async function seen(family: number) {
  const memory = new LinearMemory();
  const objects = new ProbedObjects(memory);
  const layout = new Layout(modelledTypes('x86_64'));
  const bytes = record(stateChange, { skaddr: POINTER, sport: 0x1234, dport: 0x5678, family });
  bytes.set([127, 0, 0, 1, 192, 0, 2, 7], 36);
  bytes.set(LOOPBACK_6, 60);
  const source = fakeSource([stateChange], [{ timeNs: 1n, type: 0, bytes }]);
  const read = new SockObjects(
    memory,
    layout,
    () => undefined,
    () => objects,
  ).reader(source, stateChange);
  const at = memory.allocate(bytes.length);
  memory.bytes.set(bytes, at);
  for await (const batch of source.batches()) read?.(at, batch, 0);
  return (path: string, sizeBytes?: number): number[] | undefined => {
    const place = layout.place('sock', `__sk_common.${path}`);
    if (place === undefined) throw new Error(`no member ${path}`);
    const found = objects.read(BigInt(POINTER + place.offsetBytes), sizeBytes ?? place.sizeBytes);
    return found === undefined ? undefined : [...found];
  };
}

it('tells addresses in network order, and of ports the other end’s alone', async () => {
  const member = await seen(AF_INET);
  expect(member('skc_rcv_saddr')).toEqual([127, 0, 0, 1]);
  expect(member('skc_daddr')).toEqual([192, 0, 2, 7]);
  // As tcpstates reads it: sixteen bytes, for whatever family.
  expect(member('skc_rcv_saddr', 16)?.slice(0, 4)).toEqual([127, 0, 0, 1]);
  expect(member('skc_rcv_saddr', 4096)).toBeUndefined();
  expect(member('skc_num')).toEqual([0x34, 0x12]);
  expect(member('skc_dport')).toEqual([0x56, 0x78]);
  expect(member('skc_family')).toEqual([AF_INET, 0]);
});

it('knows of addresses of IP version 6 for sockets of that family alone, and of no state', async () => {
  expect((await seen(AF_INET6))('skc_v6_daddr')).toEqual([...LOOPBACK_6]);
  const member = await seen(AF_INET);
  expect(member('skc_v6_daddr')).toBeUndefined();
  expect(member('skc_state')).toBeUndefined();
});
