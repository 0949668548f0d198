/**
 * Pointers to kernel objects: what reading through one gives, and how far the result may be trusted.
 * After check_ptr_to_btf_access() of Linux 6.18. Which members hand their trust on, the kernel's BTF
 * says itself: it names them in structs such as `task_struct__safe_rcu`.
 */
import type { Btf } from '../object/btf.ts';
import { findComposite, findInObject, isComposite } from './btf-walk.ts';
import { isGplCompatible } from './license.ts';
import { PERCPU, RCU, READ_ONLY, TRUSTED, UNTRUSTED, USER } from './pointer-flags.ts';
import {
  isPointer,
  kindName,
  pointerRegister,
  unknownRegister,
  type PointerRegister,
  type Register,
} from './register.ts';
import { constantOf } from './scalar.ts';
import { writeProblem } from './struct-ops.ts';
import type { Walk } from './walk.ts';

/** Whether objects protected by RCU stay there: in a program that may not sleep, or says so. in_rcu_cs(), but for locks. */
export function isInReadSection({ isSleepable, state }: Walk): boolean {
  return !isSleepable || state.regions.rcu > 0;
}

/** What RCU protected until bpf_rcu_read_unlock() may be gone from there on. */
export function distrustProtected(walk: Walk): void {
  walk.state.replaceRegisters((register) =>
    isPointer(register) && (register.flags & RCU) !== 0
      ? { ...register, flags: (register.flags & ~RCU) | UNTRUSTED, isMaybeNull: false }
      : register,
  );
}

/** is_trusted_reg(): nothing is said of it but that it may be trusted, or the program holds it. */
export function isTrusted(pointer: PointerRegister): boolean {
  return pointer.reference !== 0 || (pointer.flags === TRUSTED && !pointer.isMaybeNull);
}

/** The BTF that describes the object; refuses where none is at hand. */
function kernelTypes(walk: Walk, { btfTypeId }: PointerRegister): Btf {
  const { btf } = walk.kernelTypes;
  if (btf !== undefined && walk.kernelTypes.isDescribed(btfTypeId)) return btf;
  const name = walk.kernelTypes.nameOf(btfTypeId);
  return walk.refuse(
    'not-supported',
    `what struct ${name} holds is not known without the BTF of its kernel, and it may only be handed to helpers`,
  );
}

/** The name Linux gives a pointer: `trusted_ptr_task_struct`. */
export function fullKindName(walk: Walk, register: Register): string {
  const name = kindName(register);
  return isPointer(register) && register.target === 'btf'
    ? name + walk.kernelTypes.nameOf(register.btfTypeId)
    : name;
}

/** Checks a read of the object, and gives what the register then holds. */
export function loadFromObject(
  walk: Walk,
  pointer: PointerRegister,
  register: number,
  offset: number,
  sizeBytes: number,
): Register {
  checkReadable(walk, pointer, register, offset);
  const btf = kernelTypes(walk, pointer);
  const found = findInObject(btf, pointer.btfTypeId, pointer.offset + offset, sizeBytes);
  switch (found.kind) {
    case 'refused':
      return walk.refuse('kernel-object', found.text);
    case 'scalar':
      return unknownRegister;
    case 'memory':
      return pointerRegister('mem', { flags: READ_ONLY | UNTRUSTED });
    case 'pointer': {
      const { isMaybeNull, flags } = trustOf(walk, btf, pointer, found);
      const id = isMaybeNull ? walk.newId() : 0;
      return pointerRegister('btf', { btfTypeId: found.typeId, flags, isMaybeNull, id });
    }
  }
}

/** What bpf_rdonly_cast() gives: an object of the type, or bytes where that is void, which may not be there. */
export function castObject(walk: Walk, typeId: bigint): Register {
  const { btf } = walk.kernelTypes;
  if (btf === undefined)
    walk.refuse('not-supported', 'bpf_rdonly_cast() is not verified without the BTF of the kernel');
  if (typeId >= BigInt(btf.typeCount))
    walk.refuse('bad-argument', `Unknown type ID ${typeId} passed to kfunc bpf_rdonly_cast`);
  if (typeId === 0n) return pointerRegister('mem', { flags: READ_ONLY | UNTRUSTED });
  const type = btf.typeById(Number(typeId));
  if (!isComposite(type))
    walk.refuse('bad-argument', 'kfunc bpf_rdonly_cast type ID argument must be of a struct or void');
  return pointerRegister('btf', { btfTypeId: type.id, flags: UNTRUSTED });
}

