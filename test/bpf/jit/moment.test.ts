import { describe, expect, it } from 'vitest';
import { prepareCode } from '../../../electron/bpf/vm/code.ts';
import { Machine } from '../../../electron/bpf/vm/machine.ts';
import { alu64, call, exit, mov64 } from '../vm/assembler.ts';
import { createBench, ENGINES, loadUnverified, StillWorld, type Slots } from '../vm/machine-fixture.ts';

const KTIME_GET_NS = 5;
const GET_SMP_PROCESSOR_ID = 8;
const GET_CURRENT_PID_TGID = 14;
const CLOCKS = [KTIME_GET_NS, 125, 160, 208];

class CountingWorld extends StillWorld {
  asked = 0;
  override timeNs(): bigint {
    this.asked += 1;
    return this.time;
  }
}

class MovingWorld extends StillWorld {
  override get standsStill(): boolean {
    return false;
  }
  override timeNs(): bigint {
    this.time += 1n;
    return this.time;
  }
}

/** Of both engines, which must agree: r0, and what was missing. */
function asked(helper: number, arrange: (world: StillWorld) => void) {
  const [interpreted, compiled] = ENGINES.map((engine) => {
    const { machine, world } = createBench(2, engine);
    const program = loadUnverified(machine, [call(helper), exit()]);
    expect(program.engine).toBe(engine);
    arrange(world);
    return { r0: program.run(0), missed: world.missed };
  });
  expect(compiled).toEqual(interpreted);
  return interpreted;
}

describe('the moment in compiled code', () => {
  it.each(CLOCKS)('is the time of the event by helper %d, all 64 bits of it', (helper) => {
    for (const time of [0n, 1_700_000_000_123_456_789n, (1n << 64n) - 1n]) {
      expect(asked(helper, (world) => (world.time = time))?.r0).toBe(time);
    }
  });

  it('is the CPU, the thread and the process of the event', () => {
    expect(asked(GET_SMP_PROCESSOR_ID, (world) => (world.currentCpu = 1))?.r0).toBe(1n);
    const ids = asked(GET_CURRENT_PID_TGID, (world) => {
      world.currentTid = 0x7fff_ffff;
      world.currentTgid = 7;
    });
    expect(ids).toEqual({ r0: 0x0000_0007_7fff_ffffn, missed: [] });
  });

  it('is counted as missing where thread or process is not known, as often as it is asked for', () => {
    const noTid = asked(GET_CURRENT_PID_TGID, (world) => (world.currentTid = -1));
    expect(noTid).toEqual({ r0: 0x0000_0028_ffff_ffffn, missed: ['tid'] });
    const noTgid = asked(GET_CURRENT_PID_TGID, (world) => (world.currentTgid = -1));
    expect(noTgid).toEqual({ r0: 0xffff_ffff_0000_002an, missed: ['tgid'] });
    const { machine, world } = createBench(1, 'jit');
    world.currentTgid = -1;
    loadUnverified(machine, [call(KTIME_GET_NS), exit()]).run(0);
    expect(world.missed).toEqual([]);
  });

  it('is asked for once a run, and anew by each', () => {
    const world = new CountingWorld();
    const machine = new Machine({ cpuCount: 1, world });
    const program = loadUnverified(machine, [
      call(KTIME_GET_NS),
      mov64(6, 0),
      call(KTIME_GET_NS),
      alu64('add', 0, 6),
      exit(),
    ]);
    expect(program.run(0)).toBe(2000n);
    world.time = 5n;
    expect(program.run(0)).toBe(10n);
    expect(world.asked).toBe(2);
  });

  it('is asked for at every call where the world moves on while a program runs', () => {
    const twice: Slots = [call(KTIME_GET_NS), mov64(6, 0), call(KTIME_GET_NS), alu64('sub', 0, 6), exit()];
    for (const engine of ENGINES) {
      const machine = new Machine({ cpuCount: 1, world: new MovingWorld(), engine });
      expect(machine.loadCode(prepareCode('test', twice.flat(), [])).run(0)).toBe(1n);
    }
  });
});
