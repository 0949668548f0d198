/**
 * CO-RE: instructions compiled against one kernel's types, rewritten for another's. What the target
 * lacks is answered where the program asks ("does this field exist"), poisoned where it reads, and in
 * that case reported with the field's name.
 *
 * Source: the behaviour of libbpf 1.5, Documentation/bpf/llvm_reloc.rst of Linux 6.18.
 */
import { Failure } from '../../failure.ts';
import type { Instruction } from '../program.ts';
import type { Btf } from './btf.ts';
import type { CoreRecord } from './btf-ext.ts';
import { areKindsCompatible, areTypesCompatible, doTypesMatch, essentialName } from './core-compatible.ts';
import { applyPatch, poison, type Patch } from './core-patch.ts';
import {
  matchEnumValue,
  matchField,
  parseEnumAccess,
  parseFieldAccess,
  typeText,
  type FieldSpec,
} from './core-spec.ts';
import { CORE_KINDS, fieldValue, loadOfField, type CoreKind, type FieldKind } from './core-value.ts';

/** What is written where, or why nothing can be. */
export interface UnresolvedRelocation {
  readonly access: string;
  readonly reason: string;
}

type Outcome = Patch | { readonly unresolved: string };

/** Relocates one object onto one target; candidates are found once a name. */
export class CoreRelocator {
  readonly #local: Btf;
  readonly #target: Btf;
  readonly #candidates = new Map<number, readonly number[]>();

  constructor(local: Btf, target: Btf) {
    this.#local = local;
    this.#target = target;
  }

  /**
   * Patches `code` in place; gives what is unresolved by slot. Throws Failure `bad-relocation` where the
   * object contradicts itself, `ambiguous-relocation` where two target types of the name disagree.
   */
  relocate(code: Instruction[], records: readonly CoreRecord[]): Map<number, UnresolvedRelocation> {
    const unresolved = new Map<number, UnresolvedRelocation>();
    for (const record of records) {
      const kind = CORE_KINDS[record.kind];
      if (kind === undefined) throw this.#refuse(record, `unknown kind of CO-RE relocation ${record.kind}`);
      const { access, outcome } = this.#resolve(kind, record);
      const reason = 'unresolved' in outcome ? outcome.unresolved : applyPatch(code, record.slot, outcome);
      if (reason === undefined) continue;
      poison(code, record.slot);
      unresolved.set(record.slot, { access, reason });
    }
    return unresolved;
  }

