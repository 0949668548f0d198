/** One program on both engines and in the kernel, timed in turns. */
import type { Instruction, MapDefinition } from '../../electron/bpf/program.ts';
import { Machine, type EngineName, type LoadedProgram } from '../../electron/bpf/vm/machine.ts';
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
  /** Runs a round, of compiled code and of the kernel's. */
  readonly runs: number;
  readonly interpretedRuns: number;
  readonly rounds: number;
  /** Before each round: empties what runs fill up. */
  readonly reset?: (machine: Machine) => void;
}

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
  warmUp(compiled, options);
  agree(
    'the interpreter',
    Number(BigInt.asUintN(32, interpreted.program.run(interpreted.context))),
    compiled,
  );
  const times: { interpreter: number[]; jit: number[]; kernel: number[] } = {
    interpreter: [],
    jit: [],
    kernel: [],
  };
  for (let round = 0; round < options.rounds; round += 1) {
    times.interpreter.push(time(interpreted, options.interpretedRuns, options));
    times.jit.push(time(compiled, options.runs, options));
    if (oracle !== undefined) {
      const { durationNs, returned } = await runInKernel(subject, oracle, options.runs);
      times.kernel.push(durationNs);
      agree('the kernel', returned, compiled);
    }
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

/** V8 compiles twice: at once, and again, better, what has run for a while. */
function warmUp(compiled: Ready, options: MeasureOptions): void {
  for (let round = 0; round < 3; round += 1) time(compiled, options.runs, options);
}

function time({ machine, program, context }: Ready, runs: number, { reset }: MeasureOptions): number {
  reset?.(machine);
  const start = process.hrtime.bigint();
  for (let run = 0; run < runs; run += 1) program.run(context);
  return Number(process.hrtime.bigint() - start) / runs;
}

/** A comparison of programs that do not do the same would be worth nothing. */
function agree(who: string, returned: number | undefined, { program, context }: Ready): void {
  const own = Number(BigInt.asUintN(32, program.run(context)));
  if (returned !== own) throw new Error(`${who} returns ${returned}, compiled code ${own}`);
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
