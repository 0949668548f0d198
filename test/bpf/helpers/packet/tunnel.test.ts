import { expect, it } from 'vitest';
import { PacketPlace } from '../../../../electron/bpf/packet-context.ts';
import { ask, onBoth } from '../ask.ts';

const KEY_BYTES = 44;

it('the tunnel that a packet is to go by is told as people read it', () => {
  const { effects, answered } = onBoth((bench) => {
    const { memory } = bench.machine;
    const place = new PacketPlace(memory, 'sched_cls');
    place.put(new Uint8Array(60));
    const key = memory.allocate(KEY_BYTES);
    memory.view.setUint32(key, 77, true);
    memory.view.setUint32(key + 4, 0x0a00_0102, true);
    memory.bytes.set([8, 64], key + 20);
    const set = ask(bench, 'skb_set_tunnel_key', place.context, key, KEY_BYTES, 2);
    return { answered: set, effects: bench.world.effects };
  });
  expect(answered).toBe(0n);
  expect(effects).toEqual([
    {
      kind: 'skb_set_tunnel_key',
      facts: { tunnel_id: 77, remote_ipv4: '10.0.1.2', tunnel_tos: 8, tunnel_ttl: 64, flags: 2n },
    },
  ]);
});

it('the tunnel that a packet came by is not known, and the key is cleared', () => {
  const { answered, missed, bytes } = onBoth((bench) => {
    const { memory } = bench.machine;
    const place = new PacketPlace(memory, 'sched_cls');
    place.put(new Uint8Array(60));
    const key = memory.allocate(KEY_BYTES);
    memory.bytes.fill(9, key, key + KEY_BYTES);
    const got = ask(bench, 'skb_get_tunnel_key', place.context, key, KEY_BYTES, 0);
    return {
      answered: got,
      missed: bench.world.missed,
      bytes: [...memory.bytes.slice(key, key + KEY_BYTES)],
    };
  });
  expect([answered, missed]).toEqual([-22n, ['tunnel that a packet came by']]);
  expect(bytes.every((byte) => byte === 0)).toBe(true);
});
