/**
 * What a tool's user space sets by name before load: values of global variables and of parts of them, sizes of
 * maps, which programs load, answers to `__kconfig` externs.
 *
 * A name is a variable (`targ_ms`), a part of one (`filter.comm`, `ports[2]`), a member of a struct of functions
 * (`reno.init`: a program's name, or 0 for none), `MAP.max_entries`, `MAP.value_size`, `PROGRAM.autoload` or an extern. C gives each of these one name in a file, so none can mean two things. A value is
 * a number, or the text a person writes: it is read as the variable's type asks.
 */
import { Failure } from '../../failure.ts';
import type { MapDefinition } from '../program.ts';
import type { Btf } from './btf.ts';
import { encodeValue } from './encode-value.ts';
import { SYMBOL_OBJECT } from './elf.ts';
import { nearest } from './nearest.ts';
import type { ObjectFile, ObjectMap } from './open.ts';
import { TEXT_SECTION } from './open.ts';
import { isFunctionPointer } from './struct-ops.ts';
import { placeInType, valueOfText } from './setting-value.ts';

export type SettingValue = bigint | number | boolean | string;
export type ObjectSettings = Readonly<Record<string, SettingValue>>;

export interface Configured {
  /** In the order of the object's maps, with variables and sizes set. */
  readonly maps: readonly MapDefinition[];
  /** Whether a program loads, of those that were named. */
  readonly autoload: ReadonlyMap<string, boolean>;
  /** What was set of `__kconfig` externs. */
  readonly externs: Readonly<Record<string, bigint | number | boolean>>;
}

const MAX_ENTRIES = '.max_entries';
/** In bytes: how deep the stacks of a stack trace map are. */
const VALUE_SIZE = '.value_size';
const AUTOLOAD = '.autoload';
const SIZE_MAX = 0xffff_ffff;

/** Throws Failure `unknown-setting` with names near it, or `bad-setting` where a value does not fit; `big-endian`. */
export function configure(object: ObjectFile, settings: ObjectSettings): Configured {
  const maps: MapDefinition[] = object.maps.map(({ definition }) => ({
    ...definition,
    initialValue: definition.initialValue?.slice(),
  }));
  const autoload = new Map<string, boolean>();
  const externs: Record<string, bigint | number | boolean> = {};
  const known = settableNames(object);
  for (const [name, value] of Object.entries(settings)) {
    const base = /^\w+/.exec(name)?.[0] ?? '';
    if (known.variables.has(base)) setVariable(object, maps, name, base, value);
    else if (known.structs.has(base)) setMember(object, maps, known.structs.get(base) ?? -1, name, value);
    else if (known.maps.has(base) && [MAX_ENTRIES, VALUE_SIZE].includes(name.slice(base.length))) {
      const index = known.maps.get(base) ?? -1;
      const map = maps[index];
      if (map !== undefined) maps[index] = resized(object, map, name, value);
    } else if (name.endsWith(AUTOLOAD) && known.programs.has(base)) {
      autoload.set(base, isTrue(object, name, value));
    } else if (known.externs.has(name)) externs[name] = numberOf(object, name, value);
    else throw unknownSetting(object, name, known);
  }
  return { maps, autoload, externs };
}

interface Settable {
  readonly variables: ReadonlySet<string>;
  /** Declared maps, by their index in the object. */
  readonly maps: ReadonlyMap<string, number>;
  /** Structs of functions, likewise. */
  readonly structs: ReadonlyMap<string, number>;
  readonly programs: ReadonlySet<string>;
  readonly externs: ReadonlySet<string>;
}

