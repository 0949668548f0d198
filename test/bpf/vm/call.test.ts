import { describe, expect, it } from 'vitest';
import { alu64, call, callLocal, exit, imm, ja, lddw, load, mov64, store } from './assembler.ts';
import {
  createBench,
  ENGINES,
  interpretOnce,
  loadUnverified,
  mapDefinition,
  runOnce,
  type Slots,
} from './machine-fixture.ts';

const LOOP = 181;
const TAIL_CALL = 12;
const FOR_EACH = 164;
const MAP_DELETE = 3;

describe('functions of a program', () => {
  it('get r1 to r5, give r0, and keep r6 to r9 of their caller', () => {
    const program: Slots = [
      mov64(6, imm(100)),
      mov64(1, imm(3)),
      mov64(2, imm(4)),
      callLocal(2),
      alu64('add', 0, 6),
      exit(),
      mov64(6, imm(9)),
      mov64(0, 1),
      alu64('mul', 0, 2),
      exit(),
    ];
    expect(runOnce(program)).toBe(112n);
  });

  it('have a stack of 512 bytes each, below none of which another writes', () => {
    const program: Slots = [
      store('dw', 10, -512, imm(5)),
      mov64(1, 10),
      callLocal(2),
      load('dw', 0, 10, -512),
      exit(),
      store('dw', 10, -8, imm(9)),
      store('dw', 10, -512, imm(9)),
      mov64(0, imm(0)),
      exit(),
    ];
    expect(runOnce(program)).toBe(5n);
  });

  it.each(ENGINES)('nest eight frames deep and no deeper by the %s', (engine) => {
    const nested = (calls: number): Slots => [
      ...Array.from({ length: calls }, () => [callLocal(1), exit()]),
      mov64(0, imm(7)),
      exit(),
    ];
    const run = (calls: number) => loadUnverified(createBench(2, engine).machine, nested(calls)).run(0);
    expect(run(7)).toBe(7n);
    expect(() => run(8)).toThrow(expect.objectContaining({ code: 'call-depth' }));
  });
});

describe('bpf_loop', () => {
  /** r0 of bpf_loop(), or how often the callback ran. */
  function runLoop(rounds: number, answer: number, shown: 'result' | 'count'): bigint {
    const before: Slots = [store('dw', 10, -8, imm(0)), mov64(1, imm(rounds))];
    const after: Slots = [
      mov64(3, 10),
      alu64('add', 3, imm(-8)),
      mov64(4, imm(0)),
      call(LOOP),
      shown === 'result' ? ja(0) : load('dw', 0, 10, -8),
      exit(),
    ];
    const callback: Slots = [
      load('dw', 1, 2, 0),
      alu64('add', 1, imm(1)),
      store('dw', 2, 0, 1),
      mov64(0, imm(answer)),
      exit(),
    ];
    // The distance counts from the second slot of the 64-bit immediate.
    return runOnce([...before, lddw(2, BigInt(after.length + 1), 4), ...after, ...callback]);
  }

  it('calls back for every round', () => {
    expect(runLoop(1000, 0, 'result')).toBe(1000n);
    expect(runLoop(1000, 0, 'count')).toBe(1000n);
  });

  it('ends when the callback answers 1, and counts that round', () => {
    expect(runLoop(1000, 1, 'result')).toBe(1n);
    expect(runLoop(1000, 1, 'count')).toBe(1n);
  });

  it('refuses more than 8 Mi rounds with E2BIG', () => {
    expect(runLoop(8 * 1024 * 1024 + 1, 0, 'result')).toBe(BigInt.asUintN(64, -7n));
  });
});