/** What bpf_cast_to_kern_ctx() gives: the kernel's BTF lists what the kernel itself has in place of each context. */
export function kernelContext(walk: Walk): Register {
  const { btf } = walk.kernelTypes;
  const list = btf?.findStruct('bpf_ctx_convert');
  const name = `BPF_PROG_TYPE_${walk.program.type.toUpperCase()}_kern`;
  const member = list?.kind === 'struct' ? list.members.find((each) => each.name === name) : undefined;
  if (btf === undefined || member === undefined)
    walk.refuse('not-supported', 'what the kernel has in place of this context, its BTF does not say');
  const type = btf.typeById(member.typeId);
  if (type.kind !== 'struct')
    walk.refuse('bad-argument', `kern ctx type id ${member.typeId} is not a struct`);
  return pointerRegister('btf', { btfTypeId: type.id, flags: TRUSTED });
}

function checkReadable(walk: Walk, pointer: PointerRegister, register: number, offset: number): void {
  const name = walk.kernelTypes.nameOf(pointer.btfTypeId);
  if (!walk.isPrivileged)
    walk.refuse('not-privileged', `'struct ${name}' access is allowed only with privilege`);
  if (!isGplCompatible(walk.options.license)) {
    walk.refuse('gpl-only', `Cannot access kernel 'struct ${name}' from non-GPL compatible program`);
  }
  const at = pointer.offset + offset;
  if (at < 0) walk.refuse('kernel-object', `R${register} is ptr_${name} invalid negative access: off=${at}`);
  if (constantOf(pointer.variable) !== 0n) {
    walk.refuse(
      'kernel-object',
      `R${register} is ptr_${name} invalid variable offset: it has to be a constant`,
    );
  }
  if ((pointer.flags & (USER | PERCPU)) !== 0) {
    const kind = (pointer.flags & USER) === 0 ? 'percpu' : 'user';
    walk.refuse('kernel-object', `R${register} is ptr_${name} access ${kind} memory: off=${at}`);
  }
}

interface Trust {
  readonly flags: number;
  readonly isMaybeNull: boolean;
}

function trustOf(
  walk: Walk,
  btf: Btf,
  from: PointerRegister,
  found: { readonly typeId: number; readonly flags: number; readonly member: string },
): Trust {
  if ((from.flags & UNTRUSTED) !== 0) return { flags: UNTRUSTED, isMaybeNull: false };
  // Pointers of which nothing is known pass for objects still, as they always did.
  const legacy = { flags: found.flags & ~(TRUSTED | RCU), isMaybeNull: false };
  if (!isTrusted(from) && (from.flags & RCU) === 0) return legacy;
  const isListed = (suffix: string): boolean => isSafeMember(btf, from.btfTypeId, found, suffix);
  if (isListed('__safe_trusted')) return { flags: found.flags | TRUSTED, isMaybeNull: false };
  if (isListed('__safe_trusted_or_null')) return { flags: found.flags | TRUSTED, isMaybeNull: true };
  if (!isInReadSection(walk)) return { flags: UNTRUSTED, isMaybeNull: false };
  if (isListed('__safe_rcu')) return { flags: found.flags | RCU, isMaybeNull: false };
  const isNullable = isListed('__safe_rcu_or_null');
  if (isNullable || (found.flags & RCU) !== 0) {
    const flags = (found.flags | RCU) & (isNullable ? ~UNTRUSTED : ~0);
    return { flags, isMaybeNull: true };
  }
  if ((found.flags & (PERCPU | USER)) !== 0) return { flags: found.flags, isMaybeNull: false };
  return legacy;
}

/** Whether the kernel lists the member, by name and type, under its struct's name with this suffix. */
function isSafeMember(
  btf: Btf,
  typeId: number,
  { member, typeId: pointeeId }: { readonly member: string; readonly typeId: number },
  suffix: string,
): boolean {
  const struct = btf.typeById(typeId);
  if (!isComposite(struct)) return false;
  const list = findComposite(btf, struct.kind, struct.name + suffix);
  return (list?.members ?? []).some((each) => {
    const type = btf.typeById(each.typeId);
    return each.name === member && type.kind === 'ptr' && btf.resolve(type.typeId).id === pointeeId;
  });
}

/** What a program may write of kernel objects, the struct decides whose member it stands for; no other program may. */
export function requireWritableObject(
  walk: Walk,
  pointer: PointerRegister,
  register: number,
  offset: number,
  sizeBytes: number,
): void {
  checkReadable(walk, pointer, register, offset);
  const member = walk.attach?.member;
  if (member === undefined) walk.refuse('read-only', 'only read is supported');
  const btf = kernelTypes(walk, pointer);
  const problem = writeProblem(btf, member, pointer.btfTypeId, pointer.offset + offset, sizeBytes);
  if (problem !== undefined) walk.refuse('read-only', problem);
}
