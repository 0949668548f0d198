import { describe, expect, it } from 'vitest';
import { helperPrototypes } from '../../../electron/bpf/helpers/prototypes.ts';
import type {
  SocketDirectory,
  SocketFacts,
  SocketTuple,
} from '../../../electron/bpf/helpers/socket-directory.ts';
import { call, exit, lddw } from '../vm/assembler.ts';
import {
  createBench,
  ENGINES,
  loadUnverified,
  mapDefinition,
  StillWorld,
  type Bench,
} from '../vm/machine-fixture.ts';

const EINVAL = 22n;
const EOPNOTSUPP = 95n;
const OVERFLOW_UID = 65_534n;
const CONTEXT = 0x1234;

/** Calls a helper by name with numbers; r0 as a signed number. */
function ask(bench: Bench, name: string, ...given: readonly (bigint | number)[]): bigint {
  const id = helperPrototypes.find((prototype) => prototype.name === name)?.id;
  if (id === undefined) throw new Error(`Linux has no bpf_${name}`);
  const slots = given.map((each, index) => lddw(index + 1, BigInt(each)));
  return BigInt.asIntN(64, loadUnverified(bench.machine, [...slots, call(id), exit()], []).run(0));
}

const whole: SocketFacts = {
  address: 0x5000,
  isWhole: true,
  tcp: 0x6000,
  listener: 0,
  cookie: 77n,
  namespaceCookie: 4n,
  uid: 1000,
  cgroupId: (level) => (level === undefined ? 90n : level === 0 ? 1n : 0n),
  object: (struct) => (struct === 'tcp_sock' ? 0x7000 : 0),
};
const halfMade: SocketFacts = { ...whole, address: 0x5800, isWhole: false, tcp: 0, cookie: undefined };

/** Knows one connection of each kind; asks nothing of the rest. */
function knowing(bench: Bench): { asked: SocketTuple[] } {
  const asked: SocketTuple[] = [];
  const directory: SocketDirectory = {
    at: (address) =>
      [whole, halfMade].find((facts) => BigInt(facts.address) === address) ??
      (address === BigInt(CONTEXT) ? whole : undefined),
    byTuple(tuple) {
      asked.push(tuple);
      if (tuple.protocol === 'udp') return 'none';
      return tuple.bytes[11] === 80 ? whole : halfMade;
    },
  };
  bench.world.sockets = () => directory;
  return { asked };
}

function tupleIn(bench: Bench, lastByte: number): number {
  const { memory } = bench.machine;
  const at = memory.allocate(36);
  memory.bytes[at + 11] = lastByte;
  return at;
}

