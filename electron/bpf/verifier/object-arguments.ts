/**
 * Kernel objects that helpers take and give: `btf:task_struct`. After check_reg_type() and
 * check_func_arg_reg_off() of Linux 6.18.
 */
import type { HelperArgument, HelperReturn } from '../helpers/helper.ts';
import { fullKindName, loadFromObject } from './btf-pointer.ts';
import { holdsTypeAt, isComposite } from './btf-walk.ts';
import { PERCPU, RCU, READ_ONLY, TRUSTED } from './pointer-flags.ts';
import { isPointer, pointerRegister, type PointerRegister, type Register } from './register.ts';
import { constantOf } from './scalar.ts';
import { beginsAsSocket, isSocketArgument } from './socket.ts';
import type { Walk } from './walk.ts';

type Initialised = Exclude<Register, { kind: 'uninitialised' }>;

export type ObjectArgument = Extract<
  HelperArgument,
  `btf${string}` | 'released_sock_common' | 'percpu_object'
>;
export type ObjectReturn = Extract<HelperReturn, `${string}btf${string}` | `percpu_object${string}`>;

export function isObjectArgument(kind: HelperArgument): kind is ObjectArgument {
  return kind.startsWith('btf') || kind === 'released_sock_common' || kind === 'percpu_object';
}

export function isObjectReturn(kind: HelperReturn): kind is ObjectReturn {
  return kind.includes('btf') || kind.startsWith('percpu_object');
}

/** Flags of pointers that pass for an object: nothing known, trusted, or protected by RCU. */
const takenFlags: ReadonlySet<number> = new Set([0, TRUSTED, RCU]);
const percpuFlags: ReadonlySet<number> = new Set([PERCPU, PERCPU | RCU, PERCPU | TRUSTED]);
const socketFlags: ReadonlySet<number> = new Set([0, TRUSTED]);

export function isNullableObject(kind: ObjectArgument): boolean {
  return kind.startsWith('btf_or_null:') || kind === 'btf_sock_common_or_null';
}

/** Checks an argument that is not null, and gives the pointer. */
export function checkObjectArgument(
  walk: Walk,
  kind: ObjectArgument,
  content: Initialised,
  register: number,
): PointerRegister {
  const isNullable = isNullableObject(kind);
  const flags = kind === 'percpu_object' ? percpuFlags : isSocketArgument(kind) ? socketFlags : takenFlags;
  if (kind === 'percpu_object' && isOwnOfEveryCpu(content)) return content;
  const isTaken = isPointer(content) && content.target === 'btf' && flags.has(content.flags);
  if (!isTaken || (content.isMaybeNull && !isNullable)) {
    const code = isPointer(content) && content.isMaybeNull ? 'maybe-null' : 'bad-argument';
    walk.refuse(code, `R${register} type=${fullKindName(walk, content)} expected=${expected(kind)}`);
  }
  if (content.offset < 0)
    walk.refuse('bad-argument', `negative offset ptr_ ptr R${register} off=${content.offset} disallowed`);
  if (constantOf(content.variable) !== 0n)
    walk.refuse(
      'bad-argument',
      `variable ptr_ access of R${register} disallowed: its offset has to be a constant`,
    );
  if (kind !== 'percpu_object') requireType(walk, content, register, typeNameOf(kind));
  return content;
}

/** One of the program's own, which RCU keeps. */
function isOwnOfEveryCpu(content: Initialised): content is PointerRegister {
  return (
    isPointer(content) &&
    content.target === 'object' &&
    content.flags === (PERCPU | RCU) &&
    !content.isMaybeNull &&
    content.offset === 0 &&
    constantOf(content.variable) === 0n
  );
}

function typeNameOf(kind: ObjectArgument): string {
  return isSocketArgument(kind) ? 'sock_common' : kind.slice(kind.indexOf(':') + 1);
}

function expected(kind: ObjectArgument): string {
  return kind === 'percpu_object' ? 'percpu_ptr_' : 'ptr_';
}

function requireType(walk: Walk, pointer: PointerRegister, register: number, name: string): void {
  const { kernelTypes } = walk;
  const { btfTypeId, offset } = pointer;
  const needed = kernelTypes.idOf(name);
  const { btf } = kernelTypes;
  const isSame =
    btf !== undefined && kernelTypes.isDescribed(btfTypeId)
      ? holdsTypeAt(btf, btfTypeId, offset, needed)
      : offset === 0 &&
        (btfTypeId === needed || (name === 'sock_common' && beginsAsSocket(kernelTypes.nameOf(btfTypeId))));
  if (!isSame)
    walk.refuse(
      'bad-argument',
      `R${register} is of type ${kernelTypes.nameOf(btfTypeId)} but ${name} is expected`,
    );
}

/** What the helper gives; `taken` is its first object argument, `reference` what the result ends with. */
export function returnedObject(
  walk: Walk,
  kind: ObjectReturn,
  taken: PointerRegister | undefined,
  reference = 0,
): Register {
  const isMaybeNull = kind.includes('_or_null');
  const id = isMaybeNull ? walk.newId() : 0;
  if (kind.startsWith('percpu_object')) return ofThisCpu(walk, taken, isMaybeNull, id);
  const btfTypeId = walk.kernelTypes.idOf(kind.slice(kind.indexOf(':') + 1));
  const flags = kind.startsWith('trusted_') ? TRUSTED : 0;
  return pointerRegister('btf', { btfTypeId, flags, isMaybeNull, id, reference });
}

/** One CPU's object, or its bytes where it is no struct. */
function ofThisCpu(
  walk: Walk,
  taken: PointerRegister | undefined,
  isMaybeNull: boolean,
  id: number,
): Register {
  if (taken?.target === 'object')
    return pointerRegister('object', { btfTypeId: taken.btfTypeId, flags: RCU, isMaybeNull, id });
  const { btf } = walk.kernelTypes;
  if (taken === undefined || btf === undefined) throw new Error('a per-CPU object comes from the kernel BTF');
  const type = btf.resolve(taken.btfTypeId);
  if (isComposite(type)) return pointerRegister('btf', { btfTypeId: type.id, isMaybeNull, id });
  const sizeBytes = btf.sizeOf(type.id);
  if (sizeBytes === undefined)
    walk.refuse('bad-argument', `unable to resolve the size of type '${type.name}'`);
  return pointerRegister('mem', { sizeBytes, flags: READ_ONLY, isMaybeNull, id });
}

/** Whether a helper that only reads takes the object for memory: one that is surely there. */
export function passesForMemory(content: Initialised): content is PointerRegister {
  return isPointer(content) && content.target === 'btf' && content.flags === TRUSTED && !content.isMaybeNull;
}

/** Checks that the object may be read up to the size; none at all is a read, too. */
export function checkObjectRead(
  walk: Walk,
  pointer: PointerRegister,
  register: number,
  sizeBytes: number,
): void {
  loadFromObject(walk, pointer, register, 0, sizeBytes);
}
