import { describe, expect, it } from 'vitest';
import { helperPrototypes } from '../../../electron/bpf/helpers/prototypes.ts';
import { helperById, helperNames } from '../../../electron/bpf/helpers/table.ts';
import type { BpfMap } from '../../../electron/bpf/maps/map.ts';
import { RingBuffer } from '../../../electron/bpf/maps/ringbuf.ts';
import { call, exit, lddw, type Operand } from '../vm/assembler.ts';
import { createBench, loadUnverified, mapDefinition, type Bench } from '../vm/machine-fixture.ts';

/** Calls a helper by name with values, or a map, as arguments; r0 as a signed number. */
function ask(bench: Bench, name: string, ...given: readonly (bigint | number | BpfMap)[]): bigint {
  const id = helperPrototypes.find((prototype) => prototype.name === name)?.id;
  if (id === undefined) throw new Error(`Linux has no bpf_${name}`);
  const maps = given.filter((each) => typeof each === 'object');
  const slots = given.map((each, index) => {
    const register: Operand = index + 1;
    if (typeof each === 'object') return lddw(register, BigInt(maps.indexOf(each)), 1);
    return lddw(register, BigInt(each));
  });
  return BigInt.asIntN(64, loadUnverified(bench.machine, [...slots, call(id), exit()], maps).run(0));
}

/** Address of bytes in the machine's memory. */
function put(bench: Bench, content: string | Uint8Array | number): number {
  const { memory } = bench.machine;
  if (typeof content === 'number') return memory.allocate(content);
  const bytes = typeof content === 'string' ? new TextEncoder().encode(`${content}\0`) : content;
  const at = memory.allocate(bytes.length);
  memory.bytes.set(bytes, at);
  return at;
}

function text(bench: Bench, at: number): string {
  const { bytes } = bench.machine.memory;
  return new TextDecoder().decode(bytes.subarray(at, bytes.indexOf(0, at)));
}

describe('the table of helpers', () => {
  it('names no helper that Linux does not have', () => {
    const known = new Set(helperPrototypes.map((prototype) => prototype.name));
    expect(helperNames.filter((name) => !known.has(name))).toEqual([]);
    expect(helperById(1)?.run).toBeTypeOf('function');
  });
});

describe('time and task helpers', () => {
  it('read the event', () => {
    const bench = createBench();
    bench.world.time = 123_456_789_012_345n;
    bench.world.currentCpu = 1;
    expect(ask(bench, 'ktime_get_ns')).toBe(123_456_789_012_345n);
    expect(ask(bench, 'ktime_get_boot_ns')).toBe(123_456_789_012_345n);
    expect(ask(bench, 'get_smp_processor_id')).toBe(1n);
    expect(ask(bench, 'get_current_pid_tgid')).toBe((40n << 32n) | 42n);
    expect(ask(bench, 'get_prandom_u32')).toBe(0x1234_5678n);
  });

  it('never pass a thread for its process: an unknown tgid is all ones, and counted', () => {
    const bench = createBench();
    bench.world.currentTgid = -1;
    expect(BigInt.asUintN(64, ask(bench, 'get_current_pid_tgid'))).toBe((0xffff_ffffn << 32n) | 42n);
    expect(bench.world.missed).toEqual(['tgid']);
  });

  it('cut the comm to the buffer, and zero the rest', () => {
    const bench = createBench();
    const at = put(bench, new Uint8Array(16).fill(0xee));
    bench.world.currentComm = 'kworker/0:1';
    expect(ask(bench, 'get_current_comm', at, 6)).toBe(0n);
    expect(text(bench, at)).toBe('kwork');
    expect(ask(bench, 'get_current_comm', at, 16)).toBe(0n);
    expect(bench.machine.memory.bytes.slice(at, at + 16)).toEqual(
      new Uint8Array([...new TextEncoder().encode('kworker/0:1'), 0, 0, 0, 0, 0]),
    );
  });

  it('zero the buffer and answer EINVAL where the comm is unknown', () => {
    const bench = createBench();
    bench.world.currentComm = undefined;
    const at = put(bench, new Uint8Array(8).fill(0xee));
    expect(ask(bench, 'get_current_comm', at, 8)).toBe(-22n);
    expect(bench.machine.memory.bytes.slice(at, at + 8)).toEqual(new Uint8Array(8));
    expect(bench.world.missed).toEqual(['comm']);
  });
});

