import { describe, expect, it } from 'vitest';
import { prepareCode } from '../../../electron/bpf/vm/code.ts';
import { alu64, atomic, call, callLocal, exit, imm, lddw, load, mov64, store } from './assembler.ts';
import { createBench, ENGINES, loadUnverified, mapDefinition, type Slots } from './machine-fixture.ts';

const LOOP = 181;
const TAIL_CALL = 12;
const NINES = imm(0x0909_0909);

function stackBytes(slots: Slots, verifiedBytes?: number): readonly number[] {
  return [...prepareCode('test', slots.flat(), [], { stackBytes: verifiedBytes }).stackBytes];
}

describe('the stack a function can touch', () => {
  it('is none where the frame pointer is not used', () => {
    expect(stackBytes([load('w', 0, 1, -4), exit()])[0]).toBe(0);
  });

  it('reaches to the lowest load or store relative to the frame pointer, in each function', () => {
    const slots = [
      store('w', 10, -4, 1),
      callLocal(2),
      load('b', 0, 10, -17),
      exit(),
      store('dw', 10, -64, imm(0)),
      exit(),
    ];
    expect(stackBytes(slots)).toEqual([24, 0, 0, 0, 64, 0]);
  });

  it.each([
    ['copied', mov64(2, 10)],
    ['stored', store('dw', 1, 0, 10)],
    ['read by a load-acquire', atomic('dw', 0x100, 1, -8, 10)],
  ] as const)('is what the verifier found where the frame pointer is %s', (_how, instruction) => {
    expect(stackBytes([instruction, exit()], 40)[0]).toBe(40);
    expect(stackBytes([instruction, exit()])[0]).toBe(512);
  });
});

describe.each(ENGINES)('a program that reads stack it never wrote, on the %s', (engine) => {
  /** Gives r0 of two runs, of which each leaves nines behind. */
  function twice(slots: Slots): readonly bigint[] {
    const program = loadUnverified(createBench(2, engine).machine, slots);
    expect(program.engine).toBe(engine);
    return [program.run(0), program.run(0)];
  }

  it('reads zero, whatever the run before left there', () => {
    expect(twice([load('dw', 0, 10, -8), store('w', 10, -8, NINES), exit()])).toEqual([0n, 0n]);
  });

  it('reads zero through a copy of the frame pointer, at the far end of the frame too', () => {
    const slots = [
      mov64(2, 10),
      alu64('add', 2, imm(-512)),
      load('dw', 0, 2, 0),
      store('w', 2, 0, NINES),
      exit(),
    ];
    expect(twice(slots)).toEqual([0n, 0n]);
  });

  it('reads zero in a function that is called a second time', () => {
    const slots = [
      callLocal(3),
      callLocal(2),
      alu64('and', 0, imm(-1)),
      exit(),
      load('dw', 0, 10, -8),
      store('w', 10, -8, NINES),
      exit(),
    ];
    expect(twice(slots)).toEqual([0n, 0n]);
  });

  it('reads zero in a callback of bpf_loop() at every round', () => {
    // The callback ends the loop with 1 once it reads anything but zero: rounds done are counted.
    const slots = [
      mov64(1, imm(5)),
      lddw(2, 5n, 4),
      mov64(3, imm(0)),
      mov64(4, imm(0)),
      call(LOOP),
      exit(),
      exit(),
      exit(),
      load('dw', 0, 10, -8),
      store('w', 10, -8, imm(1)),
      exit(),
    ];
    expect(twice(slots)).toEqual([5n, 5n]);
  });

  it('reads zero after a tail call from a program that used the same frame', () => {
    const { machine } = createBench(2, engine);
    const programs = machine.addMap(mapDefinition({ type: 'prog_array', valueSizeBytes: 4, maxEntries: 1 }));
    const called = loadUnverified(machine, [load('dw', 0, 10, -8), exit()]);
    const caller = loadUnverified(
      machine,
      [
        store('dw', 10, -8, NINES),
        lddw(2, 0n, 1),
        mov64(3, imm(0)),
        call(TAIL_CALL),
        mov64(0, imm(1)),
        exit(),
      ],
      [programs],
    );
    programs.set(new Uint8Array(4), new Uint8Array(Uint32Array.of(called.id).buffer));
    expect(caller.run(0)).toBe(0n);
  });
});
