/**
 * A CO-RE access: the path `0:1:2` of a relocation, first resolved in the object's own types, then
 * matched by name in the target's. The result of both is the same shape: a type and an offset.
 *
 * Source: the behaviour of libbpf 1.5.
 */
import type { Btf } from './btf.ts';
import type { BtfEnumValue, BtfMember } from './btf-type.ts';
import { areFieldsCompatible, essentialName, isComposite, isEnum } from './core-compatible.ts';
import { Failure } from '../../failure.ts';

/** Members, elements and anonymous structs on one path; libbpf's limit too. */
const DEPTH_MAX = 64;

export interface FieldSpec {
  readonly form: 'field';
  readonly rootId: number;
  readonly bitOffset: number;
  /** Type the path ends at, as declared. */
  readonly typeId: number;
  /** The member the path ends at; undefined for an array element or the root itself. */
  readonly member: BtfMember | undefined;
}

/** One step of a local path that has to be found again in the target. */
export type Step =
  | { readonly kind: 'member'; readonly name: string; readonly typeId: number }
  | { readonly kind: 'element'; readonly index: number };

export interface LocalField extends FieldSpec {
  readonly steps: readonly Step[];
  /** As C would write it: `struct task_struct.comm[3]`. */
  readonly text: string;
}

/** The type as a C programmer names it: `struct trace_entry`, `enum bpf_func_id`, `pid_t`. */
export function typeText(btf: Btf, id: number): string {
  const type = btf.typeById(id);
  const keyword = isComposite(type)
    ? `${type.kind} `
    : isEnum(type)
      ? 'enum '
      : type.kind === 'fwd'
        ? 'struct '
        : '';
  return `${keyword}${type.name === '' ? '(anonymous)' : type.name}`;
}

/** Resolves `access` from type `rootId`. Throws Failure `bad-relocation` where the object contradicts itself. */
export function parseFieldAccess(btf: Btf, rootId: number, access: string): LocalField {
  const refuse = (reason: string): Failure =>
    new Failure('object', 'bad-relocation', `CO-RE access ${access} of ${typeText(btf, rootId)}: ${reason}`, {
      file: btf.file,
    });
  const [first, ...path] = accessIndexes(access, refuse);
  if (first === undefined) throw refuse('is empty');
  let typeId = rootId;
  let bitOffset = first * sizeBits(btf, rootId, refuse);
  let member: BtfMember | undefined;
  let text = typeText(btf, rootId) + (first === 0 ? '' : `[${first}]`);
  const steps: Step[] = [{ kind: 'element', index: first }];
  for (const index of path) {
    const type = btf.resolve(typeId);
    if (isComposite(type)) {
      member = type.members[index];
      if (member === undefined) throw refuse(`there is no member ${index}`);
      bitOffset += member.offsetBits;
      typeId = member.typeId;
      if (member.name !== '') {
        text += `.${member.name}`;
        steps.push({ kind: 'member', name: member.name, typeId });
      }
    } else if (type.kind === 'array') {
      if (index >= type.count && !isFlexible(member, type.count))
        throw refuse(`there is no element ${index}`);
      typeId = type.elementTypeId;
      bitOffset += index * sizeBits(btf, typeId, refuse);
      member = undefined;
      text += `[${index}]`;
      steps.push({ kind: 'element', index });
    } else throw refuse(`${type.kind} has no parts`);
  }
  return { form: 'field', rootId, bitOffset, typeId, member, steps, text };
}

/** The same path in a target type, by name; undefined where the target has no such field. */
export function matchField(
  local: Btf,
  spec: LocalField,
  target: Btf,
  targetRootId: number,
): FieldSpec | undefined {
  let typeId = targetRootId;
  let bitOffset = 0;
  let member: BtfMember | undefined;
  for (const [position, step] of spec.steps.entries()) {
    if (step.kind === 'member') {
      const found = findMember(local, step, target, typeId, DEPTH_MAX);
      if (found === undefined) return undefined;
      bitOffset += found.bitOffset;
      member = found.member;
      typeId = member.typeId;
      continue;
    }
    if (position > 0) {
      const array = target.resolve(typeId);
      if (array.kind !== 'array') return undefined;
      if (step.index >= array.count && !isFlexible(member, array.count)) return undefined;
      typeId = array.elementTypeId;
    }
    const sizeBytes = step.index === 0 ? 0 : target.sizeOf(typeId);
    if (sizeBytes === undefined) return undefined;
    bitOffset += step.index * sizeBytes * 8;
    member = undefined;
  }
  return { form: 'field', rootId: targetRootId, bitOffset, typeId, member };
}

/** A member by name, also inside anonymous structs and unions, whose type is compatible. */
function findMember(
  local: Btf,
  step: Extract<Step, { kind: 'member' }>,
  target: Btf,
  typeId: number,
  depth: number,
): { readonly member: BtfMember; readonly bitOffset: number } | undefined {
  const type = target.resolve(typeId);
  if (!isComposite(type) || depth === 0) return undefined;
  for (const member of type.members) {
    if (member.name === '') {
      const inner = findMember(local, step, target, member.typeId, depth - 1);
      if (inner !== undefined)
        return { member: inner.member, bitOffset: member.offsetBits + inner.bitOffset };
    } else if (essentialName(member.name) === essentialName(step.name)) {
      const isCompatible = areFieldsCompatible(local, step.typeId, target, member.typeId);
      return isCompatible ? { member, bitOffset: member.offsetBits } : undefined;
    }
  }
  return undefined;
}

/** The enumerator an `enumval` relocation names. */
export function parseEnumAccess(btf: Btf, rootId: number, access: string): BtfEnumValue {
  const type = btf.resolve(rootId);
  const value = isEnum(type) && /^\d{1,9}$/.test(access) ? type.values[Number(access)] : undefined;
  if (value === undefined) {
    throw new Failure(
      'object',
      'bad-relocation',
      `CO-RE access ${access} names no value of ${typeText(btf, rootId)}`,
      {
        file: btf.file,
      },
    );
  }
  return value;
}

/** The enumerator of the same essential name; undefined where the target has none. */
export function matchEnumValue(value: BtfEnumValue, target: Btf, targetId: number): BtfEnumValue | undefined {
  const type = target.resolve(targetId);
  if (!isEnum(type)) return undefined;
  const name = essentialName(value.name);
  return type.values.find((each) => essentialName(each.name) === name);
}

function accessIndexes(access: string, refuse: (reason: string) => Failure): number[] {
  if (!/^\d{1,9}(:\d{1,9})*$/.test(access)) throw refuse('is not a path of numbers');
  const indexes = access.split(':').map(Number);
  if (indexes.length > DEPTH_MAX) throw refuse(`is longer than ${DEPTH_MAX} steps`);
  return indexes;
}

function sizeBits(btf: Btf, typeId: number, refuse: (reason: string) => Failure): number {
  const sizeBytes = btf.sizeOf(typeId);
  if (sizeBytes === undefined) throw refuse(`${typeText(btf, typeId)} has no size`);
  return sizeBytes * 8;
}

/** An array of no declared length at the end of a struct: any index is in it. */
function isFlexible(member: BtfMember | undefined, count: number): boolean {
  return count === 0 && member !== undefined;
}
