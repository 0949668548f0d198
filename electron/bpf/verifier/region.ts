/**
 * Regions in which a program holds off the rest of the kernel: RCU read sections, no preemption, no
 * interrupts. Nothing in them may sleep, and they are closed before the program ends. After
 * check_kfunc_call() and check_resource_leak() of Linux 6.18.
 */
import type { KernelPrototype } from '../helpers/kernel-functions.ts';
import { distrustProtected } from './btf-pointer.ts';
import type { PointerRegister } from './register.ts';
import { clearForObject } from './stack.ts';
import { objectAt, placeObject, placeOf } from './stack-object.ts';
import type { State } from './state.ts';
import type { Walk } from './walk.ts';

/** What the function does to the regions, beside what it does to its argument. */
export function enterOrLeave(walk: Walk, { name }: KernelPrototype): void {
  const { regions } = walk.state;
  switch (name) {
    case 'bpf_rcu_read_lock':
      if (regions.rcu > 0) walk.refuse('region', `nested rcu read lock (kernel function ${name})`);
      walk.state.regions = { ...regions, rcu: 1 };
      return;
    case 'bpf_rcu_read_unlock':
      if (regions.rcu === 0) walk.refuse('region', `unmatched rcu read unlock (kernel function ${name})`);
      walk.state.regions = { ...regions, rcu: 0 };
      distrustProtected(walk);
      leaveReadSection(walk.state);
      return;
    case 'bpf_preempt_disable':
      walk.state.regions = { ...regions, preemption: regions.preemption + 1 };
      return;
    case 'bpf_preempt_enable':
      if (regions.preemption === 0)
        walk.refuse('region', `unmatched attempt to enable preemption (kernel function ${name})`);
      walk.state.regions = { ...regions, preemption: regions.preemption - 1 };
      return;
    default:
      return;
  }
}

/** Iterators that were made in the section do not outlive it, in programs that never sleep, too. */
function leaveReadSection(state: State): void {
  for (const frame of state.frames) {
    frame.stack.forEach((slot, index) => {
      const { object } = slot;
      if (object?.kind === 'iterator' && object.isInSection === true)
        frame.setSlot(index, { ...slot, object: { ...object, isInSection: false } });
    });
  }
}

/** bpf_local_irq_save() and bpf_local_irq_restore(), and those of locks, on the flags that `pointer` points to. */
export function saveOrRestore(
  walk: Walk,
  { name }: KernelPrototype,
  pointer: PointerRegister,
  register: number,
): void {
  const place = placeOf(walk, pointer, 'irq_flag', 1);
  const flags = objectAt(place, 0);
  const isOfLock = name.startsWith('bpf_res_spin_');
  if (name === 'bpf_local_irq_save' || name === 'bpf_res_spin_lock_irqsave') {
    if (flags?.kind === 'irq-flag')
      walk.refuse('bad-argument', `expected uninitialized irq flag as arg#${register - 1}`);
    clearForObject(walk, pointer, place, register);
    const reference = walk.newId();
    const held = { id: reference, instruction: walk.pc, isInterruptFlags: true };
    walk.state.references = [...walk.state.references, held];
    placeObject(place, () => ({ kind: 'irq-flag', reference, isOfLock }));
    return;
  }
  if (flags?.kind !== 'irq-flag')
    walk.refuse('bad-argument', `expected an initialized irq flag as arg#${register - 1}`);
  if (flags.isOfLock !== isOfLock)
    walk.refuse(
      'bad-argument',
      `irq flag acquired by ${flags.isOfLock ? 'lock' : 'native'} kfuncs cannot be restored with ${isOfLock ? 'lock' : 'native'} kfuncs`,
    );
  const last = openInterruptFlags(walk.state);
  if (last?.id !== flags.reference)
    walk.refuse(
      'region',
      `cannot restore irq state out of order, expected id=${last?.id ?? 0} acquired at insn_idx=${last?.instruction ?? 0}`,
    );
  walk.state.references = walk.state.references.filter(({ id }) => id !== flags.reference);
  placeObject(place, undefined);
}

function openInterruptFlags(state: State): State['references'][number] | undefined {
  return state.references.findLast(({ isInterruptFlags }) => isInterruptFlags === true);
}

/** Refuses `what` where a region is open; references were looked at before. */
export function requireNoRegion(walk: Walk, what: string): void {
  const { state } = walk;
  const refuse = (region: string): never =>
    walk.refuse('region', `${what} cannot be used inside ${region}-ed region`);
  if (openInterruptFlags(state) !== undefined) refuse('bpf_local_irq_save');
  if (state.regions.rcu > 0) refuse('bpf_rcu_read_lock');
  if (state.regions.preemption > 0) refuse('bpf_preempt_disable');
}