  #resolve(kind: CoreKind, record: CoreRecord): { access: string; outcome: Outcome } {
    if (kind.startsWith('field_')) return this.#resolveField(kind as FieldKind, record);
    if (kind === 'enumval_exists' || kind === 'enumval_value') return this.#resolveEnum(kind, record);
    return { access: typeText(this.#local, record.typeId), outcome: this.#resolveType(kind, record) };
  }

  #resolveField(kind: FieldKind, record: CoreRecord): { access: string; outcome: Outcome } {
    const local = this.#local;
    const spec = parseFieldAccess(local, record.typeId, record.access);
    const candidates = this.#candidatesOf(record.typeId);
    const found = candidates
      .map((id) => matchField(local, spec, this.#target, id))
      .filter((each) => each !== undefined);
    if (found.length === 0) {
      const exists = kind === 'field_exists';
      const reason =
        candidates.length === 0
          ? `the target has no ${typeText(local, record.typeId)}`
          : 'the target has no such field';
      return { access: spec.text, outcome: exists ? plain(0n, 1n) : { unresolved: reason } };
    }
    const patches = found.map((target) => this.#fieldPatch(kind, spec, target));
    return { access: spec.text, outcome: this.#agreed(patches, record, spec.text) };
  }

  #fieldPatch(kind: FieldKind, localSpec: FieldSpec, targetSpec: FieldSpec): Outcome {
    const value = fieldValue(kind, this.#target, targetSpec);
    const localValue = fieldValue(kind, this.#local, localSpec);
    const here = loadOfField(this.#local, localSpec);
    const there = loadOfField(this.#target, targetSpec);
    if (value === undefined || localValue === undefined) return { unresolved: 'the field cannot be loaded' };
    // Which word a bitfield is loaded from is the compiler's choice, so libbpf does not compare it, nor
    // signs and shifts.
    const isPlace =
      (kind === 'field_byte_offset' || kind === 'field_byte_size') && here?.isBitfield === false;
    const isChecked = isPlace || kind === 'field_exists';
    const isOffset =
      kind === 'field_byte_offset' && here?.isBitfield === false && there?.isBitfield === false;
    return {
      value,
      localValue: isChecked ? localValue : undefined,
      localSizeBytes: isOffset ? here.byteSize : 0,
      sizeBytes: isOffset ? there.byteSize : 0,
      mayResize: this.#mayResize(localSpec.typeId, targetSpec.typeId),
    };
  }

  /** Pointers and unsigned integers may be loaded wider or narrower: upper bits are zero either way. */
  #mayResize(localId: number, targetId: number): boolean {
    const a = this.#local.resolve(localId);
    const b = this.#target.resolve(targetId);
    if (a.kind === 'ptr' && b.kind === 'ptr') return true;
    return a.kind === 'int' && b.kind === 'int' && !a.isSigned && !b.isSigned;
  }

  #resolveEnum(
    kind: 'enumval_exists' | 'enumval_value',
    record: CoreRecord,
  ): { access: string; outcome: Outcome } {
    const value = parseEnumAccess(this.#local, record.typeId, record.access);
    const access = `${typeText(this.#local, record.typeId)}: ${value.name}`;
    const found = this.#candidatesOf(record.typeId)
      .map((id) => matchEnumValue(value, this.#target, id))
      .filter((each) => each !== undefined);
    if (kind === 'enumval_exists') return { access, outcome: plain(found.length > 0 ? 1n : 0n, 1n) };
    if (found.length === 0) return { access, outcome: { unresolved: 'the target has no such value' } };
    const patches = found.map((each) => plain(each.value, value.value));
    return { access, outcome: this.#agreed(patches, record, access) };
  }

  #resolveType(kind: CoreKind, record: CoreRecord): Outcome {
    const { typeId } = record;
    if (kind === 'type_id_local') return { ...plain(BigInt(typeId), undefined) };
    const fits = kind === 'type_matches' ? doTypesMatch : areTypesCompatible;
    const found = this.#candidatesOf(typeId).filter((id) => fits(this.#local, typeId, this.#target, id));
    if (kind === 'type_exists' || kind === 'type_matches') return plain(found.length > 0 ? 1n : 0n, 1n);
    if (kind === 'type_id_target') {
      if (found.length === 0) return plain(0n, undefined);
      return this.#agreed(
        found.map((id) => plain(BigInt(id), undefined)),
        record,
        typeText(this.#local, typeId),
      );
    }
    const localSize = this.#local.sizeOf(typeId);
    const sizes = found.map((id) =>
      plain(BigInt(this.#target.sizeOf(id) ?? 0), localSize === undefined ? undefined : BigInt(localSize)),
    );
    return sizes.length === 0
      ? plain(0n, undefined)
      : this.#agreed(sizes, record, typeText(this.#local, typeId));
  }

  /** Two target types of one name must give the same answer. */
  #agreed(outcomes: readonly Outcome[], record: CoreRecord, access: string): Outcome {
    const [first] = outcomes;
    if (first === undefined) throw new Error('at least one candidate');
    const answer = (outcome: Outcome): string =>
      'unresolved' in outcome ? 'unresolved' : `${outcome.value}, ${outcome.sizeBytes} bytes`;
    const other = outcomes.find((each) => answer(each) !== answer(first));
    if (other === undefined) return first;
    const file = { file: this.#local.file, at: `instruction ${record.slot}` };
    const reason = `${access} is ambiguous: the target's types say ${answer(first)} and ${answer(other)}`;
    throw new Failure('object', 'ambiguous-relocation', reason, file);
  }

  /** Target types that bear the root's essential name and are of its kind. */
  #candidatesOf(localId: number): readonly number[] {
    const known = this.#candidates.get(localId);
    if (known !== undefined) return known;
    const local = this.#local.typeById(localId);
    const name = essentialName(local.name);
    const ids = (name === '' ? [] : (idsByEssentialName(this.#target).get(name) ?? [])).filter((id) =>
      areKindsCompatible(local, this.#target.typeById(id)),
    );
    this.#candidates.set(localId, ids);
    return ids;
  }

  #refuse(record: CoreRecord, reason: string): Failure {
    return new Failure('object', 'bad-relocation', reason, {
      file: this.#local.file,
      at: `instruction ${record.slot}`,
    });
  }
}

/** A kernel's BTF is a target many times over; its 60,000 names are sorted by once. */
const essentialIds = new WeakMap<Btf, ReadonlyMap<string, readonly number[]>>();

function idsByEssentialName(target: Btf): ReadonlyMap<string, readonly number[]> {
  const known = essentialIds.get(target);
  if (known !== undefined) return known;
  const byName = new Map<string, number[]>();
  for (const [full, ids] of target.namedIds()) {
    const name = essentialName(full);
    const others = byName.get(name);
    if (others === undefined) byName.set(name, [...ids]);
    else others.push(...ids);
  }
  essentialIds.set(target, byName);
  return byName;
}

function plain(value: bigint, localValue: bigint | undefined): Patch {
  return { value, localValue, localSizeBytes: 0, sizeBytes: 0, mayResize: true };
}
