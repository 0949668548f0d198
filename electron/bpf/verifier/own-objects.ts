/**
 * Objects of a program's own, made with bpf_obj_new() of a struct of its BTF: who holds one reads and writes it like
 * plain memory, member by member, but for what the kernel keeps for itself. After check_kfunc_call() and
 * check_ptr_to_btf_access() of Linux 6.18.
 */
import type { Btf } from '../object/btf.ts';
import type { ObjectLayout } from '../program.ts';
import { findInObject, isComposite } from './btf-walk.ts';
import { objectFieldsOf, recordOf } from './graph-record.ts';
import { NON_OWNING, PERCPU, RCU, READ_ONLY, UNTRUSTED } from './pointer-flags.ts';
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
export function madeObject(walk: Walk, typeId: bigint, isPerCpu: boolean): Register {
  const { btf } = walk.options;
  if (btf === undefined) walk.refuse('bad-argument', 'bpf_obj_new/bpf_percpu_obj_new requires prog BTF');
  if (typeId !== BigInt.asUintN(32, typeId))
    walk.refuse('bad-argument', 'local type ID argument must be in range [0, U32_MAX]');
  const btfTypeId = Number(typeId);
  const isStruct = btfTypeId > 0 && btfTypeId < btf.typeCount && btf.kindOf(btfTypeId) === 'struct';
  if (!isStruct)
    walk.refuse('bad-argument', 'bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct');
  const fields = objectFieldsOf(walk, btf, btfTypeId);
  const sizeBytes = btf.sizeOf(btfTypeId) ?? 0;
  if (isPerCpu) checkPerCpu(walk, btf, btfTypeId, sizeBytes, fields.length);
  noteLayout(walk, { typeId: btfTypeId, sizeBytes, fields, isPerCpu });
  const reference = acquire(walk);
  const flags = isPerCpu ? PERCPU : 0;
  return pointerRegister('object', { btfTypeId, flags, isMaybeNull: true, id: reference, reference });
}

/** BPF_GLOBAL_PERCPU_MA_MAX_SIZE. */
const PERCPU_BYTES_MAX = 512;

function checkPerCpu(walk: Walk, btf: Btf, typeId: number, sizeBytes: number, fieldCount: number): void {
  if (sizeBytes > PERCPU_BYTES_MAX)
    walk.refuse(
      'bad-argument',
      `bpf_percpu_obj_new type size (${sizeBytes}) is greater than ${PERCPU_BYTES_MAX}`,
    );
  if (fieldCount > 0 || !isOfNumbers(btf, typeId, 0))
    walk.refuse('bad-argument', 'bpf_percpu_obj_new type ID argument must be of a struct of scalars');
}

const NESTING_MAX = 3;
const numbers: ReadonlySet<string> = new Set(['int', 'enum', 'enum64']);

/** __btf_type_is_scalar_struct(). */
function isOfNumbers(btf: Btf, typeId: number, depth: number): boolean {
  const struct = btf.resolve(typeId);
  if (!isComposite(struct)) return false;
  return struct.members.every((member) => {
    const type = btf.resolve(member.typeId);
    if (isComposite(type)) return depth < NESTING_MAX && isOfNumbers(btf, type.id, depth + 1);
    if (type.kind !== 'array') return numbers.has(type.kind);
    return type.count > 0 && numbers.has(btf.resolve(type.elementTypeId).kind);
  });
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
export function droppedObject(walk: Walk, content: Register, register: number, flags = 0): number {
  if (!isPointer(content) || content.target !== 'object' || content.flags !== flags || content.isMaybeNull)
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
  if ((flags & PERCPU) !== 0)
    walk.refuse('kernel-object', `R${register} is ptr_${name} access percpu memory: off=${offset}`);
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
