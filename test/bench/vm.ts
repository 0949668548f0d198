/**
 * `npm run bench:vm`: nanoseconds an instruction, interpreted, compiled, and by the kernel's own JIT
 * on the same bytecode; how long compiling takes; and verification beside the kernel's.
 */
import { compileProgram } from '../../electron/bpf/jit/compile.ts';
import { prepareCode } from '../../electron/bpf/vm/code.ts';
import { STACK_BYTES } from '../../electron/bpf/vm/interpreter.ts';
import type { Instruction } from '../../electron/bpf/program.ts';
import { alu64, exit, imm, jump, load, mov64, store } from '../bpf/vm/assembler.ts';
import { createBench } from '../bpf/vm/machine-fixture.ts';
import { startOracle } from '../oracle/oracle.ts';
import { loops } from './loops.ts';
import { measure } from './measure.ts';
import { machineLine, median, shown, table } from './table.ts';

const ROUNDS = 7;
const COMPILED_INSTRUCTIONS = 4096;
const COMPILE_ROUNDS = 31;

console.log(`${machineLine()}\n`);
const oracle = await startOracle();
if ('unavailable' in oracle) console.log(`No column for the kernel: ${oracle.unavailable}\n`);
await printLoops();
printCompileTime();
await printVerifier();
if (!('unavailable' in oracle)) oracle.stop();

async function printLoops(): Promise<void> {
  const rows: string[][] = [];
  for (const loop of loops) {
    const peer = 'unavailable' in oracle ? undefined : oracle;
    const times = await measure(loop, peer, { rounds: ROUNDS, runsInChunk: 10 });
    rows.push([
      loop.name,
      shown(times.interpreter / loop.executed, 2),
      shown(times.jit / loop.executed, 3),
      shown(times.kernel === undefined ? undefined : times.kernel / loop.executed, 3),
      shown(times.kernel === undefined ? undefined : times.jit / times.kernel, 2),
    ]);
  }
  console.log(`ns an instruction, median of ${ROUNDS} rounds`);
  console.log(`${table(['loop', 'interpreter', 'JIT', 'kernel', 'JIT/kernel'], rows)}\n`);
}

function printCompileTime(): void {
  const { machine } = createBench(1, 'jit');
  const context = machine.memory.allocate(256);
  const compiling: number[] = [];
  const running: number[] = [];
  for (let round = 0; round < COMPILE_ROUNDS; round += 1) {
    const stack = machine.memory.allocate(STACK_BYTES, 16);
    const instructions = large(round);
    const start = process.hrtime.bigint();
    const program = compileProgram(prepareCode('large', instructions, []), stack, machine);
    const compiled = process.hrtime.bigint();
    if (program === undefined) throw new Error('the JIT did not translate it');
    program.run(context);
    running.push(Number(process.hrtime.bigint() - compiled) / 1e6);
    compiling.push(Number(compiled - start) / 1e6);
  }
  console.log(`ms for a program of ${COMPILED_INSTRUCTIONS} instructions, ${COMPILE_ROUNDS} rounds`);
  const row = (name: string, times: readonly number[]): string[] => [
    name,
    shown(times[0], 2),
    shown(median(times), 2),
    shown(Math.max(...times.slice(1)), 2),
  ];
  const rows = [row('loaded as WebAssembly', compiling), row('first run, in which V8 compiles it', running)];
  console.log(`${table(['', 'first', 'median', 'slowest after it'], rows)}\n`);
}

/**
 * Arithmetic, stack and a branch for every eight instructions, as compilers write them. Another program
 * for every seed: V8 remembers a module it has compiled.
 */
function large(seed: number): readonly Instruction[] {
  const slots: Instruction[] = [mov64(6, 1), mov64(0, imm(seed))];
  for (let index = 0; slots.length + 9 <= COMPILED_INSTRUCTIONS; index += 1) {
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
  while (slots.length < COMPILED_INSTRUCTIONS - 1) slots.push(alu64('add', 0, imm(1)));
  return [...slots, exit()];
}

async function printVerifier(): Promise<void> {
  const { verifierRows } = await import('./verifier-bench.ts');
  const rows = (await verifierRows()).map((row) => [
    row.name,
    String(row.processed),
    String(row.kernelProcessed ?? '-'),
    shown(row.micros, 2),
    shown(row.kernelMicros, 2),
  ]);
  console.log('verification, µs an instruction processed');
  console.log(table(['program', 'processed', 'by the kernel', 'here', 'kernel'], rows));
}