describe.each(ENGINES)('on %s', (engine) => {
  describe('lookups of sockets', () => {
    it('find what the world knows, whole sockets or any', () => {
      const bench = createBench(2, engine);
      const { asked } = knowing(bench);
      const tuple = tupleIn(bench, 80);
      expect(ask(bench, 'sk_lookup_tcp', CONTEXT, tuple, 12, -1n & 0xffff_ffffn, 0)).toBe(0x5000n);
      expect(asked.map(({ bytes, namespaceId }) => [bytes.length, namespaceId])).toEqual([[12, -1]]);
      const other = tupleIn(bench, 81);
      expect(ask(bench, 'sk_lookup_tcp', CONTEXT, other, 12, 0, 0)).toBe(0n);
      expect(ask(bench, 'skc_lookup_tcp', CONTEXT, other, 12, 0, 0)).toBe(0x5800n);
      expect(bench.world.missed).toEqual([]);
    });

    it('find nothing where there surely is nothing, without calling it missing', () => {
      const bench = createBench(2, engine);
      knowing(bench);
      expect(ask(bench, 'sk_lookup_udp', CONTEXT, tupleIn(bench, 80), 36, 0, 0)).toBe(0n);
      expect(bench.world.missed).toEqual([]);
    });

    it('find nothing by a tuple of another size, with flags, or in a namespace that has no such id', () => {
      const bench = createBench(2, engine);
      const { asked } = knowing(bench);
      const tuple = tupleIn(bench, 80);
      expect(ask(bench, 'sk_lookup_tcp', CONTEXT, tuple, 16, 0, 0)).toBe(0n);
      expect(ask(bench, 'sk_lookup_tcp', CONTEXT, tuple, 12, 0, 1)).toBe(0n);
      expect(ask(bench, 'sk_lookup_tcp', CONTEXT, tuple, 12, 1n << 40n, 0)).toBe(0n);
      expect(asked).toEqual([]);
    });

    it('count the sockets as missing where the world knows none', () => {
      const bench = createBench(2, engine);
      expect(ask(bench, 'sk_lookup_tcp', CONTEXT, tupleIn(bench, 80), 12, 0, 0)).toBe(0n);
      expect(bench.world.missed).toEqual(['sockets']);
    });
  });

  describe('helpers on a socket', () => {
    it('give its views', () => {
      const bench = createBench(2, engine);
      knowing(bench);
      expect(ask(bench, 'sk_fullsock', 0x5000)).toBe(0x5000n);
      expect(ask(bench, 'sk_fullsock', 0x5800)).toBe(0n);
      expect(ask(bench, 'tcp_sock', 0x5000)).toBe(0x6000n);
      expect(ask(bench, 'get_listener_sock', 0x5000)).toBe(0n);
      expect(ask(bench, 'skc_to_tcp_sock', 0x5000)).toBe(0x7000n);
      expect(ask(bench, 'skc_to_udp6_sock', 0x5000)).toBe(0n);
      expect(ask(bench, 'sk_release', 0x5000)).toBe(0n);
      expect(bench.world.missed).toEqual([]);
    });

    it('tell its cookie, owner and cgroup, through the context, too', () => {
      const bench = createBench(2, engine);
      knowing(bench);
      expect(ask(bench, 'get_socket_cookie', CONTEXT)).toBe(77n);
      expect(ask(bench, 'get_socket_cookie', 0)).toBe(0n);
      expect(ask(bench, 'get_netns_cookie', 0x5000)).toBe(4n);
      expect(ask(bench, 'get_socket_uid', CONTEXT)).toBe(1000n);
      expect(ask(bench, 'sk_cgroup_id', 0x5000)).toBe(90n);
      expect(ask(bench, 'sk_ancestor_cgroup_id', 0x5000, 0)).toBe(1n);
      expect(ask(bench, 'sk_ancestor_cgroup_id', 0x5000, 5)).toBe(0n);
    });

    it('count what is not known', () => {
      const bench = createBench(2, engine);
      knowing(bench);
      expect(ask(bench, 'get_socket_cookie', 0x5800)).toBe(0n);
      expect(ask(bench, 'get_socket_uid', 0x9999)).toBe(OVERFLOW_UID);
      expect(ask(bench, 'tcp_sock', 0x9999)).toBe(0n);
      expect(bench.world.missed).toEqual(['cookie of a socket', 'owner of a socket', 'TCP side of a socket']);
    });
  });

  describe('what programs do to sockets', () => {
    it('is recorded, with the bytes of an option', () => {
      const bench = createBench(2, engine);
      knowing(bench);
      const value = tupleIn(bench, 0);
      bench.machine.memory.bytes[value] = 9;
      expect(ask(bench, 'setsockopt', CONTEXT, 6, 13, value, 4)).toBe(0n);
      expect(ask(bench, 'sk_assign', CONTEXT, 0x5000, 1)).toBe(0n);
      expect(bench.world.effects).toEqual([
        { kind: 'setsockopt', facts: { level: 6, optname: 13, optval: Uint8Array.of(9, 0, 0, 0) } },
        { kind: 'sk_assign', facts: { sk: 0x5000n, flags: 1n, cookie: 77n } },
      ]);
    });

    it('finds no options, and zeroes the buffer', () => {
      const bench = createBench(2, engine);
      const value = tupleIn(bench, 0);
      bench.machine.memory.bytes[value] = 9;
      expect(ask(bench, 'getsockopt', CONTEXT, 6, 13, value, 4)).toBe(-EINVAL);
      expect(bench.machine.memory.bytes[value]).toBe(0);
      expect(bench.world.missed).toEqual(['socket option']);
    });

    it('cannot make a SYN cookie: the secret is not recorded', () => {
      const bench = createBench(2, engine);
      const header = tupleIn(bench, 0);
      expect(ask(bench, 'tcp_raw_gen_syncookie_ipv4', header, header, 20)).toBe(-EOPNOTSUPP);
      expect(bench.world.missed).toEqual(['secret of SYN cookies']);
    });
  });

  describe('maps of sockets', () => {
    it('count their sockets as missing, and take none in', () => {
      const bench = createBench(2, engine);
      const map = mapDefinition({ type: 'sockmap', keySizeBytes: 4, valueSizeBytes: 8 });
      const sockets = bench.machine.addMap(map);
      const key = tupleIn(bench, 0);
      const code = (id: number) => [
        lddw(1, 0n, 1),
        lddw(2, BigInt(key)),
        lddw(3, BigInt(key)),
        lddw(4, 0n),
        call(id),
        exit(),
      ];
      const run = (id: number) =>
        BigInt.asIntN(64, loadUnverified(bench.machine, code(id), [sockets]).run(0));
      expect(run(1)).toBe(0n);
      expect(run(2)).toBe(-EINVAL);
      expect(bench.world.missed).toEqual(['sockets of maps', 'sockets of maps']);
    });
  });

  describe('storage of sockets', () => {
    const storage = mapDefinition({
      type: 'sk_storage',
      valueSizeBytes: 8,
      maxEntries: 0,
      flags: 1,
      keyTypeId: 1,
      valueTypeId: 2,
    });

    it('is one for all views of a socket, and another for another', () => {
      const bench = createBench(2, engine);
      knowing(bench);
      const map = bench.machine.addMap(storage);
      const code = (socket: bigint) => [
        lddw(1, 0n, 1),
        lddw(2, socket),
        lddw(3, 0n),
        lddw(4, 1n),
        call(107),
        exit(),
      ];
      const run = (socket: bigint) => loadUnverified(bench.machine, code(socket), [map]).run(0);
      const first = run(0x5000n);
      expect(first).not.toBe(0n);
      expect(run(BigInt(CONTEXT))).toBe(first);
      expect(run(0x5800n)).not.toBe(first);
    });
  });
});

it('a world that stands still knows no sockets', () => {
  expect(new StillWorld().sockets().at(1n)).toBeUndefined();
});