function settableNames({ elf, btf, maps, functions }: ObjectFile): Settable {
  const sections = new Set(maps.filter(hasVariables).map(({ sectionIndex }) => sectionIndex));
  const symbols = elf.symbols.filter(
    ({ type, sectionIndex }) => type === SYMBOL_OBJECT && sections.has(sectionIndex),
  );
  const configuration = btf?.findDataSection('.kconfig')?.variables ?? [];
  return {
    variables: new Set(symbols.map(({ name }) => name)),
    maps: indexesOf(maps, (map) => !hasVariables(map) && map.definition.structOps === undefined),
    structs: indexesOf(maps, ({ definition }) => definition.structOps !== undefined),
    programs: new Set(
      functions
        .filter(({ sectionIndex }) => elf.sections[sectionIndex]?.name !== TEXT_SECTION)
        .map(({ name }) => name),
    ),
    externs: new Set(configuration.map(({ typeId }) => btf?.nameOf(typeId) ?? '')),
  };
}

function indexesOf(maps: readonly ObjectMap[], isMeant: (map: ObjectMap) => boolean): Map<string, number> {
  return new Map(maps.flatMap((map, index) => (isMeant(map) ? [[map.definition.name, index] as const] : [])));
}

function hasVariables({ definition }: ObjectMap): boolean {
  return definition.initialValue !== undefined;
}

function setVariable(
  object: ObjectFile,
  maps: readonly MapDefinition[],
  name: string,
  base: string,
  value: SettingValue,
): void {
  if (object.isBigEndian) {
    const reason = `${name} is not set: the object is for a big-endian machine`;
    throw new Failure('object', 'big-endian', reason, { file: object.file });
  }
  const symbol = object.elf.symbols.find((each) => each.name === base && each.type === SYMBOL_OBJECT);
  const index = object.maps.findIndex(
    (map) => hasVariables(map) && map.sectionIndex === symbol?.sectionIndex,
  );
  const bytes = maps[index]?.initialValue;
  if (symbol === undefined || bytes === undefined) throw new Error('the variable was found before');
  if (symbol.value + symbol.sizeBytes > bytes.length)
    throw badSetting(object, name, 'it does not lie in its section');
  const { btf } = object;
  const typeId = typeOfVariable(object, base);
  if (btf === undefined || typeId === undefined) {
    bytes.set(integerBytes(object, name, symbol.sizeBytes, numberOf(object, name, value)), symbol.value);
    return;
  }
  const place = naming(object, name, () => placeInType(btf, typeId, name.slice(base.length)));
  bytes.set(encoded(object, btf, name, place.typeId, value), symbol.value + place.offsetBytes);
}

/** A program for a member that points to a function, or a value for any other. */
function setMember(
  object: ObjectFile,
  maps: MapDefinition[],
  index: number,
  name: string,
  value: SettingValue,
): void {
  const { btf } = object;
  const map = maps[index];
  const ops = map?.structOps;
  if (btf === undefined || map === undefined || ops === undefined)
    throw new Error('the struct was found before');
  const path = name.slice(map.name.length);
  const place = naming(object, name, () => placeInType(btf, ops.typeId, path));
  if (isFunctionPointer(btf, place)) {
    const programs = new Map(ops.programs);
    const program = object.functions.find((each) => each.name === value);
    if (program !== undefined) programs.set(path.slice(1), program.name);
    else if (value === '0' || value === 0 || value === 0n) programs.delete(path.slice(1));
    else throw badSetting(object, name, `${String(value)} is no program of the object; 0 is for none`);
    maps[index] = { ...map, structOps: { ...ops, programs } };
    return;
  }
  const data = ops.data.slice();
  data.set(encoded(object, btf, name, place.typeId, value), place.offsetBytes);
  maps[index] = { ...map, structOps: { ...ops, data } };
}

function typeOfVariable({ btf, elf }: ObjectFile, name: string): number | undefined {
  for (const section of elf.sections) {
    for (const { typeId } of btf?.findDataSection(section.name)?.variables ?? []) {
      const variable = btf?.typeById(typeId);
      if (variable?.kind === 'var' && variable.name === name) return variable.typeId;
    }
  }
  return undefined;
}

