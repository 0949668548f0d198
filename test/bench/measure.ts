/** One program on both engines and in the kernel, timed in turns. */
import type { Instruction, MapDefinition } from '../../electron/bpf/program.ts';
import type { EngineName, LoadedProgram, Machine } from '../../electron/bpf/vm/machine.ts';
import type { Answer, Oracle } from '../oracle/oracle.ts';
import { createBench, loadUnverified } from '../bpf/vm/machine-fixture.ts';
import { PACKET_LENGTH } from './loops.ts';
import { median } from './table.ts';

export interface Subject {
  readonly instructions: readonly Instruction[];
  readonly maps: readonly MapDefinition[];
}

/** Nanoseconds of one run: the median of the rounds. */
export interface Times {
  readonly interpreter: number;
  readonly jit: number;
  readonly kernel: number | undefined;
}

export interface MeasureOptions {
  readonly rounds: number;
  /** Runs at a time; between them, `reset` empties what runs fill up. */
  readonly runsInChunk: number;
  readonly reset?: (machine: Machine) => void;
  /** Of the kernel in one round, where what runs fill up sets a limit. */
  readonly kernelRunsMax?: number;
}

/** Processor time of a round. */
const ROUND_MICROSECONDS = 40_000;
const WARM_UP_ROUNDS = 5;

/** Of the packet the programs get: what the kernel gives a socket filter. */
const PACKET_BYTES = 64;
/** Bytes of struct __sk_buff, of which programs here read the first word, len. */
const CONTEXT_BYTES = 192;

export async function measure(
  subject: Subject,
  oracle: Oracle | undefined,
  options: MeasureOptions,
): Promise<Times> {
  const interpreted = ready(subject, 'interpreter');
  const compiled = ready(subject, 'jit');
  if (compiled.program.engine !== 'jit') throw new Error('the JIT did not translate the program');
  agree('the interpreter', returned(interpreted), compiled);
  // V8 compiles twice: at once, and again, better, what has run for a while.
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) time(compiled, options);
  const kernelRuns = oracle === undefined ? 0 : await kernelRunsInRound(subject, oracle, options);
  const times: { interpreter: number[]; jit: number[]; kernel: number[] } = {
    interpreter: [],
    jit: [],
    kernel: [],
  };
  for (let round = 0; round < options.rounds; round += 1) {
    times.interpreter.push(time(interpreted, { ...options, runsInChunk: 1 }));
    times.jit.push(time(compiled, options));
    if (oracle === undefined) continue;
    const answer = await runInKernel(subject, oracle, kernelRuns);
    times.kernel.push(answer.durationNs);
    agree('the kernel', answer.returned, compiled);
  }
  return {
    interpreter: median(times.interpreter),
    jit: median(times.jit),
    kernel: oracle === undefined ? undefined : median(times.kernel),
  };
}

interface Ready {
  readonly machine: Machine;
  readonly program: LoadedProgram;
  readonly context: number;
}

function ready({ instructions, maps }: Subject, engine: EngineName): Ready {
  const { machine } = createBench(1, engine);
  const created = maps.map((definition) => machine.addMap(definition));
  const program = loadUnverified(machine, instructions, created);
  const context = machine.memory.allocate(CONTEXT_BYTES);
  machine.memory.view.setUint32(context, PACKET_LENGTH, true);
  return { machine, program, context };
}

/**
 * By the processor time of this thread: what other processes took is not counted, as the kernel's own
 * measurement leaves out the moments in which it gave way. That time advances in steps of some
 * milliseconds, so a round begins and ends at one.
 */
function time({ machine, program, context }: Ready, { runsInChunk, reset }: MeasureOptions): number {
  const runChunk = (): number => {
    reset?.(machine);
    for (let run = 0; run < runsInChunk; run += 1) program.run(context);
    const { user, system } = process.threadCpuUsage();
    return user + system;
  };
  let before = runChunk();
  let start = before;
  while (start === before) start = runChunk();
  before = start;
  for (let runs = runsInChunk; ; runs += runsInChunk) {
    const now = runChunk();
    if (now > before && now - start >= ROUND_MICROSECONDS) return (1000 * (now - start)) / runs;
    before = now;
  }
}

function returned({ program, context }: Ready): number {
  return Number(BigInt.asUintN(32, program.run(context)));
}

/** A comparison of programs that do not do the same would be worth nothing. */
function agree(who: string, theirs: number | undefined, compiled: Ready): void {
  const own = returned(compiled);
  if (theirs !== own) throw new Error(`${who} returns ${theirs}, compiled code ${own}`);
}

async function kernelRunsInRound(
  subject: Subject,
  oracle: Oracle,
  { kernelRunsMax = Number.MAX_SAFE_INTEGER }: MeasureOptions,
): Promise<number> {
  const { durationNs } = await runInKernel(subject, oracle, 10);
  return Math.min(kernelRunsMax, Math.ceil((1000 * ROUND_MICROSECONDS) / Math.max(1, durationNs)));
}

async function runInKernel({ instructions, maps }: Subject, oracle: Oracle, runs: number): Promise<Answer> {
  const answer = await oracle.ask({
    type: 'socket_filter',
    license: 'GPL',
    instructions,
    maps,
    logLevel: 4,
    isRun: true,
    repeat: runs,
    data: new Uint8Array(PACKET_BYTES),
  });
  if (!answer.isAccepted)
    throw new Error(`the kernel refuses the program (${answer.loadResult}): ${answer.log.slice(-2000)}`);
  if (answer.returned === undefined) throw new Error('the kernel did not run the program');
  return answer;
}
