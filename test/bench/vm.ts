/**
 * `npm run bench:vm`: nanoseconds an instruction, interpreted, compiled, and by the kernel's own JIT
 * on the same bytecode; how long compiling takes; and verification beside the kernel's.
 */
import { startOracle } from '../oracle/oracle.ts';
import { coldCompileRows, compileRows } from './compile-bench.ts';
import { loops } from './loops.ts';
import { measure } from './measure.ts';
import { machineLine, median, shown, table } from './table.ts';

const ROUNDS = 7;
const COMPILED = [
  { slots: 4096, rounds: 36 },
  { slots: 100_000, rounds: 10 },
];
const WARM_UP = 5;
const COLD_PROCESSES = 9;

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
  for (const { slots, rounds } of COMPILED) {
    const cold = coldCompileRows(slots, COLD_PROCESSES);
    const rows = compileRows(slots, rounds).map(({ step, millis }, index) => {
      const first = cold[index]?.millis ?? [];
      return [
        step,
        shown(Math.min(...first), 2),
        shown(median(first), 2),
        shown(median(millis.slice(WARM_UP)), 2),
        shown(Math.max(...millis.slice(WARM_UP)), 2),
      ];
    });
    console.log(
      `ms to compile a program of ${slots} instructions: the first of ${COLD_PROCESSES} new processes, and after ${WARM_UP} others ${rounds - WARM_UP} more`,
    );
    console.log(`${table(['', 'first, least', 'median', 'warm, median', 'slowest'], rows)}\n`);
  }
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
