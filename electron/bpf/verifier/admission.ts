/**
 * What is refused before any instruction is followed: program types that are not modelled, and what a
 * load without privilege may not hold. After bpf_prog_load(), check_subprogs() and check_cfg() of
 * Linux 6.18.
 */
import type { LinkedProgram, ProgramType } from '../program.ts';
import { functionReferred, isKernelCall, type ControlFlow } from './cfg.ts';
import { isGplCompatible } from './license.ts';
import { describedTypes } from './contexts/table.ts';
import { UNPRIVILEGED_SLOTS_MAX } from './limits.ts';
import { Refusal, type Walk } from './walk.ts';

/** Types whose context and results are modelled. */
const modelledTypes: ReadonlySet<string> = new Set([...describedTypes, 'tracing', 'lsm', 'struct_ops']);
const unprivilegedTypes: ReadonlySet<ProgramType> = new Set(['socket_filter', 'cgroup_skb']);

/** Throws Refusal. */
export function checkAdmission(program: LinkedProgram, { isPrivileged, isBpfCapable }: Walk): void {
  if (!modelledTypes.has(program.type))
    throw new Refusal('not-supported', `programs of type ${program.type} are not verified yet`, 0);
  if (program.type === 'syscall' && !program.isSleepable)
    throw new Refusal('attach-target', 'Syscall programs can only be sleepable', 0);
  if (isPrivileged) return;
  const { type, instructions } = program;
  if (!unprivilegedTypes.has(type))
    throw new Refusal('not-privileged', `programs of type ${type} may only be loaded with privilege`, 0);
  if (!isBpfCapable && instructions.length > UNPRIVILEGED_SLOTS_MAX) {
    throw new Refusal(
      'bad-size',
      `${instructions.length} instructions, more than the ${UNPRIVILEGED_SLOTS_MAX} that may be loaded without privilege`,
      0,
    );
  }
}

/** Kernel functions are for programs of a free license alone, whether or not a path leads there. Throws Refusal. */
export function checkKernelCalls(program: LinkedProgram, license: string): void {
  if (isGplCompatible(license)) return;
  const call = program.instructions.findIndex(isKernelCall);
  if (call >= 0)
    throw new Refusal('gpl-only', 'cannot call kernel function from non-GPL compatible program', call);
}

/** Throws Refusal; `flow` is the program's. */
export function checkUnprivilegedFlow(program: LinkedProgram, flow: ControlFlow): void {
  const refers = program.instructions.findIndex(
    (each, slot) => functionReferred(each, slot) !== undefined || isKernelCall(each),
  );
  if (refers >= 0)
    throw new Refusal(
      'not-privileged',
      'loading/calling other bpf or kernel functions are allowed for CAP_BPF and CAP_SYS_ADMIN',
      refers,
    );
  const back = backEdge(flow);
  if (back !== undefined)
    throw new Refusal('not-privileged', `back-edge from insn ${back.from} to ${back.to}`, back.from);
}

/** Where the program leads back to where it came from; undefined where there is no loop. */
function backEdge(flow: ControlFlow): { readonly from: number; readonly to: number } | undefined {
  const OPEN = 1;
  const DONE = 2;
  const marks = new Uint8Array(flow.successors.length);
  const stack = [{ slot: 0, next: 0 }];
  marks[0] = OPEN;
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const successor = flow.successors[top.slot]?.[top.next];
    top.next += 1;
    if (successor === undefined) {
      marks[top.slot] = DONE;
      stack.pop();
    } else if (marks[successor] === OPEN) {
      return { from: top.slot, to: successor };
    } else if (marks[successor] !== DONE) {
      marks[successor] = OPEN;
      stack.push({ slot: successor, next: 0 });
    }
  }
  return undefined;
}
