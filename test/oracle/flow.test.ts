import { afterAll, beforeAll, expect, it } from 'vitest';
import { flowOf } from '../../electron/bpf/jit/flow.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import { prepareCode } from '../../electron/bpf/vm/code.ts';
import { functionStarts } from '../../electron/bpf/vm/stack-use.ts';
import { programOf } from '../bpf/verifier/assembler.ts';
import { createBench, ENGINES } from '../bpf/vm/machine-fixture.ts';
import { generateFlow } from './flow.ts';
import { startOracle, type Oracle } from './oracle.ts';

const PROGRAMS = Number(process.env['FLOW_PROGRAMS'] ?? 400);
const FROM_SEED = Number(process.env['FLOW_SEED'] ?? 700_000);
const INSTRUCTIONS_MAX = 50_000;
/** Of the packet, and what is left of it behind the Ethernet header, which the program is told. */
const PACKET_BYTES = 64;
const LENGTH = 50;
const CONTEXT_BYTES = 256;

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

const machines = ENGINES.map((engine) => {
  const { machine } = createBench(1, engine);
  const context = machine.memory.allocate(CONTEXT_BYTES);
  machine.memory.view.setUint32(context, LENGTH, true);
  return { engine, machine, context };
});

interface Result {
  readonly isIrreducible: boolean;
  readonly interpreter: number;
  readonly jit: number;
}

/** undefined where the verifier refuses the program. */
function resultOf(seed: number): Result | undefined {
  const program = programOf([generateFlow(seed)]);
  const verdict = verifyProgram(program, [], { license: 'GPL', instructionsMax: INSTRUCTIONS_MAX });
  if (verdict.verdict === 'rejected') return undefined;
  const [interpreter, jit] = machines.map(({ engine, machine, context }) => {
    const loaded = machine.loadProgram(verdict.verified, []);
    if (loaded.engine !== engine) throw new Error(`seed ${seed}: runs on the ${loaded.engine}`);
    return Number(BigInt.asUintN(32, loaded.run(context)));
  });
  const code = prepareCode('flow', program.instructions, []);
  const isIrreducible = functionStarts(code).some((start) => !flowOf(code, start).isReducible);
  return { isIrreducible, interpreter: interpreter as number, jit: jit as number };
}

it(
  'any control flow takes the path that it takes in the kernel, by both engines',
  { timeout: 10_000 + 200 * PROGRAMS },
  async (context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    const differing: unknown[] = [];
    let compared = 0;
    let irreducible = 0;
    for (let seed = FROM_SEED; seed < FROM_SEED + PROGRAMS; seed += 1) {
      const ours = resultOf(seed);
      if (ours === undefined) continue;
      const { returned: kernel } = await oracle.ask({
        type: 'socket_filter',
        license: 'GPL',
        instructions: generateFlow(seed),
        maps: [],
        isRun: true,
        data: new Uint8Array(PACKET_BYTES),
      });
      if (kernel === undefined) continue;
      compared += 1;
      if (ours.isIrreducible) irreducible += 1;
      if (ours.interpreter !== kernel || ours.jit !== kernel) differing.push({ seed, ...ours, kernel });
    }
    console.log(`${compared} of ${PROGRAMS} programs compared with the kernel, ${irreducible} irreducible`);
    expect(differing).toEqual([]);
    expect(compared).toBeGreaterThan(PROGRAMS / 2);
    expect(irreducible).toBeGreaterThan(PROGRAMS / 10);
  },
);
