import { describe, expect, it } from 'vitest';
import type { FunctionCall, NamespacePids } from '../../../electron/bpf/helpers/object-directory.ts';
import { noObjects } from '../../../electron/bpf/helpers/object-directory.ts';
import { Machine } from '../../../electron/bpf/vm/machine.ts';
import { mapDefinition, StillWorld, type Bench } from '../vm/machine-fixture.ts';
import { ask, onBoth } from './ask.ts';

const UNKNOWN = 0xffff_ffffn;

function put(bench: Bench, bytes: Uint8Array): number {
  const at = bench.machine.memory.allocate(bytes.length);
  bench.machine.memory.bytes.set(bytes, at);
  return at;
}

function taken(bench: Bench, at: number, size: number): number[] {
  return [...bench.machine.memory.bytes.subarray(at, at + size)];
}

/** A world that knows what these helpers ask for. */
class KnowingWorld extends StillWorld {
  override uid(): number {
    return 1000;
  }
  override gid(): number {
    return 100;
  }
  override cgroupId(level: number | undefined): bigint {
    return level === undefined ? 77n : ([1n, 50n, 77n][level] ?? 0n);
  }
  override currentTask(): bigint {
    return 0x2_0000n;
  }
  override namespacePids(): NamespacePids {
    return { device: 4n, inode: 4026531836n, tid: 7, tgid: 6 };
  }
  override functionCall(): FunctionCall {
    return { address: 0xffff_ffff_8100_0000n, parameters: [11n, 22n], result: 33n };
  }
  override attachCookie(): bigint {
    return 0xc00c1en;
  }
  override numaNode(): number {
    return 1;
  }
  override recordedMemory(space: 'kernel' | 'user', address: bigint, size: number): Uint8Array | undefined {
    const held = new TextEncoder().encode(space === 'user' ? '/etc/passwd\0' : 'eth0\0');
    const from = Number(address - 0x7fff_0000n);
    return from >= 0 && from + size <= held.length ? held.subarray(from, from + size) : undefined;
  }
  override objects(): typeof noObjects {
    return { ...noObjects, path: (address) => (address === 0x3_0000 ? '/var/log/syslog' : undefined) };
  }
}

/** As onBoth(), in a world that knows. */
function knowing<T>(act: (bench: Bench & { world: KnowingWorld }) => T): T {
  const world = new KnowingWorld();
  const results = (['interpreter', 'jit'] as const).map((engine) => {
    const machine = new Machine({ cpuCount: 2, world, engine });
    return act({ world, machine });
  });
  expect(results[1]).toEqual(results[0]);
  return results[0] as T;
}

