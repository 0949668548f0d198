/**
 * Fields that the kernel keeps for itself in what a pointer points to, a map's value or an object of the program's
 * own. As reg_btf_record() of Linux 6.18.
 */
import type { Btf } from '../object/btf.ts';
import { RESILIENT_LOCK, SPIN_LOCK } from '../object/graph-fields.ts';
import { findObjectFields, type SpecialFields } from '../object/special-fields.ts';
import { OWNED_POINTER, type SpecialField } from '../program.ts';
import { isOwnableStruct } from './kptr-types.ts';
import { isPointer, type PointerRegister, type Register } from './register.ts';
import { constantOf } from './scalar.ts';
import { specialFieldsOf } from './special-fields.ts';
import type { Walk } from './walk.ts';

const known = new WeakMap<Btf, Map<number, SpecialFields>>();

/** Of objects of a struct of the program's BTF; refuses one that is not modelled. */
export function objectFieldsOf(walk: Walk, btf: Btf, typeId: number): readonly SpecialField[] {
  let byType = known.get(btf);
  if (byType === undefined) known.set(btf, (byType = new Map()));
  let found = byType.get(typeId);
  if (found === undefined) byType.set(typeId, (found = findObjectFields(btf, typeId)));
  const problem = found.problem ?? unownable(walk, found.fields);
  if (problem !== undefined)
    walk.refuse(
      'not-supported',
      `objects of struct ${btf.nameOf(typeId)} are not verified yet: they hold ${problem}`,
    );
  return found.fields;
}

/** A pointer that could not be given back with its object. */
function unownable(walk: Walk, fields: readonly SpecialField[]): string | undefined {
  const field = fields.find(
    ({ name, pointee }) => name === OWNED_POINTER && pointee !== undefined && !isOwnableStruct(walk, pointee),
  );
  return field === undefined ? undefined : `${field.name} to struct ${field.pointee ?? ''}`;
}

export function recordOf(walk: Walk, { target, map, btfTypeId }: PointerRegister): readonly SpecialField[] {
  const { btf } = walk.options;
  if (btf === undefined) return [];
  if (target === 'map-value') return specialFieldsOf(walk.map(map), btf).fields;
  return target === 'object' ? objectFieldsOf(walk, btf, btfTypeId) : [];
}

/** The field of the name at a place; undefined where none is there. */
export function fieldAt(walk: Walk, pointer: PointerRegister, name: string): SpecialField | undefined {
  const variable = constantOf(pointer.variable);
  if (variable === undefined) return undefined;
  const at = BigInt(pointer.offset) + BigInt.asIntN(64, variable);
  return recordOf(walk, pointer).find((each) => each.name === name && BigInt(each.offsetBytes) === at);
}

/** Whether which one it points to matters still: its lock is told by the pointer. */
export function holdsLock(walk: Walk, register: Register): boolean {
  if (!isPointer(register)) return false;
  return recordOf(walk, register).some(({ name }) => name === SPIN_LOCK || name === RESILIENT_LOCK);
}