describe('reading memory', () => {
  it('copies what is there', () => {
    const bench = createBench();
    const to = put(bench, 8);
    expect(ask(bench, 'probe_read_kernel', to, 4, put(bench, Uint8Array.of(1, 2, 3, 4)))).toBe(0n);
    expect(bench.machine.memory.bytes.slice(to, to + 5)).toEqual(Uint8Array.of(1, 2, 3, 4, 0));
  });

  it.each([0n, 0xffff_8880_0000_0000n, 1n << 31n])('answers EFAULT at %s, and zeroes the buffer', (from) => {
    const bench = createBench();
    const to = put(bench, new Uint8Array(8).fill(0xee));
    expect(ask(bench, 'probe_read_kernel', to, 8, from)).toBe(-14n);
    expect(bench.machine.memory.bytes.slice(to, to + 8)).toEqual(new Uint8Array(8));
    expect(bench.world.missed).toEqual(['kernel-memory']);
  });

  it('copies text with its NUL, and counts it', () => {
    const bench = createBench();
    const to = put(bench, 16);
    expect(ask(bench, 'probe_read_kernel_str', to, 16, put(bench, 'hello'))).toBe(6n);
    expect(text(bench, to)).toBe('hello');
    expect(ask(bench, 'probe_read_kernel_str', to, 4, put(bench, 'hello'))).toBe(4n);
    expect(text(bench, to)).toBe('hel');
  });

  it('has no user memory', () => {
    const bench = createBench();
    expect(ask(bench, 'probe_read_user', put(bench, 8), 8, put(bench, 8))).toBe(-14n);
    expect(bench.world.missed).toEqual(['user-memory']);
  });
});

describe('maps from a program', () => {
  it('look up, update and delete', () => {
    const bench = createBench();
    const map = bench.machine.addMap(mapDefinition({ type: 'hash' }));
    const key = put(bench, Uint8Array.of(7, 0, 0, 0));
    const value = put(bench, new Uint8Array(BigUint64Array.of(99n).buffer));
    expect(ask(bench, 'map_lookup_elem', map, key)).toBe(0n);
    expect(ask(bench, 'map_update_elem', map, key, value, 2)).toBe(-2n);
    expect(ask(bench, 'map_update_elem', map, key, value, 0)).toBe(0n);
    expect(ask(bench, 'map_update_elem', map, key, value, 1)).toBe(-17n);
    const found = Number(ask(bench, 'map_lookup_elem', map, key));
    expect(bench.machine.memory.view.getBigUint64(found, true)).toBe(99n);
    expect(ask(bench, 'map_delete_elem', map, key)).toBe(0n);
    expect(ask(bench, 'map_delete_elem', map, key)).toBe(-2n);
  });

  it('reach the copy of another CPU', () => {
    const bench = createBench(3);
    bench.world.currentCpu = 1;
    const map = bench.machine.addMap(mapDefinition({ type: 'percpu_array' }));
    const key = put(bench, 4);
    const own = ask(bench, 'map_lookup_elem', map, key);
    expect(ask(bench, 'map_lookup_percpu_elem', map, key, 2)).toBe(own + 8n);
    expect(ask(bench, 'map_lookup_percpu_elem', map, key, 0)).toBe(own - 8n);
    expect(ask(bench, 'map_lookup_percpu_elem', map, key, 3)).toBe(0n);
  });

  it('send records through a ring buffer', () => {
    const bench = createBench();
    const ring = bench.machine.addMap(
      mapDefinition({ type: 'ringbuf', keySizeBytes: 0, valueSizeBytes: 0, maxEntries: 4096 }),
    );
    if (!(ring instanceof RingBuffer)) throw new Error('a ring buffer was asked for');
    const record = Number(ask(bench, 'ringbuf_reserve', ring, 2, 0));
    bench.machine.memory.bytes.set([5, 6], record);
    expect(ask(bench, 'ringbuf_submit', record, 0)).toBe(0n);
    ask(bench, 'ringbuf_discard', ask(bench, 'ringbuf_reserve', ring, 2, 0), 0);
    expect(ask(bench, 'ringbuf_output', ring, put(bench, Uint8Array.of(9)), 1, 0)).toBe(0n);
    expect([...ring.drain()]).toEqual([Uint8Array.of(5, 6), Uint8Array.of(9)]);
  });
});

