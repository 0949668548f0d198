import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prepareCode } from '../../../electron/bpf/vm/code.ts';
import type { Machine } from '../../../electron/bpf/vm/machine.ts';
import { Stepper, type ProgramState } from '../../../electron/bpf/vm/stepper.ts';
import {
  alu64,
  call,
  callLocal,
  exit,
  imm,
  ja,
  jump,
  lddw,
  load,
  mayGoto,
  mov64,
  store,
} from './assembler.ts';
import { anyProgram } from '../jit/any-program.ts';
import { createBench, loadUnverified, mapDefinition, type Slots } from './machine-fixture.ts';

const LOOP = 181;
const TAIL_CALL = 12;

/** All states of a program, the one before its first instruction included. */
function statesOf(stepper: Stepper, context = 0): readonly ProgramState[] {
  const states = [stepper.begin(context)];
  for (let state = states[0]; state !== undefined && !state.isDone; state = states.at(-1)) {
    states.push(stepper.step(state));
  }
  return states;
}

function stepperOf(machine: Machine, slots: Slots): Stepper {
  return new Stepper(machine, prepareCode('stepped', slots.flat(), []));
}

const running = (state: ProgramState | undefined) => state?.frames.at(-1);

const nested: Slots = [
  mov64(6, imm(5)),
  store('dw', 10, -8, imm(11)),
  callLocal(3),
  alu64('add', 0, 6),
  exit(),
  ja(0),
  mov64(6, imm(7)),
  store('dw', 10, -8, imm(13)),
  load('dw', 0, 10, -8),
  exit(),
];

describe('stepping', () => {
  it('goes from state to state, an instruction a step', () => {
    const { machine } = createBench();
    const slots: Slots = [
      mov64(0, imm(1)),
      lddw(1, 5n),
      jump('jeq', 1, imm(5), 1),
      exit(),
      alu64('add', 0, 1),
      ja(-3),
    ];
    const states = statesOf(stepperOf(machine, slots), 7);
    expect(states.map((state) => running(state)?.pc)).toEqual([0, 1, 3, 5, 6, 4, 4]);
    expect(states.map(({ steps }) => steps)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(states[0]?.registers[1]).toBe(7n);
    expect(states.at(-1)?.registers[0]).toBe(6n);
    expect(states.at(-1)?.isDone).toBe(true);
  });

  it('shows every frame: what runs there, what it keeps, and its stack', () => {
    const { machine } = createBench();
    const states = statesOf(stepperOf(machine, nested));
    const inside = states.find((state) => state.frames.length === 2 && running(state)?.pc === 8);
    const [outer, inner] = inside?.frames ?? [];
    expect(outer?.pc).toBe(3);
    expect(outer?.kept[0]).toBe(5n);
    expect(inner?.kept[0]).toBe(7n);
    expect(inside?.registers[10]).toBe(BigInt((inner?.stackAddress ?? 0) + 512));
    expect(inner?.stackAddress).toBe((outer?.stackAddress ?? 0) + 512);
    expect([outer?.stack.at(-8), inner?.stack.at(-8)]).toEqual([11, 13]);
    expect(states.at(-1)?.registers[0]).toBe(18n);
  });

  it('leaves the states it came from as they were, and steps from any of them again', () => {
    const { machine } = createBench();
    const stepper = stepperOf(machine, nested);
    const states = statesOf(stepper);
    const copy = structuredClone(states.map(({ registers, steps }) => ({ registers, steps })));
    for (let index = states.length - 2; index >= 0; index -= 1) {
      expect(stepper.step(states[index] as ProgramState)).toEqual(states[index + 1]);
    }
    expect(states.map(({ registers, steps }) => ({ registers, steps }))).toEqual(copy);
  });

  it('comes to the result of a run, through any control flow', () => {
    const { machine } = createBench();
    fc.assert(
      fc.property(anyProgram(), (slots) => {
        const states = statesOf(stepperOf(machine, slots));
        expect(states.at(-1)?.registers[0]).toBe(loadUnverified(machine, slots).run(0));
      }),
      { numRuns: 30 },
    );
  });

  it('keeps the rounds that may_goto has left', () => {
    const { machine } = createBench();
    const slots: Slots = [mov64(0, imm(0)), mayGoto(2), alu64('add', 0, imm(1)), ja(-3), exit()];
    const stepper = stepperOf(machine, slots);
    let state = stepper.begin(0);
    for (let step = 0; step < 7; step += 1) state = stepper.step(state);
    const left = running(state)?.loopsLeft ?? 0;
    // As if all but two rounds had been used: it ends after two more.
    const frames = state.frames.map((frame) => ({ ...frame, loopsLeft: 2 }));
    state = { ...state, frames };
    while (!state.isDone) state = stepper.step(state);
    expect(left).toBe(8 * 1024 * 1024 - 2);
    expect(state.registers[0]).toBe(4n);
  });

  it('takes a helper with all its callbacks as one instruction', () => {
    const { machine } = createBench();
    const slots: Slots = [
      mov64(1, imm(10)),
      lddw(2, 5n, 4),
      mov64(3, imm(0)),
      mov64(4, imm(0)),
      call(LOOP),
      exit(),
      mov64(0, imm(0)),
      exit(),
    ];
    const states = statesOf(stepperOf(machine, slots));
    expect(states.map((state) => running(state)?.pc)).toEqual([0, 1, 3, 4, 5, 6, 6]);
    expect(states.at(-1)?.registers[0]).toBe(10n);
  });

  it('follows a tail call into the other program', () => {
    const { machine } = createBench();
    const map = machine.addMap(mapDefinition({ type: 'prog_array', valueSizeBytes: 4, maxEntries: 1 }));
    const other = loadUnverified(machine, [mov64(0, imm(77)), exit()]);
    map.set(new Uint8Array(4), Uint8Array.of(other.id, 0, 0, 0));
    const first = [lddw(2, 0n, 1), mov64(3, imm(0)), call(TAIL_CALL), mov64(0, imm(5)), exit()].flat();
    const states = statesOf(new Stepper(machine, prepareCode('first', first, [map])));
    expect(states.map((state) => running(state)?.code.name)).toEqual([
      'first',
      'first',
      'first',
      'test',
      'test',
      'test',
    ]);
    expect(states.at(-1)).toMatchObject({ tailCalls: 1, isDone: true });
    expect(states.at(-1)?.registers[0]).toBe(77n);
  });

  it('has no step behind the end', () => {
    const stepper = stepperOf(createBench().machine, [mov64(0, imm(0)), exit()]);
    const last = statesOf(stepper).at(-1);
    expect(() => stepper.step(last as ProgramState)).toThrow(/has ended/);
  });
});
