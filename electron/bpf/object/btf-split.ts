/**
 * Split BTF: the types of a module, which refer to the kernel's by id and to its strings by offset; and the
 * distilled base that a module may carry (`.BTF.base`), a few types by name in the kernel's stead, so that it
 * fits more than one kernel. After btf__parse_split() and btf__relocate() of libbpf.
 */
import { Failure } from '../../failure.ts';
import { Btf, btfSections } from './btf.ts';
import { appendTypes } from './btf-merge.ts';
import type { BtfType } from './btf-type.ts';

/** The types of one file, and of the base they were distilled with, where there is one. */
export interface SplitTypes {
  readonly file: string;
  readonly types: Uint8Array;
  readonly distilledBase: Uint8Array | undefined;
}

/**
 * `base` with the types of every module behind its own, in their order. Throws Failure `bad-btf`, `truncated`, and
 * `no-base-type` where the base lacks what a distilled one names.
 */
export function joinModules(base: Btf, modules: readonly SplitTypes[]): Btf {
  let joined = base;
  for (const each of modules) {
    const from = joined.typeCount;
    joined =
      each.distilledBase === undefined ? joinSplit(base, joined, each) : joinDistilled(base, joined, each);
    checkReferences(joined, from, each.file);
  }
  return joined;
}

function joinSplit(base: Btf, joined: Btf, { types: bytes, file }: SplitTypes): Btf {
  const { types, strings } = btfSections(bytes, file);
  const ids = joined.typeCount - base.typeCount;
  const stringBytes = joined.stringBytes - base.stringBytes;
  return appendTypes(joined, types, strings.bytes, joined.file, {
    id: (id) => (id < base.typeCount ? id : id + ids),
    string: (offset) => (offset < base.stringBytes ? offset : offset + stringBytes),
  });
}

function joinDistilled(base: Btf, joined: Btf, { types: bytes, distilledBase, file }: SplitTypes): Btf {
  const distilled = Btf.parse(distilledBase ?? new Uint8Array(0), `${file}: .BTF.base`);
  const found = Array.from({ length: distilled.typeCount }, (_, id) =>
    id === 0 ? 0 : counterpart(base, distilled.typeById(id), distilled.file),
  );
  const { types, strings } = btfSections(bytes, file);
  // Offsets count through the distilled strings into the module's own: both come along.
  const allStrings = Buffer.concat([btfSections(distilled.bytes, file).strings.bytes, strings.bytes]);
  return appendTypes(joined, types, allStrings, joined.file, {
    id: (id) => found[id] ?? id - distilled.typeCount + joined.typeCount,
    string: (offset) => (offset === 0 ? 0 : offset + joined.stringBytes),
  });
}

/** The one type of the base that a distilled one stands for. */
function counterpart(base: Btf, wanted: BtfType, file: string): number {
  const candidates = base.idsByName(wanted.name).filter((id) => standsFor(wanted, base.typeById(id)));
  const [id] = candidates;
  if (wanted.name !== '' && id !== undefined && candidates.length === 1) return id;
  const which = `${wanted.kind} ${wanted.name}`;
  const reason = id === undefined ? `${base.file} has no ${which}` : `${base.file} has several ${which}`;
  throw new Failure('object', 'no-base-type', reason, { file, at: `type ${wanted.id}` });
}

/** A struct that is only pointed to has no size in a distilled base, or is a forward declaration. */
function standsFor(wanted: BtfType, candidate: BtfType): boolean {
  switch (wanted.kind) {
    case 'int':
      return (
        candidate.kind === 'int' &&
        candidate.sizeBytes === wanted.sizeBytes &&
        candidate.isSigned === wanted.isSigned &&
        candidate.isBoolean === wanted.isBoolean
      );
    case 'float':
      return candidate.kind === 'float' && candidate.sizeBytes === wanted.sizeBytes;
    case 'enum':
    case 'enum64':
      return (
        (candidate.kind === 'enum' || candidate.kind === 'enum64') && candidate.sizeBytes === wanted.sizeBytes
      );
    case 'fwd':
      return (
        (candidate.kind === 'fwd' && candidate.isUnion === wanted.isUnion) ||
        candidate.kind === (wanted.isUnion ? 'union' : 'struct')
      );
    case 'struct':
    case 'union':
      return (
        candidate.kind === wanted.kind && (wanted.sizeBytes === 0 || candidate.sizeBytes === wanted.sizeBytes)
      );
    default:
      return false;
  }
}

/** Every type that was added can be read, and what it refers to is there. */
function checkReferences(joined: Btf, from: number, file: string): void {
  for (let id = from; id < joined.typeCount; id += 1) {
    const missing = referredTo(joined.typeById(id)).find((each) => each >= joined.typeCount);
    if (missing === undefined) continue;
    const reason = `refers to type ${missing - joined.typeCount} beyond the last: the types of another kernel's module?`;
    throw new Failure('object', 'bad-btf', reason, { file, at: `type ${id}` });
  }
}

function referredTo(type: BtfType): readonly number[] {
  switch (type.kind) {
    case 'array':
      return [type.elementTypeId, type.indexTypeId];
    case 'struct':
    case 'union':
      return type.members.map(({ typeId }) => typeId);
    case 'func_proto':
      return [type.returnTypeId, ...type.parameters.map(({ typeId }) => typeId)];
    case 'datasec':
      return type.variables.map(({ typeId }) => typeId);
    default:
      return 'typeId' in type ? [type.typeId] : [];
  }
}
