/**
 * Externs: what an object expects its kernel to supply. Kernel configuration values (`__kconfig`)
 * become a map of their own, as libbpf makes it. Kernel functions (`__ksym`) are those of
 * helpers/kernel-functions.ts; a weak one whose rules are not described there is absent, so that a program that
 * can do without does. Kernel variables with a type are those of the target's types; of those without one the
 * kernel's symbol table tells the address, where it was recorded. All others do not exist in a recording: weak ones are absent, others stay unresolved.
 */
import { Failure } from '../../failure.ts';
import { isDescribedFunction, kernelFunctionByName } from '../helpers/kernel-functions.ts';
import type { MapDefinition } from '../program.ts';
import type { Btf } from './btf.ts';
import { areTypesCompatible } from './core-compatible.ts';
import { BINDING_WEAK, SECTION_UNDEFINED, type ElfSymbol } from './elf.ts';
import { integer, kconfigBytes } from './kconfig-value.ts';
import { FLAG_MMAPABLE, FLAG_RDONLY_PROG } from './map-definition.ts';
import type { ObjectFile } from './open.ts';

const KCONFIG_SECTION = '.kconfig';
const KSYMS_SECTION = '.ksyms';
/** A configuration value is a number, a letter or a short text; thousands of them fit. */
const KCONFIG_BYTES_MAX = 65_536;

/** Texts are as the kernel's configuration spells values: `y`, `250`, `"text"`. */
export type ExternValues = Readonly<Record<string, bigint | number | boolean | string>>;

/** Address of a kernel symbol by its name; undefined where it is not known, or not one. */
export type SymbolAddresses = (name: string) => bigint | undefined;