describe.each(ENGINES)('bpf_for_each_map_elem by the %s', (engine) => {
  it('gives every element once, even where the callback deletes it', () => {
    const { machine } = createBench(2, engine);
    const map = machine.addMap(mapDefinition({ type: 'hash', maxEntries: 16 }));
    for (const key of [3, 1, 2]) {
      map.set(Uint8Array.of(key, 0, 0, 0), Uint8Array.of(key * 10, 0, 0, 0, 0, 0, 0, 0));
    }
    const program = loadUnverified(
      machine,
      [
        store('dw', 10, -8, imm(0)),
        lddw(1, 0n, 1),
        lddw(2, 7n, 4),
        mov64(3, 10),
        alu64('add', 3, imm(-8)),
        mov64(4, imm(0)),
        call(FOR_EACH),
        load('dw', 0, 10, -8),
        exit(),
        // The callback: *r4 += *r3, then delete the key.
        load('dw', 5, 3, 0),
        load('dw', 0, 4, 0),
        alu64('add', 0, 5),
        store('dw', 4, 0, 0),
        call(MAP_DELETE),
        mov64(0, imm(0)),
        exit(),
      ],
      [map],
    );
    expect(program.run(0)).toBe(60n);
    expect([...map.entries()]).toEqual([]);
  });
});

describe.each(ENGINES)('bpf_tail_call by the %s', (engine) => {
  function loadPair() {
    const { machine } = createBench(2, engine);
    const map = machine.addMap(mapDefinition({ type: 'prog_array', valueSizeBytes: 4, maxEntries: 2 }));
    const jumpTo = (index: number): Slots => [lddw(2, 0n, 1), mov64(3, imm(index)), call(TAIL_CALL)];
    return { machine, map, jumpTo };
  }
  const key = (index: number) => Uint8Array.of(index, 0, 0, 0);

  it('goes on in the other program, and never comes back', () => {
    const { machine, map, jumpTo } = loadPair();
    const other = loadUnverified(machine, [mov64(0, imm(77)), exit()]);
    const first = loadUnverified(machine, [...jumpTo(1), mov64(0, imm(5)), exit()], [map]);
    expect(first.run(0)).toBe(5n);
    expect(map.set(key(1), key(other.id))).toBe(0);
    expect(first.run(0)).toBe(77n);
  });

  it('called from a function of the program, replaces that function alone', () => {
    const { machine, map, jumpTo } = loadPair();
    const other = loadUnverified(machine, [mov64(0, imm(70)), exit()]);
    const first = loadUnverified(
      machine,
      [callLocal(2), alu64('add', 0, imm(1)), exit(), ...jumpTo(1), mov64(0, imm(5)), exit()],
      [map],
    );
    map.set(key(1), key(other.id));
    expect(first.run(0)).toBe(71n);
  });

  it('falls through after 33 of them', () => {
    const { machine, map, jumpTo } = loadPair();
    const counter = machine.memory.allocate(8);
    const self = loadUnverified(
      machine,
      [
        load('dw', 0, 1, 0),
        alu64('add', 0, imm(1)),
        store('dw', 1, 0, 0),
        ...jumpTo(0),
        load('dw', 0, 1, 0),
        exit(),
      ],
      [map],
    );
    map.set(key(0), key(self.id));
    expect(self.run(counter)).toBe(34n);
  });
});

describe('loading', () => {
  it.each([
    ['a helper that Linux does not have', [call(9999), exit()], 'instruction 0'],
    ['a jump out of the program', [mov64(0, imm(0)), ja(5), exit()], 'instruction 1'],
    ['a map that is not there', [lddw(1, 3n, 1), exit()], 'instruction 0'],
    ['half of a 64-bit immediate', [mov64(0, imm(0)), lddw(1, 3n).slice(0, 1)], 'instruction 1'],
  ] as const)('refuses %s, naming the instruction', (_what, slots, at) => {
    expect(() => interpretOnce(slots)).toThrow(
      expect.objectContaining({ code: 'bad-instruction', place: { file: 'test', at } }),
    );
  });

  it('stops at BPF_LD_ABS where r6 is no context of a packet', () => {
    expect(() => interpretOnce([{ opcode: 0x20, dst: 0, src: 0, offset: 0, imm: 4 }, exit()])).toThrow(
      /BPF_LD_ABS/,
    );
  });
});
