/**
 * What compiling a program takes, step by step, and its first run, in which V8 compiles the module. Run
 * as a program with a number of instructions, it prints the rows of one round as JSON.
 */
import { spawnSync } from 'node:child_process';
import { CompiledProgram, frameMaxOf } from '../../electron/bpf/jit/compile.ts';
import { buildModule } from '../../electron/bpf/jit/module.ts';
import { Moment } from '../../electron/bpf/jit/moment.ts';
import type { Instruction } from '../../electron/bpf/program.ts';
import { prepareCode } from '../../electron/bpf/vm/code.ts';
import { STACK_BYTES } from '../../electron/bpf/vm/interpreter.ts';
import { alu64, exit, imm, jump, load, mov64, store } from '../bpf/vm/assembler.ts';
import { createBench } from '../bpf/vm/machine-fixture.ts';

const CONTEXT_BYTES = 256;

export interface CompileRow {
  readonly step: string;
  /** A number a round. */
  readonly millis: readonly number[];
}

/** Every round compiles another program of `slots` instructions: V8 remembers a module it has compiled. */
export function compileRows(slots: number, rounds: number): readonly CompileRow[] {
  const { machine } = createBench(1, 'jit');
  const context = machine.memory.allocate(CONTEXT_BYTES);
  const moment = new Moment(machine.momentCells, machine.memory, machine.world);
  const surroundings = { moment, mapAt: () => undefined, memoryEnd: 0 };
  const names = ['resolved', 'translated', 'loaded as WebAssembly', 'all of these', 'first run'];
  const taken = Array.from({ length: rounds }, (_, round) => {
    const instructions = large(slots, round);
    const stack = machine.memory.allocate(STACK_BYTES, 16);
    const start = performance.now();
    const code = prepareCode('large', instructions, []);
    const prepared = performance.now();
    const module = buildModule(code, frameMaxOf(stack), surroundings);
    const built = performance.now();
    if (module === undefined) throw new Error('the JIT did not translate it');
    const program = new CompiledProgram(module, code, stack, machine, moment);
    const loaded = performance.now();
    program.run(context);
    const run = performance.now();
    return [prepared - start, built - prepared, loaded - built, loaded - start, run - loaded];
  });
  return names.map((step, index) => ({ step, millis: taken.map((times) => times[index] as number) }));
}

/** The first program that each of some new processes compiles, before V8 has optimised anything. */
export function coldCompileRows(slots: number, processes: number): readonly CompileRow[] {
  const answers = Array.from({ length: processes }, () => {
    const run = spawnSync(process.execPath, [import.meta.filename, String(slots)], { encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`no answer from the new process: ${run.stderr}`);
    return JSON.parse(run.stdout) as readonly CompileRow[];
  });
  return (answers[0] ?? []).map(({ step }, index) => ({
    step,
    millis: answers.map((rows) => rows[index]?.millis[0] as number),
  }));
}

/** Arithmetic, stack and a branch for every eight instructions, as compilers write them. */
function large(count: number, seed: number): readonly Instruction[] {
  const slots: Instruction[] = [mov64(6, 1), mov64(0, imm(seed))];
  for (let index = 0; slots.length + 9 <= count; index += 1) {
    slots.push(
      load('dw', 7, 6, 8 * (index % 16)),
      alu64('add', 7, imm(index)),
      store('dw', 10, -8 * (1 + (index % 32)), 7),
      jump('jgt', 7, imm(index), 2),
      alu64('xor', 0, 7),
      alu64('lsh', 0, imm(index % 5)),
      load('w', 8, 10, -8 * (1 + (index % 32))),
      alu64('sub', 0, 8),
    );
  }
  while (slots.length < count - 1) slots.push(alu64('add', 0, imm(1)));
  return [...slots, exit()];
}

if (import.meta.main) console.log(JSON.stringify(compileRows(Number(process.argv[2]), 1)));
