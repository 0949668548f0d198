import { describe, expect, it } from 'vitest';
import type { LoadedProgram } from '../../../electron/bpf/vm/machine.ts';
import { alu64, call, callLocal, exit, gotol, imm, ja, jump, lddw, load, mov64, store } from './assembler.ts';
import { createBench, ENGINES, loadUnverified, mapDefinition, type Slots } from './machine-fixture.ts';

const TAIL_CALL = 12;
const key = (index: number) => Uint8Array.of(index, 0, 0, 0);
/** r1 must hold the context. */
const jumpTo = (index: number): Slots => [lddw(2, 0n, 1), mov64(3, imm(index)), call(TAIL_CALL)];

/** As many calls inside each other, the innermost giving `result`. */
function nested(calls: number, result: number): Slots {
  return [...Array.from({ length: calls }, () => [callLocal(1), exit()]), mov64(0, imm(result)), exit()];
}

/** `calls` calls inside each other, and in the innermost a tail call to `index`; 5 where there is none. */
function nestedJump(calls: number, index: number): Slots {
  return [
    ...Array.from({ length: calls }, () => [callLocal(1), exit()]),
    ...jumpTo(index),
    mov64(0, imm(5)),
    exit(),
  ];
}

/** Behind a loop with two ways in and more blocks than V8's tables take: runs interpreted on either engine. */
const BLOCKS = 66_000;
function tooLarge(body: Slots): Slots {
  const filling = Array.from({ length: BLOCKS }, () => [jump('jeq', 7, imm(1), 1), ja(0)]).flat();
  return [
    mov64(7, imm(0)),
    jump('jeq', 7, imm(0), 1),
    mov64(8, imm(0)),
    mov64(8, imm(1)),
    jump('jeq', 7, imm(9), -2),
    jump('jeq', 7, imm(9), -4),
    jump('jeq', 7, imm(8), 1),
    gotol(filling.length),
    ...filling,
    ...body,
  ];
}

/** Loads programs into one machine, which reach each other by their place. */
function family(engine: 'interpreter' | 'jit', programs: readonly Slots[]): readonly LoadedProgram[] {
  const { machine } = createBench(1, engine);
  const map = machine.addMap(
    mapDefinition({ type: 'prog_array', valueSizeBytes: 4, maxEntries: programs.length }),
  );
  const loaded = programs.map((slots) => loadUnverified(machine, slots, [map]));
  loaded.forEach(({ id }, index) => map.set(key(index), key(id)));
  return loaded;
}

describe.each(ENGINES)('a tail call by the %s', (engine) => {
  it('to a program that nests eight frames finds room for them, from any depth', () => {
    for (const depth of [0, 3, 7]) {
      const [low, from, high] = family(engine, [nested(7, 41), nestedJump(depth, 0), nested(7, 42)]);
      const other = family(engine, [nestedJump(depth, 1), nested(7, 43)])[0];
      expect(low?.run(0)).toBe(41n);
      expect(from?.run(0)).toBe(41n);
      expect(high?.run(0)).toBe(42n);
      expect(other?.run(0)).toBe(43n);
    }
  });

  it('leaves the stacks of the functions below it alone', () => {
    const keeping: Slots = [
      mov64(6, 1),
      store('dw', 10, -8, imm(1000)),
      callLocal(4),
      load('dw', 1, 10, -8),
      alu64('add', 0, 1),
      exit(),
      ja(0),
      mov64(1, 6),
      ...jumpTo(1),
      mov64(0, imm(5)),
      exit(),
    ];
    const writing: Slots = [
      store('dw', 10, -8, imm(1)),
      store('dw', 10, -512, imm(1)),
      callLocal(1),
      exit(),
      store('dw', 10, -8, imm(2)),
      mov64(0, imm(20)),
      exit(),
    ];
    expect(family(engine, [keeping, writing])[0]?.run(0)).toBe(1020n);
  });

  it('to itself from a function, comes back through all of them', () => {
    const { machine } = createBench(1, engine);
    const map = machine.addMap(mapDefinition({ type: 'prog_array', valueSizeBytes: 4, maxEntries: 1 }));
    // Main calls a function, which tail calls main: 33 times, then r0 = 0; every main adds 1.
    const slots: Slots = [
      store('dw', 10, -8, imm(1)),
      callLocal(3),
      load('dw', 1, 10, -8),
      alu64('add', 0, 1),
      exit(),
      ...jumpTo(0),
      mov64(0, imm(0)),
      exit(),
    ];
    const self = loadUnverified(machine, slots, [map]);
    map.set(key(0), key(self.id));
    expect(self.run(0)).toBe(34n);
    expect(self.run(0)).toBe(34n);
  });
});

describe('a tail call between engines', () => {
  const countIn = (next: number): Slots => [
    load('dw', 0, 1, 0),
    alu64('add', 0, imm(1)),
    store('dw', 1, 0, 0),
    ...jumpTo(next),
    load('dw', 0, 1, 0),
    exit(),
  ];

  it('goes both ways, and counts 33 of them in all', () => {
    const { machine } = createBench(1, 'jit');
    const map = machine.addMap(mapDefinition({ type: 'prog_array', valueSizeBytes: 4, maxEntries: 2 }));
    const compiled = loadUnverified(machine, countIn(1), [map]);
    const interpreted = loadUnverified(machine, tooLarge(countIn(0)), [map]);
    expect([compiled.engine, interpreted.engine]).toEqual(['jit', 'interpreter']);
    map.set(key(0), key(compiled.id));
    map.set(key(1), key(interpreted.id));
    for (const program of [compiled, interpreted]) {
      const counter = machine.memory.allocate(8);
      expect(program.run(counter)).toBe(34n);
    }
  });

  it('keeps the frames below where the interpreted program nests its own', () => {
    const { machine } = createBench(1, 'jit');
    const map = machine.addMap(mapDefinition({ type: 'prog_array', valueSizeBytes: 4, maxEntries: 2 }));
    const below: Slots = [
      store('dw', 10, -8, imm(1000)),
      callLocal(3),
      load('dw', 1, 10, -8),
      alu64('add', 0, 1),
      exit(),
      ...jumpTo(1),
      mov64(0, imm(5)),
      exit(),
    ];
    const compiled = loadUnverified(machine, below, [map]);
    const above = [store('dw', 10, -8, imm(3)), store('dw', 10, -512, imm(3)), ...nested(7, 42)];
    const interpreted = loadUnverified(machine, tooLarge(above), [map]);
    expect(interpreted.engine).toBe('interpreter');
    map.set(key(1), key(interpreted.id));
    expect(compiled.run(0)).toBe(1042n);
    expect(compiled.run(0)).toBe(1042n);
  });
});
