/**
 * Runs instructions that no verifier has seen. The interpreter still checks accesses against linear
 * memory and gives up a run without end; compiled code is held by WebAssembly alone. Nothing else is
 * promised, which is why only tests have this door.
 */
import { BlankWorld } from '../../electron/bpf/helpers/blank-world.ts';
import type { Helper } from '../../electron/bpf/helpers/helper.ts';
import type { Instruction } from '../../electron/bpf/program.ts';
import { prepareCode } from '../../electron/bpf/vm/code.ts';
import { begin, createState, execute, STACK_BYTES } from '../../electron/bpf/vm/interpreter.ts';
import { compileProgram } from '../../electron/bpf/jit/compile.ts';
import { Machine, type EngineName } from '../../electron/bpf/vm/machine.ts';

/** Instructions after which a run is given up. */
export const STEPS_MAX = 100_000_000;

const world = new BlankWorld();

/** r0. r1 is the address of `memory`'s bytes (0 where there are none), r2 how many there are. */
export function runUnverified(
  instructions: readonly Instruction[],
  memory: Uint8Array,
  helperOfId: (id: number) => Helper | undefined,
  engine: EngineName = 'interpreter',
): bigint {
  const machine = new Machine({ cpuCount: 1, world });
  const at = memory.length === 0 ? 0 : machine.memory.allocate(memory.length, 64);
  machine.memory.bytes.set(memory, at);
  const code = prepareCode('program', instructions, [], { helper: helperOfId });
  const stack = machine.memory.allocate(STACK_BYTES, 16);
  if (engine === 'jit') {
    const compiled = compileProgram(code, stack, machine);
    if (compiled === undefined) throw new Error('the JIT does not translate this program');
    return compiled.run(at, memory.length);
  }
  const state = createState(code, stack);
  begin(state, machine, code, at);
  state.registers.wide[2] = BigInt(memory.length);
  execute(state, machine, STEPS_MAX);
  if (!state.isDone) throw new Error(`the program did not end within ${STEPS_MAX} instructions`);
  return state.registers.wide[0] as bigint;
}
