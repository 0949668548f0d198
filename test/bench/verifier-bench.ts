/**
 * Verification time an instruction processed, beside the kernel's own (its log's "verification time")
 * on the same programs. Run by itself it prints a table; `verifierRows()` gives the rows to whoever
 * prints a larger one.
 */
import type { Instruction, MapDefinition } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { startOracle, type Oracle } from '../oracle/oracle.ts';

export interface Row {
  readonly name: string;
  /** Instructions processed, here and by the kernel. */
  readonly processed: number;
  readonly kernelProcessed: number | undefined;
  /** Microseconds an instruction processed: the median of the rounds, and the kernel's. */
  readonly micros: number;
  readonly kernelMicros: number | undefined;
}

const ROUNDS = 7;
/** Short programs are verified more often: a round of theirs is soon disturbed. */
const SHORT_ROUNDS = 41;
/** Until V8 has compiled what is hot: what a program costs before then is a row of its own. */
const WARM_UP_MS = 500;
const SHORT_SLOTS = 2000;

const hash = asm.mapOf('hash', 8, 48, 16);
const maps: readonly MapDefinition[] = [hash];
const end = [asm.mov64(0, 0), asm.exit];
const times = (count: number, make: (index: number) => Instruction[]): Instruction[] =>
  Array.from({ length: count }, (_, index) => make(index)).flat();

/** Arithmetic on numbers nobody knows, put away and taken back. */
const arithmetic = [
  asm.alu64('add', 6, r(7)),
  asm.alu64('and', 6, 0xffff),
  asm.alu32('mul', 7, 3),
  asm.alu64('xor', 7, r(6)),
  asm.alu64('rsh', 7, 3),
  asm.store(8, 10, -8, 6),
  asm.load(8, 6, 10, -8),
  asm.alu64('or', 6, 1),
];
const unknown = [asm.call(7), asm.mov64(6, r(0)), asm.call(7), asm.mov64(7, r(0))];
const look = [
  asm.store(8, 10, -16, 6),
  asm.loadMap(1, 0),
  asm.mov64(2, r(10)),
  asm.alu64('add', 2, -16),
  asm.call(1),
  asm.jump64('jeq', 0, 0, 2),
  asm.load(8, 1, 0, 8),
  asm.store(8, 0, 16, 1),
].flat();

interface Case {
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

function straight(processed: number): Case {
  const code = [...unknown, ...times(Math.floor(processed / arithmetic.length), () => arithmetic), ...end];
  return { name: `straight line, ${processed}`, instructions: code };
}

function branches(processed: number): Case {
  const diamond = [asm.jump64('jsgt', 6, 7, 1), asm.alu64('add', 7, 1), ...arithmetic.slice(0, 4)];
  return {
    name: `branches, ${processed}`,
    instructions: [...unknown, ...times(Math.floor(processed / 11), () => diamond), ...end],
  };
}

function circles(processed: number): Case {
  const body = [...arithmetic, asm.alu64('add', 8, 1)];
  const rounds = Math.floor(processed / (body.length + 1));
  return {
    name: `a loop's rounds, ${processed}`,
    instructions: [
      ...unknown,
      asm.mov64(8, 0),
      ...body,
      asm.jump64('jlt', 8, rounds, -(body.length + 1)),
      ...end,
    ],
  };
}

function lookups(processed: number): Case {
  return {
    name: `map lookups, ${processed}`,
    instructions: [...unknown, ...times(Math.floor(processed / 12), () => look), ...end],
  };
}

const cases: readonly Case[] = [
  straight(100),
  straight(1000),
  straight(10_000),
  straight(60_000),
  branches(1000),
  branches(10_000),
  circles(100),
  circles(1000),
  circles(10_000),
  circles(100_000),
  lookups(1000),
  lookups(10_000),
];

/** One row a program. */
export async function verifierRows(): Promise<Row[]> {
  const oracle = await startOracle();
  const rows: Row[] = [firstRow(straight(100))];
  warmUp();
  for (const each of cases) rows.push(await measure(each, 'unavailable' in oracle ? undefined : oracle));
  if (!('unavailable' in oracle)) oracle.stop();
  return rows;
}

/** The first verification of a process: nothing is compiled yet. */
function firstRow({ name, instructions }: Case): Row {
  const { processed, micros } = verifyOnce(instructions);
  const unknown = { kernelProcessed: undefined, kernelMicros: undefined };
  return { name: `${name}, first in the process`, processed, micros, ...unknown };
}

function warmUp(): void {
  const until = performance.now() + WARM_UP_MS;
  while (performance.now() < until)
    for (const { instructions } of cases) if (instructions.length < SHORT_SLOTS) verifyOnce(instructions);
}

function verifyOnce(instructions: readonly Instruction[]): { processed: number; micros: number } {
  const program = asm.programOf([instructions]);
  const startedAt = performance.now();
  const verdict = verifyProgram(program, maps, { license: 'GPL' });
  const elapsedUs = 1000 * (performance.now() - startedAt);
  if (verdict.verdict === 'rejected') throw new Error(verdict.reason.text);
  return { processed: verdict.processed, micros: elapsedUs / verdict.processed };
}

async function measure({ name, instructions }: Case, oracle: Oracle | undefined): Promise<Row> {
  const count = instructions.length < SHORT_SLOTS ? SHORT_ROUNDS : ROUNDS;
  const rounds = Array.from({ length: count }, () => verifyOnce(instructions));
  const processed = rounds[0]?.processed ?? 0;
  const micros = median(rounds.map((round) => round.micros));
  const kernel = oracle === undefined ? undefined : await kernelTime(oracle, instructions);
  return {
    name,
    processed,
    kernelProcessed: kernel?.processed,
    micros,
    kernelMicros: kernel?.micros,
  };
}

async function kernelTime(
  oracle: Oracle,
  instructions: readonly Instruction[],
): Promise<{ processed: number; micros: number } | undefined> {
  const rounds: number[] = [];
  let processed = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const { log, isAccepted } = await oracle.ask({
      type: 'socket_filter',
      license: 'GPL',
      instructions,
      maps,
      logLevel: 4,
    });
    const usec = /verification time (\d+) usec/.exec(log)?.[1];
    processed = Number(/processed (\d+) insns/.exec(log)?.[1]);
    if (!isAccepted || usec === undefined) return undefined;
    rounds.push(Number(usec) / processed);
  }
  return { processed, micros: median(rounds) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Lines for people. */
export function renderVerifierRows(rows: readonly Row[]): string {
  const cell = (value: number | undefined): string =>
    (value === undefined ? '-' : value.toFixed(2)).padStart(8);
  return [
    `${'verifier, us an instruction processed'.padEnd(38)}processed   median   kernel (processed)`,
    ...rows.map(
      (row) =>
        `${row.name.padEnd(38)}${String(row.processed).padStart(9)} ${cell(row.micros)} ${cell(row.kernelMicros)} (${row.kernelProcessed ?? '-'})`,
    ),
  ].join('\n');
}

if (import.meta.main) console.log(renderVerifierRows(await verifierRows()));