export type ExternMeaning =
  | { readonly kind: 'value'; readonly offset: number }
  /** Number of a kernel function. */
  | { readonly kind: 'function'; readonly number: number }
  /** Id of a variable in the target's types. */
  | { readonly kind: 'variable'; readonly btfId: number }
  /** Of a symbol declared without a type, of which only the address counts. */
  | { readonly kind: 'address'; readonly address: bigint }
  /** Weak and not there: its address is 0. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'unresolved'; readonly access: string; readonly reason: string };

export class ExternTable {
  /** The `.kconfig` map; undefined for an object without one. */
  readonly map: MapDefinition | undefined;
  readonly #offsets = new Map<string, number>();
  /** Values that are none of the extern's type. */
  readonly #misfits = new Set<string>();
  readonly #values: ExternValues;

  readonly #variables: ReadonlyMap<string, number>;
  readonly #untyped: ReadonlySet<string>;
  readonly #addressOf: SymbolAddresses;

  /** `addressOf`: what the kernel's symbol table says of names declared without a type. */
  constructor(
    object: ObjectFile,
    values: ExternValues,
    target: Btf | undefined,
    addressOf: SymbolAddresses = () => undefined,
  ) {
    this.#values = values;
    this.#addressOf = addressOf;
    const btf = object.btf;
    this.#variables = kernelVariables(btf, target);
    this.#untyped = untypedSymbols(btf);
    const section = btf?.findDataSection(KCONFIG_SECTION);
    if (btf === undefined || section === undefined) return;
    let sizeBytes = 0;
    const writes: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
    for (const { typeId } of section.variables) {
      const name = btf.nameOf(typeId);
      const size = variableSize(btf, typeId, object.file, name);
      const align = Math.min(8, size & -size);
      const offset = Math.ceil(sizeBytes / align) * align;
      sizeBytes = offset + size;
      if (sizeBytes > KCONFIG_BYTES_MAX)
        throw refuse(object.file, name, `externs take more than ${KCONFIG_BYTES_MAX} bytes`);
      this.#offsets.set(name, offset);
      const value = values[name];
      if (value === undefined) continue;
      const written =
        typeof value === 'string'
          ? kconfigBytes(btf, declaredType(btf, typeId), size, value)
          : integer(BigInt(value), size);
      if (written === undefined) this.#misfits.add(name);
      else writes.push({ offset, bytes: written });
    }
    const bytes = new Uint8Array(sizeBytes);
    for (const each of writes) bytes.set(each.bytes, each.offset);
    this.map = kconfigMap(bytes);
  }

  meaningOf(symbol: ElfSymbol): ExternMeaning {
    const isWeak = symbol.binding === BINDING_WEAK;
    const offset = this.#offsets.get(symbol.name);
    // The map's bytes of a weak value that is not set are zero, which is what libbpf gives it.
    if (offset !== undefined && this.#misfits.has(symbol.name)) {
      const reason = `the kernel was configured with ${symbol.name}=${this.#values[symbol.name]}, which is no value of the extern's type`;
      return { kind: 'unresolved', access: symbol.name, reason };
    }
    if (offset !== undefined && (isWeak || symbol.name in this.#values)) return { kind: 'value', offset };
    if (offset !== undefined) {
      const isConfigured = Object.keys(this.#values).some((name) => name.startsWith('CONFIG_'));
      const reason = isConfigured
        ? "the recording's kernel was configured without it"
        : 'the kernel configuration of the recording is not known';
      return { kind: 'unresolved', access: symbol.name, reason };
    }
    const fn = kernelFunctionByName(symbol.name);
    if (fn !== undefined && (isDescribedFunction(fn) || !isWeak))
      return { kind: 'function', number: fn.number };
    const btfId = this.#variables.get(symbol.name);
    if (btfId !== undefined) return { kind: 'variable', btfId };
    const isUntyped = this.#untyped.has(symbol.name);
    const address = isUntyped ? this.#addressOf(symbol.name) : undefined;
    if (address !== undefined) return { kind: 'address', address };
    if (isWeak) return { kind: 'absent' };
    const reason = isUntyped
      ? 'no symbol table (kallsyms) of the recording has it at one address'
      : 'a recording has no kernel functions and variables';
    return { kind: 'unresolved', access: symbol.name, reason };
  }
}

/** True where a relocation's symbol is for the kernel to supply. */
export function isExtern(symbol: ElfSymbol): boolean {
  return symbol.sectionIndex === SECTION_UNDEFINED;
}

/**
 * Variables of the kernel that the object declares with their types, and that the target has: ids by name.
 * Of one declared without a type only the address counts, and types do not tell it.
 */
function kernelVariables(btf: Btf | undefined, target: Btf | undefined): ReadonlyMap<string, number> {
  const ids = new Map<string, number>();
  if (btf === undefined || target === undefined) return ids;
  for (const { typeId } of btf.findDataSection(KSYMS_SECTION)?.variables ?? []) {
    const declared = btf.typeById(typeId);
    if (declared.kind !== 'var' || btf.resolve(declared.typeId).kind === 'void') continue;
    const found = target.find('var', declared.name);
    if (found !== undefined && areTypesCompatible(btf, declared.typeId, target, found.typeId))
      ids.set(declared.name, found.id);
  }
  return ids;
}

/** `extern const void NAME __ksym`. */
function untypedSymbols(btf: Btf | undefined): ReadonlySet<string> {
  const variables = btf?.findDataSection(KSYMS_SECTION)?.variables ?? [];
  return new Set(
    variables.flatMap(({ typeId }) => {
      const declared = btf?.typeById(typeId);
      const isUntyped = declared?.kind === 'var' && btf?.resolve(declared.typeId).kind === 'void';
      return isUntyped ? [declared.name] : [];
    }),
  );
}

function variableSize(btf: Btf, typeId: number, file: string, name: string): number {
  const size = btf.sizeOf(typeId);
  if (size === undefined || size === 0) throw refuse(file, name, 'the extern has no size');
  return size;
}

function declaredType(btf: Btf, variable: number): number {
  const declared = btf.typeById(variable);
  return declared.kind === 'var' ? declared.typeId : variable;
}

function refuse(file: string, name: string, reason: string): Failure {
  return new Failure('object', 'bad-extern', reason, { file, at: `extern ${name}` });
}

function kconfigMap(initialValue: Uint8Array): MapDefinition {
  return {
    name: KCONFIG_SECTION,
    type: 'array',
    keySizeBytes: 4,
    valueSizeBytes: initialValue.length,
    maxEntries: 1,
    flags: FLAG_MMAPABLE | FLAG_RDONLY_PROG,
    keyTypeId: 0,
    valueTypeId: 0,
    initialValue,
    isFrozen: true,
    inner: undefined,
  };
}
