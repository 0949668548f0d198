/**
 * Objects of a program's own, made with bpf_obj_new() of a struct of its BTF: who holds one reads and writes it like
 * plain memory, member by member, but for what the kernel keeps for itself. After check_kfunc_call() and
 * check_ptr_to_btf_access() of Linux 6.18.
 */
import type { ObjectLayout } from '../program.ts';
import { findInObject } from './btf-walk.ts';
import { objectFieldsOf, recordOf } from './graph-record.ts';
import { NON_OWNING, RCU, READ_ONLY, UNTRUSTED } from './pointer-flags.ts';
import { acquire } from './references.ts';
import {
  isPointer,
  kindName,
  pointerRegister,
  unknownRegister,
  type PointerRegister,
  type Register,
} from './register.ts';
import { constantOf } from './scalar.ts';
import type { Walk } from './walk.ts';

/** What bpf_obj_new() gives for the id of a type: an object that the program holds, or null. */
export function madeObject(walk: Walk, typeId: bigint): Register {
  const { btf } = walk.options;
  if (btf === undefined) walk.refuse('bad-argument', 'bpf_obj_new/bpf_percpu_obj_new requires prog BTF');
  if (typeId !== BigInt.asUintN(32, typeId))
    walk.refuse('bad-argument', 'local type ID argument must be in range [0, U32_MAX]');
  const btfTypeId = Number(typeId);
  const isStruct = btfTypeId > 0 && btfTypeId < btf.typeCount && btf.kindOf(btfTypeId) === 'struct';
  if (!isStruct)
    walk.refuse('bad-argument', 'bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct');
  const fields = objectFieldsOf(walk, btf, btfTypeId);
  noteLayout(walk, { typeId: btfTypeId, sizeBytes: btf.sizeOf(btfTypeId) ?? 0, fields });
  const reference = acquire(walk);
  return pointerRegister('object', { btfTypeId, isMaybeNull: true, id: reference, reference });
}

/** One call makes objects of one struct: it is told when the program is loaded. */
function noteLayout(walk: Walk, layout: ObjectLayout): void {
  const known = walk.objectLayouts.get(walk.pc);
  if (layout.sizeBytes === 0 || (known !== undefined && known.typeId !== layout.typeId))
    walk.refuse(
      'not-supported',
      'a call of bpf_obj_new() for structs without bytes, or of different structs',
    );
  if (known === undefined) walk.objectLayouts.set(walk.pc, layout);
}

/** Checks an object that is given back, and gives what the program held until then. */
export function droppedObject(walk: Walk, content: Register, register: number): number {
  if (!isPointer(content) || content.target !== 'object' || content.flags !== 0 || content.isMaybeNull)
    walk.refuse(
      isPointer(content) && content.isMaybeNull ? 'maybe-null' : 'bad-argument',
      `arg#${register - 1} expected pointer to allocated object, and R${register} is ${kindName(content)}`,
    );
  if (content.offset !== 0 || constantOf(content.variable) !== 0n)
    walk.refuse('bad-argument', `R${register} must have zero offset when passed to release func`);
  if (content.reference === 0) walk.refuse('not-a-reference', 'allocated object must be referenced');
  return content.reference;
}

/** Checks a read, and gives what the register then holds: a pointer that was stored is a number. */
export function loadFromObjectOfOwn(
  walk: Walk,
  pointer: PointerRegister,
  register: number,
  offset: number,
  sizeBytes: number,
): Register {
  const found = findMember(walk, pointer, register, offset, sizeBytes);
  if (found !== 'memory') return unknownRegister;
  return pointerRegister('mem', { flags: READ_ONLY | UNTRUSTED });
}

export function storeToObjectOfOwn(
  walk: Walk,
  pointer: PointerRegister,
  register: number,
  offset: number,
  sizeBytes: number,
): void {
  if (pointer.reference === 0 && (pointer.flags & NON_OWNING) === 0)
    walk.refuse('not-supported', 'writes to an object that a map owns are not verified yet');
  findMember(walk, pointer, register, offset, sizeBytes);
}

function findMember(
  walk: Walk,
  pointer: PointerRegister,
  register: number,
  offset: number,
  sizeBytes: number,
): string {
  const { btf } = walk.options;
  if (btf === undefined) throw new Error('without BTF there are no such objects');
  const { btfTypeId, flags, reference } = pointer;
  const name = btf.nameOf(btfTypeId);
  const isThere = (flags & UNTRUSTED) === 0 && (reference !== 0 || (flags & (RCU | NON_OWNING)) !== 0);
  if (!walk.isPrivileged || !isThere)
    walk.refuse('kernel-object', `R${register} is ptr_${name}, which may be gone`);
  const at = pointer.offset + offset;
  if (at < 0) walk.refuse('kernel-object', `R${register} is ptr_${name} invalid negative access: off=${at}`);
  if (constantOf(pointer.variable) !== 0n)
    walk.refuse(
      'kernel-object',
      `R${register} is ptr_${name} invalid variable offset: it has to be a constant`,
    );
  const touched = recordOf(walk, pointer).find(
    (each) => at < each.offsetBytes + each.sizeBytes && each.offsetBytes < at + sizeBytes,
  );
  if (touched !== undefined)
    walk.refuse('special-field', `direct access to ${touched.name.replace('struct ', '')} is disallowed`);
  const found = findInObject(btf, btfTypeId, at, sizeBytes);
  if (found.kind === 'refused') walk.refuse('kernel-object', found.text);
  return found.kind;
}
