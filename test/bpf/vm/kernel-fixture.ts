/**
 * The same program in the running kernel and on both engines: it writes what it finds into the only
 * element of an array, its first map, and that is compared.
 */
import { afterAll, beforeAll, type TestContext } from 'vitest';
import type { Instruction, MapDefinition } from '../../../electron/bpf/program.ts';
import { startOracle, type Oracle } from '../../oracle/oracle.ts';
import { alu64, call, exit, imm, jump, lddw, mov64, store } from './assembler.ts';
import { createBench, ENGINES, loadUnverified, mapDefinition, type Slots } from './machine-fixture.ts';

const MAP_LOOKUP = 1;

/** Register that holds the address of the results while the body runs. */
export const RESULTS = 9;

export interface Answers {
  readonly kernel: readonly bigint[];
  readonly interpreter: readonly bigint[];
  readonly jit: readonly bigint[];
}

export interface Comparison {
  /** Number of 64-bit results; the body stores result i at *(u64 *)(r9 + 8 * i). */
  readonly results: number;
  /** Must not change r9, and may use 8 bytes of stack at r10 - 8 only before it begins. */
  readonly body: Slots;
  /** Maps 1, 2, ... of the program; map 0 is the array of results. */
  readonly maps?: readonly MapDefinition[];
}

export interface KernelTests {
  /** Skips the test with the reason where there is no kernel to ask. */
  compare(context: TestContext, comparison: Comparison): Promise<Answers>;
}

/** Starts the oracle before the tests of the file that calls this, and stops it after them. */
export function kernelTests(): KernelTests {
  let oracle: Oracle | { unavailable: string } = { unavailable: 'the oracle was not started' };
  beforeAll(async () => {
    oracle = await startOracle();
  });
  afterAll(() => {
    if ('stop' in oracle) oracle.stop();
  });
  return {
    async compare(context, comparison) {
      if ('unavailable' in oracle) return context.skip(oracle.unavailable);
      const instructions = programOf(comparison);
      const maps = [resultsMap(comparison.results), ...(comparison.maps ?? [])];
      const answer = await oracle.ask({
        type: 'sched_cls',
        license: 'GPL',
        instructions,
        maps,
        logLevel: 1,
        isRun: true,
        data: new Uint8Array(64),
      });
      if (!answer.isAccepted || answer.returned === undefined) {
        throw new Error(`the kernel did not run the program (${answer.loadResult}): ${answer.log}`);
      }
      const [interpreter, jit] = ENGINES.map((engine) => {
        const { machine } = createBench(1, engine);
        const created = maps.map((definition) => machine.addMap(definition));
        loadUnverified(machine, instructions, created).run(machine.memory.allocate(64));
        return numbers(created[0]?.get(new Uint8Array(4)) ?? new Uint8Array(0));
      });
      return { kernel: numbers(answer.value), interpreter: interpreter ?? [], jit: jit ?? [] };
    },
  };
}

function resultsMap(results: number): MapDefinition {
  return mapDefinition({ type: 'array', name: 'results', valueSizeBytes: 8 * results, maxEntries: 1 });
}

function programOf({ body }: Comparison): readonly Instruction[] {
  const before: Slots = [
    store('dw', 10, -8, imm(0)),
    lddw(1, 0n, 1),
    mov64(2, 10),
    alu64('add', 2, imm(-8)),
    call(MAP_LOOKUP),
    jump('jne', 0, imm(0), 1),
    exit(),
    mov64(RESULTS, 0),
  ];
  return [...before, ...body, mov64(0, imm(0)), exit()].flat();
}

function numbers(bytes: Uint8Array): readonly bigint[] {
  return [...new BigUint64Array(bytes.slice().buffer)];
}
