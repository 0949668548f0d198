/**
 * Pointers to kernel objects in map values (kptrs): what loading one gives, what may be stored, and how one is
 * exchanged for another. After check_map_kptr_access(), map_kptr_match_type() and process_kptr_func() of
 * Linux 6.18.
 */
import { OWNED_PERCPU_POINTER, OWNED_POINTER, type MapType, type SpecialField } from '../program.ts';
import { fullKindName, isInReadSection } from './btf-pointer.ts';
import { holdsTypeAt } from './btf-walk.ts';
import { heldBy } from './held-argument.ts';
import { kernelStruct, UNTRUSTED_POINTER } from './kptr-types.ts';
import { objectFieldsOf } from './graph-record.ts';
import { droppedObject } from './own-objects.ts';
import { PERCPU, RCU, TRUSTED, UNTRUSTED } from './pointer-flags.ts';
import { acquire, forget } from './references.ts';
import { isPointer, knownNumber, pointerRegister, type PointerRegister, type Register } from './register.ts';
import { constantOf } from './scalar.ts';
import { specialFieldsOf } from './special-fields.ts';
import type { Walk } from './walk.ts';

type Initialised = Exclude<Register, { kind: 'uninitialised' }>;

export interface KernelPointer {
  readonly offsetBytes: number;
  readonly isOwned: boolean;
  /** Whether it points to an object of the program's own. */
  readonly isLocal: boolean;
  /** Whether every CPU has its own of that. */
  readonly isPerCpu: boolean;
  /** In the kernel's BTF, or the program's. */
  readonly btfTypeId: number;
}

/** Maps in whose values they are followed: each value has one address, whoever asks for it. */
const mapTypes: ReadonlySet<MapType> = new Set(['hash', 'lru_hash', 'array']);

/** The field at `offset` past the pointer into a map value; undefined where there is none. */
export function kernelPointerAt(
  walk: Walk,
  pointer: PointerRegister,
  offset: number,
): KernelPointer | undefined {
  const variable = constantOf(pointer.variable);
  if (pointer.target !== 'map-value' || variable === undefined) return undefined;
  const map = walk.map(pointer.map);
  const at = BigInt(pointer.offset + offset) + BigInt.asIntN(64, variable);
  const { fields } = specialFieldsOf(map, walk.options.btf);
  const field = fields.find(
    ({ offsetBytes, pointee }) => pointee !== undefined && BigInt(offsetBytes) === at,
  );
  if (field === undefined) return undefined;
  const { name, pointee = '', offsetBytes } = field;
  const localType = localPointee(walk, field);
  const btfTypeId = localType ?? kernelStruct(walk, pointee);
  const isPerCpu = name === OWNED_PERCPU_POINTER;
  const isTagKnown =
    name === OWNED_POINTER || name === UNTRUSTED_POINTER || (isPerCpu && localType !== undefined);
  if (!isTagKnown || btfTypeId === undefined || !mapTypes.has(map.type) || !walk.isPrivileged) {
    const what = pointee === '' ? name : `${name} to struct ${pointee}`;
    walk.refuse('not-supported', `an access of ${what} in values of map ${map.name} is not verified yet`);
  }
  const isLocal = localType !== undefined;
  return { offsetBytes, isOwned: name !== UNTRUSTED_POINTER, isLocal, isPerCpu, btfTypeId };
}

/** Type of the program's that the map owns an object of: one that the kernel has no struct of the name of. */
function localPointee(
  walk: Walk,
  { name, pointee = '', pointeeTypeId = 0 }: SpecialField,
): number | undefined {
  const { btf, kernelBtf } = walk.options;
  const isOwned = name === OWNED_POINTER || name === OWNED_PERCPU_POINTER;
  if (!isOwned || btf === undefined || kernelBtf === undefined) return undefined;
  if (pointee === '' || kernelBtf.findStruct(pointee) !== undefined) return undefined;
  objectFieldsOf(walk, btf, pointeeTypeId);
  return pointeeTypeId;
}

/** What a register holds that the pointer was loaded to: btf_ld_kptr_type(). */
export function loadKernelPointer(
  walk: Walk,
  { isOwned, isLocal, isPerCpu, btfTypeId }: KernelPointer,
): Register {
  if (isLocal) {
    if (!isInReadSection(walk))
      walk.refuse(
        'not-supported',
        'an object of the program in a map is not followed yet where RCU does not keep it',
      );
    const flags = isPerCpu ? RCU | PERCPU : RCU;
    return pointerRegister('object', { btfTypeId, flags, isMaybeNull: true, id: walk.newId() });
  }
  const flags = isOwned && isInReadSection(walk) ? RCU : UNTRUSTED;
  return pointerRegister('btf', { btfTypeId, flags, isMaybeNull: true, id: walk.newId() });
}

