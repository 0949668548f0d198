/**
 * Objects that a list or tree holds, and nobody else: they are there while its lock is held (non-owning references).
 * After ref_set_non_owning(), ref_convert_owning_non_owning() and invalidate_non_owning_refs() of Linux 6.18.
 */
import { REFCOUNT } from '../object/graph-fields.ts';
import { objectFieldsOf } from './graph-record.ts';
import { NON_OWNING, RCU } from './pointer-flags.ts';
import { forget } from './references.ts';
import { isPointer, uninitialised, unknownRegister } from './register.ts';
import type { Walk } from './walk.ts';

/** The object went into a list or tree, where it is seen while the lock is held. */
export function giveToCollection(walk: Walk, reference: number): void {
  walk.state.replaceRegisters((register) =>
    register.kind === 'pointer' && register.reference === reference
      ? { ...register, reference: 0, flags: flagsInCollection(walk, register.btfTypeId) }
      : register,
  );
  forget(walk, reference);
}

/** What is known of a pointer to an object of that type in a list or tree: RCU keeps those with a count. */
export function flagsInCollection(walk: Walk, typeId: number): number {
  const { btf } = walk.options;
  if (btf === undefined) throw new Error('without BTF there are no such objects');
  const isCounted = objectFieldsOf(walk, btf, typeId).some(({ name }) => name === REFCOUNT);
  return isCounted ? NON_OWNING | RCU : NON_OWNING;
}

/** The lock was given back: what is in a list or tree may be gone. */
export function leaveCollections(walk: Walk): void {
  const gone = walk.isPrivileged ? unknownRegister : uninitialised;
  walk.state.replaceRegisters((register) =>
    isPointer(register) && (register.flags & NON_OWNING) !== 0 ? gone : register,
  );
}