describe('who runs', () => {
  it('has its user and group in the two halves', () => {
    expect(knowing((bench) => ask(bench, 'get_current_uid_gid'))).toBe((100n << 32n) | 1000n);
  });

  it('is nobody where the recording does not say, which is counted', () => {
    const [ids, cgroup, missed] = onBoth((bench) => [
      BigInt.asUintN(64, ask(bench, 'get_current_uid_gid')),
      ask(bench, 'get_current_cgroup_id'),
      [...bench.world.missed],
    ]);
    expect(ids).toBe((UNKNOWN << 32n) | UNKNOWN);
    expect(cgroup).toBe(-1n);
    expect(missed).toEqual(['gid', 'uid', 'cgroup']);
  });

  it('is in a cgroup, which has ancestors by level', () => {
    const ids = knowing((bench) =>
      [0, 1, 2, 3, 0xffff_ffff].map((level) => ask(bench, 'get_current_ancestor_cgroup_id', level)),
    );
    expect(ids).toEqual([1n, 50n, 77n, 0n, 0n]);
    expect(knowing((bench) => ask(bench, 'get_current_cgroup_id'))).toBe(77n);
  });

  it('has an object, and where it has none a program that relies on it does not go on', () => {
    expect(knowing((bench) => ask(bench, 'get_current_task'))).toBe(0x2_0000n);
    expect(knowing((bench) => ask(bench, 'get_current_task_btf'))).toBe(0x2_0000n);
    onBoth((bench) => {
      expect(ask(bench, 'get_current_task')).toBe(0n);
      expect(() => ask(bench, 'get_current_task_btf')).toThrow(/current task, which is not recorded/);
      expect(bench.world.missed).toEqual(['current task', 'current task']);
    });
  });

  it('has other ids in the pid namespace it is in, and none in another', () => {
    knowing((bench) => {
      const at = put(bench, new Uint8Array(8).fill(0xee));
      expect(ask(bench, 'get_ns_current_pid_tgid', 4, 4026531836, at, 8)).toBe(0n);
      expect(taken(bench, at, 8)).toEqual([7, 0, 0, 0, 6, 0, 0, 0]);
      expect(ask(bench, 'get_ns_current_pid_tgid', 5, 4026531836, at, 8)).toBe(-22n);
      expect(taken(bench, at, 8)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
      expect(ask(bench, 'get_ns_current_pid_tgid', 4, 4026531836, at, 4)).toBe(-22n);
    });
  });
});

describe('jiffies', () => {
  it('are ticks of four milliseconds that began five minutes before 32 bits overflow', () => {
    onBoth((bench) => {
      bench.world.time = 300_000_000_000n;
      expect(ask(bench, 'jiffies64')).toBe(2n ** 32n);
      bench.world.time += 7_999_999n;
      expect(ask(bench, 'jiffies64')).toBe(2n ** 32n + 1n);
      expect(bench.world.missed).toContain('CONFIG_HZ');
    });
  });
});

describe('signals', () => {
  it('are recorded, not sent', () => {
    onBoth((bench) => {
      expect(ask(bench, 'send_signal', 9)).toBe(0n);
      expect(ask(bench, 'send_signal_thread', 10)).toBe(0n);
      expect(bench.world.effects).toEqual([
        { kind: 'send_signal', facts: { signal: 9, tid: 42, tgid: 40 } },
        { kind: 'send_signal_thread', facts: { signal: 10, tid: 42, tgid: 40 } },
      ]);
    });
  });

  it('that do not exist, and those to init, are refused', () => {
    onBoth((bench) => {
      expect(ask(bench, 'send_signal', 65)).toBe(-22n);
      expect(ask(bench, 'send_signal', 0)).toBe(0n);
      bench.world.currentTgid = 1;
      expect(ask(bench, 'send_signal', 9)).toBe(-1n);
      expect(bench.world.effects).toEqual([]);
    });
  });
});

describe('the traced function', () => {
  it('has arguments by number, a result, an address and a cookie', () => {
    knowing((bench) => {
      const at = put(bench, new Uint8Array(8));
      const { view } = bench.machine.memory;
      expect(ask(bench, 'get_func_arg_cnt', 0)).toBe(2n);
      expect(ask(bench, 'get_func_arg', 0, 1, at)).toBe(0n);
      expect(view.getBigUint64(at, true)).toBe(22n);
      expect(ask(bench, 'get_func_arg', 0, 2, at)).toBe(-22n);
      expect(view.getBigUint64(at, true)).toBe(0n);
      expect(ask(bench, 'get_func_ret', 0, at)).toBe(0n);
      expect(view.getBigUint64(at, true)).toBe(33n);
      expect(BigInt.asUintN(64, ask(bench, 'get_func_ip', 0))).toBe(0xffff_ffff_8100_0000n);
      expect(ask(bench, 'get_attach_cookie', 0)).toBe(0xc00c1en);
      expect(ask(bench, 'get_numa_node_id')).toBe(1n);
    });
  });

  it('is counted as missing where the recording does not hold it', () => {
    onBoth((bench) => {
      expect(ask(bench, 'get_func_ip', 0)).toBe(0n);
      expect(ask(bench, 'get_func_ret', 0, put(bench, new Uint8Array(8)))).toBe(-95n);
      expect(bench.world.missed).toEqual(['function call', 'function call']);
    });
  });
});

describe('memory that the recording holds', () => {
  const USER = 0x7fff_0000n;

  it('is read, up to where it ends', () => {
    knowing((bench) => {
      const at = put(bench, new Uint8Array(16).fill(0xee));
      expect(ask(bench, 'probe_read_user_str', at, 16, USER)).toBe(12n);
      expect(new TextDecoder().decode(bench.machine.memory.bytes.subarray(at, at + 11))).toBe('/etc/passwd');
      expect(ask(bench, 'probe_read_user_str', at, 5, USER)).toBe(5n);
      expect(taken(bench, at, 5)).toEqual([...new TextEncoder().encode('/etc'), 0]);
      expect(ask(bench, 'copy_from_user', at, 4, USER + 1n)).toBe(0n);
      expect(taken(bench, at, 4)).toEqual([...new TextEncoder().encode('etc/')]);
      expect(ask(bench, 'probe_read_user', at, 13, USER)).toBe(-14n);
      expect(taken(bench, at, 13)).toEqual(new Array(13).fill(0));
    });
  });

  it('of the kernel is asked for where linear memory has none', () => {
    knowing((bench) => {
      const at = put(bench, new Uint8Array(8));
      expect(ask(bench, 'probe_read_kernel_str', at, 8, USER)).toBe(5n);
      expect(ask(bench, 'probe_read_kernel', at, 2, USER)).toBe(0n);
      expect(taken(bench, at, 2)).toEqual([...new TextEncoder().encode('et')]);
    });
  });

  it('is that of the current task, not of another', () => {
    knowing((bench) => {
      const at = put(bench, new Uint8Array(4));
      expect(ask(bench, 'copy_from_user_task', at, 4, USER, 0x2_0000, 0)).toBe(0n);
      expect(ask(bench, 'copy_from_user_task', at, 4, USER, 0x2_0008, 0)).toBe(-14n);
      expect(ask(bench, 'copy_from_user_task', at, 4, USER, 0x2_0000, 1)).toBe(-22n);
    });
  });
});

describe('a path', () => {
  it('is written with its NUL where it is known and fits', () => {
    knowing((bench) => {
      const at = put(bench, new Uint8Array(32).fill(0xee));
      expect(ask(bench, 'd_path', 0x3_0000, at, 32)).toBe(16n);
      expect(taken(bench, at, 17)).toEqual([...new TextEncoder().encode('/var/log/syslog'), 0, 0]);
      expect(ask(bench, 'd_path', 0x3_0000, at, 15)).toBe(-36n);
      expect(ask(bench, 'd_path', 0x3_0000, at, 0)).toBe(0n);
      expect(ask(bench, 'd_path', 0x4_0000, at, 32)).toBe(-14n);
      expect(ask(bench, 'sock_from_file', 0x3_0000)).toBe(0n);
    });
  });
});

describe('the stack of a task', () => {
  it('is that of the event for the current task, and unknown for others', () => {
    knowing((bench) => {
      const at = put(bench, new Uint8Array(16).fill(0xee));
      bench.world.kernelStack = BigUint64Array.of(1n);
      expect(ask(bench, 'get_task_stack', 0x2_0000, at, 16, 0)).toBe(8n);
      expect(ask(bench, 'get_task_stack', 0x2_0008, at, 16, 0)).toBe(-14n);
      expect(ask(bench, 'get_task_stack', 0x2_0008, at, 16, 256)).toBe(-95n);
      expect(taken(bench, at, 16)).toEqual(new Array(16).fill(0));
    });
  });
});

describe('hardware counters and branch records', () => {
  it('are answered as by a kernel that has none, and counted', () => {
    onBoth((bench) => {
      const map = bench.machine.addMap(mapDefinition({ type: 'perf_event_array', valueSizeBytes: 4 }));
      const at = put(bench, new Uint8Array(24).fill(0xee));
      expect(ask(bench, 'perf_event_read', map, 0)).toBe(-2n);
      expect(ask(bench, 'perf_event_read', map, 99)).toBe(-7n);
      expect(ask(bench, 'perf_event_read', map, 1n << 40n)).toBe(-22n);
      expect(ask(bench, 'perf_event_read_value', map, 0, at, 24)).toBe(-2n);
      expect(taken(bench, at, 24)).toEqual(new Array(24).fill(0));
      expect(ask(bench, 'perf_event_read_value', map, 0, at, 16)).toBe(-22n);
      expect(ask(bench, 'perf_prog_read_value', 0, at, 24)).toBe(-22n);
      expect(ask(bench, 'read_branch_records', 0, at, 24, 0)).toBe(-2n);
      expect(ask(bench, 'get_branch_snapshot', at, 24, 0)).toBe(-2n);
      expect(new Set(bench.world.missed)).toEqual(new Set(['hardware counter', 'branch records']));
    });
  });
});