describe('stacks', () => {
  function createStacks() {
    const bench = createBench();
    const map = bench.machine.addMap(
      mapDefinition({ type: 'stack_trace', valueSizeBytes: 16, maxEntries: 64 }),
    );
    return { bench, map };
  }

  it('answer EFAULT where the event has none, and count that', () => {
    const { bench, map } = createStacks();
    expect(ask(bench, 'get_stackid', 0, map, 0)).toBe(-14n);
    expect(bench.world.missed).toEqual(['callchain']);
  });

  it('skip frames, and keep as many as the map is deep', () => {
    const { bench, map } = createStacks();
    bench.world.kernelStack = BigUint64Array.of(1n, 2n, 3n, 4n);
    const id = ask(bench, 'get_stackid', 0, map, 1);
    const value = map.get(new Uint8Array(Uint32Array.of(Number(id)).buffer));
    expect(value).toEqual(new Uint8Array(BigUint64Array.of(2n, 3n).buffer));
    expect(ask(bench, 'get_stackid', 0, map, 4)).toBe(-14n);
    expect(ask(bench, 'get_stackid', 0, map, 1n << 11n)).toBe(-22n);
  });

  it('are user stacks where asked', () => {
    const { bench } = createStacks();
    bench.world.userStack = BigUint64Array.of(0x40n);
    const at = put(bench, new Uint8Array(16).fill(0xee));
    expect(ask(bench, 'get_stack', 0, at, 16, 1n << 8n)).toBe(8n);
    expect(bench.machine.memory.bytes.slice(at, at + 16)).toEqual(
      new Uint8Array(BigUint64Array.of(0x40n, 0n).buffer),
    );
  });
});

describe('text', () => {
  it.each([
    ['-12 rest', 10, -12n, 3n],
    ['0x1f', 0, 31n, 4n],
    ['017', 0, 15n, 3n],
    ['9223372036854775808', 10, undefined, -34n],
    ['nothing', 10, undefined, -22n],
    ['5', 7, undefined, -22n],
  ] as const)('bpf_strtol reads "%s" in base %i', (given, base, number, answer) => {
    const bench = createBench();
    const result = put(bench, 8);
    expect(ask(bench, 'strtol', put(bench, given), given.length, base, result)).toBe(answer);
    if (number !== undefined) expect(bench.machine.memory.view.getBigInt64(result, true)).toBe(number);
  });

  it('bpf_strncmp orders by the first byte that differs', () => {
    const bench = createBench();
    const compare = (a: string, b: string, size: number) =>
      ask(bench, 'strncmp', put(bench, a), size, put(bench, b));
    expect(compare('abc', 'abc', 4)).toBe(0n);
    expect(compare('abc', 'abd', 2)).toBe(0n);
    expect(compare('abc', 'abd', 4)).toBeLessThan(0n);
    expect(compare('b', 'abc', 2)).toBeGreaterThan(0n);
  });
});