/** `source` is the register of what is stored, undefined for a number in the instruction. */
export function storeKernelPointer(
  walk: Walk,
  field: KernelPointer,
  content: Initialised,
  source: number | undefined,
): void {
  if (field.isOwned) walk.refuse('special-field', 'store to referenced kptr disallowed');
  if (knownNumber(content) === 0n) {
    if (source !== undefined) walk.precision.require(walk.state, source);
    return;
  }
  if (source === undefined)
    walk.refuse('special-field', `BPF_ST imm must be 0 when storing to kptr at off=${field.offsetBytes}`);
  requireMatch(walk, field, content, source);
}

/** The pointer that bpf_kptr_xchg() exchanges, which `pointer` points to. */
export function exchangedPointer(walk: Walk, pointer: PointerRegister, register: number): KernelPointer {
  const map = walk.map(pointer.map);
  if (walk.options.btf === undefined || map.valueTypeId === 0)
    walk.refuse('bad-argument', `map '${map.name}' has to have BTF in order to use kptr`);
  if (constantOf(pointer.variable) === undefined)
    walk.refuse(
      'bad-argument',
      `R${register} doesn't have constant offset. kptr has to be at the constant offset`,
    );
  const field = kernelPointerAt(walk, pointer, 0);
  if (field === undefined)
    walk.refuse('bad-argument', `R${register} off=${pointer.offset} doesn't point to kptr`);
  if (!field.isOwned)
    walk.refuse('bad-argument', `R${register} off=${pointer.offset} kptr isn't referenced kptr`);
  return field;
}

/** What is put in the place of the pointer, and is not null: gives what the program held until then. */
export function heldForExchange(
  walk: Walk,
  field: KernelPointer | undefined,
  content: Initialised,
  register: number,
): number {
  if (field === undefined) throw new Error('what is exchanged comes before what for');
  if (isPointer(content) && content.isMaybeNull)
    walk.refuse('maybe-null', `Possibly NULL pointer passed to helper arg${register}`);
  if (field.isLocal) {
    const reference = droppedObject(walk, content, register, field.isPerCpu ? PERCPU : 0);
    if (!isPointer(content) || content.btfTypeId !== field.btfTypeId)
      walk.refuse('bad-argument', `invalid kptr access, R${register} is an object of another type`);
    return reference;
  }
  const isObject = isPointer(content) && content.target === 'btf';
  if (!isObject || (content.flags !== 0 && content.flags !== TRUSTED && content.flags !== RCU))
    walk.refuse('bad-argument', `R${register} type=${fullKindName(walk, content)} expected=ptr_`);
  if (content.offset !== 0)
    walk.refuse('bad-argument', `R${register} must have zero offset when passed to release func`);
  requireMatch(walk, field, content, register);
  return heldBy(walk, content, register);
}

/**
 * What was put into a map, where every CPU has its own of it, may still be asked for while RCU keeps it; false of all
 * else. ref_convert_alloc_rcu_protected().
 */
export function keepExchanged(walk: Walk, field: KernelPointer | undefined, reference: number): boolean {
  if (field?.isPerCpu !== true || !isInReadSection(walk)) return false;
  walk.state.replaceRegisters((register) =>
    register.kind === 'pointer' && register.reference === reference
      ? { ...register, reference: 0, flags: register.flags | RCU }
      : register,
  );
  forget(walk, reference);
  return true;
}

/** What was there before, which the program holds from now on. */
export function takenByExchange(walk: Walk, field: KernelPointer | undefined): Register {
  if (field === undefined) throw new Error('a call that exchanges nothing was refused');
  const reference = acquire(walk);
  return pointerRegister(field.isLocal ? 'object' : 'btf', {
    btfTypeId: field.btfTypeId,
    flags: field.isPerCpu ? PERCPU : 0,
    isMaybeNull: true,
    id: reference,
    reference,
  });
}

/** Refuses what does not point to an object of the field's type. */
function requireMatch(
  walk: Walk,
  { btfTypeId, isOwned }: KernelPointer,
  content: Initialised,
  register: number,
): void {
  const allowed = isOwned ? TRUSTED | RCU : TRUSTED | RCU | UNTRUSTED;
  const { kernelTypes } = walk;
  const refuse = (): never =>
    walk.refuse(
      'bad-argument',
      `invalid kptr access, R${register} type=${fullKindName(walk, content)} expected=ptr_${kernelTypes.nameOf(btfTypeId)}`,
    );
  if (!isPointer(content) || content.target !== 'btf' || (content.flags & ~allowed) !== 0) return refuse();
  if (content.offset < 0)
    walk.refuse('bad-argument', `negative offset ptr_ ptr R${register} off=${content.offset} disallowed`);
  if (constantOf(content.variable) !== 0n)
    walk.refuse(
      'bad-argument',
      `variable ptr_ access of R${register} disallowed: its offset has to be a constant`,
    );
  if (content.offset === 0 && content.btfTypeId === btfTypeId) return;
  const { btf } = kernelTypes;
  const isWithin =
    !isOwned &&
    btf !== undefined &&
    kernelTypes.isDescribed(content.btfTypeId) &&
    holdsTypeAt(btf, content.btfTypeId, content.offset, btfTypeId);
  if (!isWithin) refuse();
}
