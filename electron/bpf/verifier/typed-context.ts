/**
 * The context of programs that are attached to functions of the kernel: its eight-byte places are the
 * function's arguments, typed by its prototype in the kernel's BTF. After btf_ctx_access() of Linux 6.18.
 */
import type { Btf } from '../object/btf.ts';
import type { BtfPrototype, BtfReference, BtfType } from '../object/btf-type.ts';
import type { AttachTarget } from './attach-target.ts';
import { isComposite, tagFlags } from './btf-walk.ts';
import { requireUnmovedContext } from './context.ts';
import { iteratorArguments } from './iterators.ts';
import { hasTrustedArguments, lsmReturnRange } from './lsm-hooks.ts';
import { nullability } from './nullable-arguments.ts';
import { TRUSTED } from './pointer-flags.ts';
import { rangeScalar } from './ranges.ts';
import {
  pointerRegister,
  scalarRegister,
  unknownRegister,
  type PointerRegister,
  type Register,
} from './register.ts';
import { promotedType } from './struct-ops.ts';
import type { Walk } from './walk.ts';

const PLACE_BYTES = 8;
/** MAX_BPF_FUNC_ARGS. */
const PLACES_MAX = 12;

/** Checks a read of the context, and gives what the register then holds. */
export function loadArgument(
  walk: Walk,
  target: AttachTarget,
  btf: Btf,
  pointer: PointerRegister,
  register: number,
  offset: number,
  sizeBytes: number,
): Register {
  requireUnmovedContext(walk, pointer, register);
  if (offset < 0 || offset >= PLACE_BYTES * PLACES_MAX || offset % sizeBytes !== 0)
    walk.refuse('context-access', `invalid bpf_context access off=${offset} size=${sizeBytes}`);
  if (offset % PLACE_BYTES !== 0)
    walk.refuse('context-access', `func '${target.name}' offset ${offset} is not multiple of 8`);
  const found = typeAt(walk, target, btf, offset);
  walk.noteContextAccess(offset, sizeBytes, false);
  const type = btf.resolve(found.typeId);
  if (isNumber(type)) return found.isResult ? resultOf(target) : unknownRegister;
  if (type.kind !== 'ptr') {
    walk.refuse(
      'context-access',
      `func '${target.name}' arg${found.place} '${type.name}' has type ${type.kind.toUpperCase()}. Only pointer access is allowed`,
    );
  }
  if (sizeBytes !== PLACE_BYTES)
    walk.refuse('context-access', `func '${target.name}' size ${sizeBytes} must be 8`);
  return pointerAt(walk, target, btf, type, found.place);
}

/** `place` counts the arguments from 0; the result comes after the last. */
interface Found {
  readonly typeId: number;
  readonly place: number;
  readonly isResult: boolean;
}

function typeAt(walk: Walk, target: AttachTarget, btf: Btf, offset: number): Found {
  const { prototype, kind, name } = target;
  // A tracepoint's function takes a pointer of its own before what the tracepoint gives.
  const hidden = kind === 'raw_tp' ? 1 : 0;
  const parameters = prototype.parameters.slice(hidden);
  const place = placeOf(btf, prototype, offset);
  const parameter = parameters[place];
  if (parameter !== undefined) return { typeId: parameter.typeId, place, isResult: false };
  const hasResult = kind === 'fexit' || kind === 'fmod_ret' || kind === 'lsm';
  if (place !== parameters.length || !hasResult)
    walk.refuse('context-access', `func '${name}' doesn't have ${place + 1}-th argument`);
  const { returnTypeId } = prototype;
  if (kind === 'fmod_ret' && !isSmallInteger(btf.resolve(returnTypeId)))
    walk.refuse('context-access', `ret type of ${name} not allowed for fmod_ret`);
  return { typeId: returnTypeId, place, isResult: true };
}

/** Number of the parameter at the offset; one past the last for the result. btf_ctx_arg_idx(). */
function placeOf(btf: Btf, prototype: BtfPrototype, offset: number): number {
  let end = 0;
  for (const [index, { typeId }] of prototype.parameters.entries()) {
    end += placeBytes(btf, typeId);
    if (offset < end) return index;
  }
  const count = prototype.parameters.length;
  return offset < end + placeBytes(btf, prototype.returnTypeId) ? count : count + 1;
}

function placeBytes(btf: Btf, typeId: number): number {
  return PLACE_BYTES * Math.ceil((btf.sizeOf(typeId) ?? 0) / PLACE_BYTES);
}

function isSmallInteger(type: BtfType): boolean {
  return type.kind === 'int' && type.bitOffset === 0 && [8, 16, 32, 64].includes(type.bits);
}

function isNumber(type: BtfType): boolean {
  return isSmallInteger(type) || type.kind === 'enum' || type.kind === 'enum64' || isComposite(type);
}

/** What a function returned; what LSM hooks may answer is known. */
function resultOf(target: AttachTarget): Register {
  if (target.kind !== 'lsm') return unknownRegister;
  const { min, max } = lsmReturnRange(target.name);
  return scalarRegister(rangeScalar(BigInt(min), BigInt(max)));
}

function pointerAt(walk: Walk, target: AttachTarget, btf: Btf, type: BtfReference, place: number): Register {
  const iterated = target.kind === 'iter' ? iteratorArguments(walk.program.attachTarget)?.[place] : undefined;
  if (iterated?.kind === 'buffer') {
    const { flags, isMaybeNull } = iterated;
    return pointerRegister('buffer', { flags, isMaybeNull, id: isMaybeNull ? walk.newId() : 0 });
  }
  const pointee = btf.resolve(type.typeId);
  // Of what lies behind these nothing is known: as good as numbers.
  if (pointee.kind === 'void' || pointee.kind === 'int') return unknownRegister;
  if (!isComposite(pointee)) {
    walk.refuse(
      'context-access',
      `func '${target.name}' arg${place} type ${pointee.kind.toUpperCase()} is not a struct`,
    );
  }
  if (iterated !== undefined) {
    const { flags, isMaybeNull } = iterated;
    const id = isMaybeNull ? walk.newId() : 0;
    return pointerRegister('btf', { btfTypeId: pointee.id, flags, isMaybeNull, id });
  }
  const nulls = nullability(target, place);
  if (nulls.mayBeError) return unknownRegister;
  const flags = tagFlags(btf, type) | (isTrusting(target) ? TRUSTED : 0);
  const id = nulls.isMaybeNull ? walk.newId() : 0;
  const btfTypeId = target.member === undefined ? pointee.id : promotedType(btf, target.member, pointee.id);
  return pointerRegister('btf', { btfTypeId, flags, isMaybeNull: nulls.isMaybeNull, id });
}

/** prog_args_trusted(). */
function isTrusting({ kind, name }: AttachTarget): boolean {
  return (
    kind === 'raw_tp' ||
    kind === 'iter' ||
    kind === 'struct_ops' ||
    (kind === 'lsm' && hasTrustedArguments(name))
  );
}