function encoded(
  object: ObjectFile,
  btf: Btf,
  name: string,
  typeId: number,
  value: SettingValue,
): Uint8Array {
  return naming(object, name, () => {
    const typed = typeof value === 'string' ? valueOfText(btf, typeId, value) : plain(value);
    return encodeValue(btf, typeId, typed);
  });
}

function plain(value: bigint | number | boolean): number | boolean | string {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** A refusal of the value, as one of the setting. */
function naming<T>(object: ObjectFile, name: string, give: () => T): T {
  try {
    return give();
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'bad-value') throw error;
    const part = error.place.at?.replace(/^value/, '') ?? '';
    throw badSetting(object, name + part, error.reason);
  }
}

function integerBytes(object: ObjectFile, name: string, sizeBytes: number, value: bigint): Uint8Array {
  if (![1, 2, 4, 8].includes(sizeBytes))
    throw badSetting(object, name, `it has ${sizeBytes} bytes and no type: it is no number`);
  const bits = 8 * sizeBytes;
  if (BigInt.asUintN(bits, value) !== value && BigInt.asIntN(bits, value) !== value)
    throw badSetting(object, name, `${value} does not fit ${bits} bits`);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  return bytes.subarray(0, sizeBytes);
}

function numberOf(object: ObjectFile, name: string, value: SettingValue): bigint {
  if (typeof value !== 'string') return BigInt(value);
  if (value === 'true' || value === 'false') return value === 'true' ? 1n : 0n;
  const [, sign, digits] = /^(-?)(\d{1,20}|0x[0-9a-fA-F]{1,16})$/.exec(value) ?? [];
  if (digits === undefined) throw badSetting(object, name, `${JSON.stringify(value)} is no number`);
  return sign === '-' ? -BigInt(digits) : BigInt(digits);
}

/** As bpf_map__set_max_entries() and bpf_map__set_value_size(): values of another size have no type. */
function resized(object: ObjectFile, map: MapDefinition, name: string, value: SettingValue): MapDefinition {
  const isCount = name.endsWith(MAX_ENTRIES);
  const size = numberOf(object, name, value);
  if (size < 1n || size > BigInt(SIZE_MAX)) {
    const what = isCount ? `a map has 1 to ${SIZE_MAX} entries` : `a value has 1 to ${SIZE_MAX} bytes`;
    throw badSetting(object, name, what);
  }
  if (isCount) return { ...map, maxEntries: Number(size) };
  return Number(size) === map.valueSizeBytes ? map : { ...map, valueSizeBytes: Number(size), valueTypeId: 0 };
}

function isTrue(object: ObjectFile, name: string, value: SettingValue): boolean {
  const number = numberOf(object, name, value);
  if (number !== 0n && number !== 1n) throw badSetting(object, name, 'true or false is meant');
  return number === 1n;
}

function badSetting({ file }: ObjectFile, name: string, reason: string): Failure {
  return new Failure('object', 'bad-setting', reason, { file, at: name });
}

function unknownSetting({ file }: ObjectFile, name: string, known: Settable): Failure {
  const all = [
    ...known.variables,
    ...[...known.maps.keys()].flatMap((map) => [map + MAX_ENTRIES, map + VALUE_SIZE]),
    ...[...known.programs].map((program) => program + AUTOLOAD),
    ...known.externs,
  ];
  const base = /^\w+/.exec(name)?.[0] ?? '';
  // A part of a variable is near by the variable's name.
  const near = [...new Set([...nearest(name, all), ...nearest(base, [...known.variables])])];
  const hint = near.length > 0 ? `; near it is ${near.join(', ')}` : '';
  const reason = `it is no variable, map size (MAP${MAX_ENTRIES}, MAP${VALUE_SIZE}), program (PROGRAM${AUTOLOAD}) or extern of the object${hint}`;
  return new Failure('object', 'unknown-setting', reason, { file, at: name });
}
