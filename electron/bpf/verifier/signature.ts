/**
 * What a function takes, by its BTF: kinds of parameters that a caller can be checked against, and that
 * the function can be verified with for any caller. After btf_prepare_func_args() of Linux 6.18.
 */
import type { Btf } from '../object/btf.ts';
import type { BtfFunction, BtfType } from '../object/btf-type.ts';
import type { ProgramType } from '../program.ts';
import { ctxTagProblem, isContextPointer } from './context-type.ts';

export type Parameter =
  | { readonly kind: 'scalar' }
  | { readonly kind: 'ctx' }
  | { readonly kind: 'memory'; readonly sizeBytes: number; readonly isMaybeNull: boolean };

/** A function whose types no call can satisfy has a `problem`. */
export type Signature =
  | { readonly parameters: readonly Parameter[]; readonly problem?: undefined }
  | { readonly problem: { readonly code: 'bad-signature' | 'not-supported'; readonly text: string } };

/** MAX_BPF_FUNC_REG_ARGS. */
const PARAMETERS_MAX = 5;
const POINTER_BYTES = 8;
const TAG_PREFIX = 'arg:';
const KNOWN_TAGS: ReadonlySet<string> = new Set([
  'ctx',
  'trusted',
  'untrusted',
  'nonnull',
  'nullable',
  'arena',
]);
/** Tags on pointers to what only the kernel's own types describe. */
const UNMODELLED_TAGS: readonly string[] = ['trusted', 'untrusted', 'arena'];
/** Sizes have 32 bits. */
const SIZE_MAX = 0xffff_ffff;

class Problem extends Error {
  readonly code: 'bad-signature' | 'not-supported';

  constructor(text: string, code: 'bad-signature' | 'not-supported' = 'bad-signature') {
    super(text);
    this.code = code;
  }
}

export function signatureOf(btf: Btf, typeId: number, programType: ProgramType): Signature {
  try {
    return { parameters: parametersOf(btf, typeId, programType) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { problem: { code: error.code, text: error.message } };
  }
}

function parametersOf(btf: Btf, typeId: number, programType: ProgramType): Parameter[] {
  const type = btf.typeById(typeId);
  if (type.kind !== 'func') throw new Problem(`type ${typeId} of the function is not a FUNC`);
  const prototype = btf.typeById(type.typeId);
  if (prototype.kind !== 'func_proto') throw new Problem(`Invalid type of function ${type.name}()`);
  const count = prototype.parameters.length;
  if (count > PARAMETERS_MAX)
    throw new Problem(`Global function ${type.name}() with ${count} > ${PARAMETERS_MAX} args`);
  const returned = btf.resolve(prototype.returnTypeId);
  if (!isNumber(returned))
    throw new Problem(`Global function ${type.name}() doesn't return scalar. Only those are supported`);
  return prototype.parameters.map((parameter, index) =>
    parameterOf(btf, type, parameter.typeId, index, programType),
  );
}

function isNumber(type: BtfType): boolean {
  return type.kind === 'int' || type.kind === 'enum' || type.kind === 'enum64';
}

function parameterOf(
  btf: Btf,
  owner: BtfFunction,
  typeId: number,
  index: number,
  programType: ProgramType,
): Parameter {
  const tags = tagsOf(btf, owner.id, index);
  const type = btf.resolve(typeId);
  if (type.kind === 'ptr') return pointerOf(btf, type.typeId, tags, index, programType);
  if (tags.size > 0) throw new Problem(`arg#${index} has pointer tag, but is not a pointer type`);
  if (isNumber(type)) return { kind: 'scalar' };
  throw new Problem(`Arg#${index} type ${type.kind} in ${owner.name}() is not supported yet`);
}

function pointerOf(
  btf: Btf,
  targetId: number,
  tags: ReadonlySet<string>,
  index: number,
  programType: ProgramType,
): Parameter {
  const badTags = (): never => {
    throw new Problem(`arg#${index} has invalid combination of tags`);
  };
  if (tags.has('ctx') || isContextPointer(btf, targetId, programType)) {
    if (tags.size > (tags.has('ctx') ? 1 : 0)) badTags();
    const problem = tags.has('ctx') ? ctxTagProblem(btf, targetId, programType) : undefined;
    if (problem !== undefined) throw new Problem(`arg#${index} ${problem}`);
    return { kind: 'ctx' };
  }
  const target = btf.resolve(targetId);
  if (isDynptr(target))
    throw new Problem(`arg#${index} is a pointer to a dynptr, which is not verified yet`, 'not-supported');
  const unmodelled = UNMODELLED_TAGS.find((tag) => tags.has(tag));
  if (unmodelled !== undefined)
    throw new Problem(`arg#${index} is tagged ${unmodelled}, which is not verified yet`, 'not-supported');
  if (tags.has('nullable')) badTags();
  const sizeBytes = sizeOf(btf, target);
  if (sizeBytes === undefined)
    throw new Problem(
      `arg#${index} reference type('${target.kind} ${target.name}') size cannot be determined`,
    );
  return { kind: 'memory', sizeBytes, isMaybeNull: !tags.has('nonnull') };
}

function isDynptr(type: BtfType): boolean {
  const isStruct = type.kind === 'struct' || type.kind === 'union' || (type.kind === 'fwd' && !type.isUnion);
  return isStruct && type.name === 'bpf_dynptr';
}

/** btf_resolve_size(): undefined for what has none. */
function sizeOf(btf: Btf, type: BtfType): number | undefined {
  switch (type.kind) {
    case 'int':
    case 'struct':
    case 'union':
    case 'enum':
    case 'enum64':
    case 'float':
      return type.sizeBytes;
    case 'ptr':
      return POINTER_BYTES;
    case 'array': {
      const size = btf.sizeOf(type.id);
      return size === undefined || size > SIZE_MAX ? undefined : size;
    }
    default:
      return undefined;
  }
}

const tagsByBtf = new WeakMap<Btf, ReadonlyMap<string, ReadonlySet<string>>>();

/** `arg:` tags of a parameter, without that prefix. */
function tagsOf(btf: Btf, functionId: number, index: number): ReadonlySet<string> {
  let known = tagsByBtf.get(btf);
  if (known === undefined) {
    known = readTags(btf);
    tagsByBtf.set(btf, known);
  }
  const tags = known.get(`${functionId} ${index}`) ?? new Set<string>();
  for (const tag of tags)
    if (!KNOWN_TAGS.has(tag)) throw new Problem(`arg#${index} has unsupported set of tags`);
  return tags;
}

function readTags(btf: Btf): ReadonlyMap<string, ReadonlySet<string>> {
  const tags = new Map<string, Set<string>>();
  for (let id = 1; id < btf.typeCount; id += 1) {
    if (btf.kindOf(id) !== 'decl_tag') continue;
    const tag = btf.typeById(id);
    if (tag.kind !== 'decl_tag' || !tag.name.startsWith(TAG_PREFIX)) continue;
    const key = `${tag.typeId} ${tag.componentIndex}`;
    tags.set(key, (tags.get(key) ?? new Set()).add(tag.name.slice(TAG_PREFIX.length)));
  }
  return tags;
}
