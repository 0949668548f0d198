/**
 * When a type of one kernel may stand for a type of another: the rules CO-RE relocates by.
 *
 * Source: the behaviour of libbpf 1.5 (fields, types, and the stricter match of
 * bpf_core_type_matches()), as its documentation and tests state it.
 */
import type { Btf } from './btf.ts';
import type { BtfComposite, BtfEnum, BtfType } from './btf-type.ts';

/** Nesting of pointers, arrays and prototypes that is followed; libbpf follows 32. */
const DEPTH_MAX = 32;

/** The name without the flavour: `task_struct___old` is `task_struct`. */
export function essentialName(name: string): string {
  const at = name.lastIndexOf('___');
  return at > 0 ? name.slice(0, at) : name;
}

export function isComposite(type: BtfType): type is BtfComposite {
  return type.kind === 'struct' || type.kind === 'union';
}

export function isEnum(type: BtfType): type is BtfEnum {
  return type.kind === 'enum' || type.kind === 'enum64';
}

/** Kinds that may stand for each other: equal ones, and enum for enum64. */
export function areKindsCompatible(a: BtfType, b: BtfType): boolean {
  return a.kind === b.kind || (isEnum(a) && isEnum(b));
}

/** Whether a field of type `localId` may be relocated onto one of type `targetId`. */
export function areFieldsCompatible(local: Btf, localId: number, target: Btf, targetId: number): boolean {
  let a = local.resolve(localId);
  let b = target.resolve(targetId);
  for (let depth = 0; depth < DEPTH_MAX; depth += 1) {
    if (isComposite(a) && isComposite(b)) return true;
    if (!areKindsCompatible(a, b)) return false;
    if (a.kind === 'ptr' || a.kind === 'float') return true;
    if (a.kind === 'fwd' || isEnum(a)) {
      const [nameA, nameB] = [essentialName(a.name), essentialName(b.name)];
      return nameA === '' || nameB === '' || nameA === nameB;
    }
    if (a.kind === 'int' && b.kind === 'int') return a.bitOffset === 0 && b.bitOffset === 0;
    if (a.kind !== 'array' || b.kind !== 'array') return false;
    a = local.resolve(a.elementTypeId);
    b = target.resolve(b.elementTypeId);
  }
  return false;
}

/** bpf_core_type_exists() and type size: kinds agree down through pointers, arrays and prototypes. */
export function areTypesCompatible(
  local: Btf,
  localId: number,
  target: Btf,
  targetId: number,
  depth = DEPTH_MAX,
): boolean {
  if (depth === 0) return false;
  const a = local.resolve(localId);
  const b = target.resolve(targetId);
  if (!areKindsCompatible(a, b)) return false;
  const follow = (x: number, y: number): boolean => areTypesCompatible(local, x, target, y, depth - 1);
  if (a.kind === 'int' && b.kind === 'int') return a.bitOffset === 0 && b.bitOffset === 0;
  if (a.kind === 'ptr' && b.kind === 'ptr') return follow(a.typeId, b.typeId);
  if (a.kind === 'array' && b.kind === 'array') return follow(a.elementTypeId, b.elementTypeId);
  if (a.kind === 'func_proto' && b.kind === 'func_proto') {
    const theirs = b.parameters;
    return (
      a.parameters.length === theirs.length &&
      a.parameters.every((each, index) => follow(each.typeId, theirs[index]?.typeId ?? 0)) &&
      follow(a.returnTypeId, b.returnTypeId)
    );
  }
  return a.kind === 'void' || a.kind === 'fwd' || isComposite(a) || isEnum(a);
}

/** bpf_core_type_matches(): names agree too, and every local member has its like in the target. */
export function doTypesMatch(local: Btf, localId: number, target: Btf, targetId: number): boolean {
  return matches({ local, target }, localId, targetId, false, DEPTH_MAX);
}

interface Pair {
  readonly local: Btf;
  readonly target: Btf;
}

function matches(
  pair: Pair,
  localId: number,
  targetId: number,
  isBehindPointer: boolean,
  depth: number,
): boolean {
  if (depth === 0) return false;
  const a = pair.local.resolve(localId);
  const b = pair.target.resolve(targetId);
  if (essentialName(a.name) !== essentialName(b.name)) return false;
  if (!areKindsCompatible(a, b)) return isBehindPointer && isForwardOf(a, b);
  const follow = (x: number, y: number, pointer = false): boolean =>
    matches(pair, x, y, isBehindPointer || pointer, depth - 1);
  if (isComposite(a) && isComposite(b)) return isBehindPointer || membersMatch(pair, a, b, depth);
  if (isEnum(a) && isEnum(b)) return enumsMatch(a, b);
  if (a.kind === 'fwd' && b.kind === 'fwd') return a.isUnion === b.isUnion;
  if (a.kind === 'int' && b.kind === 'int') return a.sizeBytes === b.sizeBytes && a.isSigned === b.isSigned;
  if (a.kind === 'float' && b.kind === 'float') return a.sizeBytes === b.sizeBytes;
  if (a.kind === 'ptr' && b.kind === 'ptr') return follow(a.typeId, b.typeId, true);
  if (a.kind === 'array' && b.kind === 'array') {
    return a.count === b.count && follow(a.elementTypeId, b.elementTypeId);
  }
  if (a.kind === 'func_proto' && b.kind === 'func_proto') {
    const theirs = b.parameters;
    return (
      a.parameters.length === theirs.length &&
      a.parameters.every((each, index) => follow(each.typeId, theirs[index]?.typeId ?? 0)) &&
      follow(a.returnTypeId, b.returnTypeId)
    );
  }
  return a.kind === 'void';
}

function isForwardOf(a: BtfType, b: BtfType): boolean {
  const [forward, whole] = a.kind === 'fwd' ? [a, b] : [b, a];
  return forward.kind === 'fwd' && whole.kind === (forward.isUnion ? 'union' : 'struct');
}

/** Every local member has a target member of its name (in the target's anonymous members too). */
function membersMatch(pair: Pair, local: BtfComposite, target: BtfComposite, depth: number): boolean {
  if (local.members.length > target.members.length) return false;
  return local.members.every((member) =>
    target.members.some(
      (theirs) =>
        essentialName(theirs.name) === essentialName(member.name) &&
        matches(pair, member.typeId, theirs.typeId, false, depth - 1),
    ),
  );
}

function enumsMatch(local: BtfEnum, target: BtfEnum): boolean {
  if (local.sizeBytes !== target.sizeBytes) return false;
  const theirs = new Set(target.values.map(({ name }) => essentialName(name)));
  return local.values.every(({ name }) => theirs.has(essentialName(name)));
}
