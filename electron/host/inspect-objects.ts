/**
 * What an object file holds, before it is loaded anywhere: its programs, maps, variables, externs and
 * what it asks of its kernel's types. A file that carries several objects gives each.
 */
import { basename } from 'node:path';

import type { Btf } from '../bpf/object/btf.ts';
import { relocationText } from '../bpf/object/core-text.ts';
import { BINDING_WEAK, SYMBOL_OBJECT } from '../bpf/object/elf.ts';
import { embeddedObjects } from '../bpf/object/embedded.ts';
import { isExtern } from '../bpf/object/externs.ts';
import { linkObject } from '../bpf/object/link.ts';
import { openObject, type ObjectFile } from '../bpf/object/open.ts';
import { renderType } from '../bpf/object/render-type.ts';
import { decodeValue, type TypedValue } from '../bpf/object/typed-value.ts';
import { BPF_F_LINK } from '../bpf/maps/flags.ts';
import { disassembleProgram } from '../bpf/isa/disassemble.ts';
import { CALL_HELPER, OPCODE_CALL } from '../bpf/isa/opcodes.ts';
import { helperById } from '../bpf/helpers/table.ts';
import type { LinkedObject, LinkedProgram, MapDefinition } from '../bpf/program.ts';
import { readObject } from './jobs/read-object.ts';

export interface ProgramFacts {
  readonly name: string;
  readonly section: string;
  readonly type: string;
  /** What follows the section's prefix, '' for none. */
  readonly attachTarget: string;
  readonly isSleepable: boolean;
  readonly isAutoloaded: boolean;
  /** Slots of the program with all functions it reaches. */
  readonly instructions: number;
  /** Functions it reaches beside its own. */
  readonly functions: readonly string[];
  /** Helpers it calls, by name without `bpf_`, in order of id. */
  readonly helpers: readonly string[];
}

export interface MapFacts {
  readonly name: string;
  readonly type: string;
  readonly keySizeBytes: number;
  readonly valueSizeBytes: number;
  readonly maxEntries: number;
  readonly flags: number;
  /** C declarations, '' where BTF says nothing. */
  readonly key: string;
  readonly value: string;
}

/** A struct of functions that the object has for the kernel. */
export interface StructFacts {
  readonly name: string;
  /** Name of the kernel's struct. */
  readonly struct: string;
  /** SEC(".struct_ops.link"): registered by a link. */
  readonly isLinked: boolean;
  /** Made only where asked for: SEC("?.struct_ops"). */
  readonly isOptional: boolean;
  /** Member to program. */
  readonly programs: Readonly<Record<string, string>>;
  /** The other members as compiled; null in an object for a big-endian machine. */
  readonly value: TypedValue;
}

export interface VariableFacts {
  readonly name: string;
  readonly section: string;
  readonly type: string;
  /** As compiled; null in an object for a big-endian machine. */
  readonly value: TypedValue;
}

export interface ExternFacts {
  readonly name: string;
  readonly isWeak: boolean;
  /** `.kconfig`, `.ksyms`, '' where BTF says nothing. */
  readonly section: string;
}

export interface RelocationFacts {
  readonly kind: string;
  /** `struct task_struct.comm`. */
  readonly access: string;
  /** Instructions that ask for it. */
  readonly count: number;
}

export interface ObjectFacts {
  /** Number among those the file holds, from 0. */
  readonly index: number;
  readonly sizeBytes: number;
  readonly isBigEndian: boolean;
  readonly license: string;
  readonly programs: readonly ProgramFacts[];
  readonly maps: readonly MapFacts[];
  readonly structs: readonly StructFacts[];
  readonly variables: readonly VariableFacts[];
  readonly externs: readonly ExternFacts[];
  readonly relocations: readonly RelocationFacts[];
}

export interface InspectedObject {
  readonly facts: ObjectFacts;
  readonly linked: LinkedObject;
}

/** Throws Failure of layer `object` for a file that cannot be read, or an object that cannot be opened. */
export function inspectFile(path: string): InspectedObject[] {
  const file = basename(path);
  const bytes = readObject(path);
  const embedded = embeddedObjects(bytes, file);
  const objects = embedded.length > 0 ? embedded : [bytes];
  return objects.map((each, index) => inspectObject(openObject(each, file), index, each.length));
}

function inspectObject(object: ObjectFile, index: number, sizeBytes: number): InspectedObject {
  const linked = linkObject(object);
  const { btf } = object;
  const facts = {
    index,
    sizeBytes,
    isBigEndian: object.isBigEndian,
    license: object.license,
    programs: linked.programs.map(programFacts),
    maps: linked.maps.map((map) => mapFacts(map, btf)),
    structs: btf === undefined ? [] : structsOf(object, btf),
    variables: btf === undefined ? [] : variablesOf(object, btf),
    externs: externsOf(object),
    relocations: btf === undefined ? [] : relocationsOf(object, btf),
  };
  return { facts, linked };
}

function programFacts(program: LinkedProgram): ProgramFacts {
  const { name, section, type, attachTarget, isSleepable, isAutoloaded, instructions } = program;
  return {
    name,
    section,
    type,
    attachTarget,
    isSleepable,
    isAutoloaded,
    instructions: instructions.length,
    functions: program.subprograms.slice(1).map((each) => each.name),
    helpers: helpersOf(program),
  };
}

function helpersOf({ instructions }: LinkedProgram): string[] {
  const ids = new Set(
    instructions
      .filter((each) => each.opcode === OPCODE_CALL && each.src === CALL_HELPER)
      .map(({ imm }) => imm),
  );
  return [...ids].sort((a, b) => a - b).map((id) => helperById(id)?.name ?? `#${id}`);
}

function mapFacts(map: MapDefinition, btf: Btf | undefined): MapFacts {
  const { name, type, keySizeBytes, valueSizeBytes, maxEntries, flags } = map;
  const declared = (typeId: number): string =>
    btf === undefined || typeId === 0 || map.initialValue !== undefined ? '' : renderType(btf, typeId);
  return {
    name,
    type,
    keySizeBytes,
    valueSizeBytes,
    maxEntries,
    flags,
    key: declared(map.keyTypeId),
    value: declared(map.valueTypeId),
  };
}

function structsOf({ maps, isBigEndian }: ObjectFile, btf: Btf): StructFacts[] {
  return maps.flatMap(({ definition: { name, flags, structOps } }) => {
    if (structOps === undefined) return [];
    const { struct, typeId, isOptional, programs, data } = structOps;
    const value = isBigEndian ? null : decodeValue(btf, typeId, data);
    const isLinked = (flags & BPF_F_LINK) !== 0;
    return [{ name, struct, isLinked, isOptional, programs: Object.fromEntries(programs), value }];
  });
}

/** Global variables, in the order of their sections: what a tool's user space may set before load. */
function variablesOf(object: ObjectFile, btf: Btf): VariableFacts[] {
  return object.maps.flatMap(({ definition, sectionIndex }) => {
    const { initialValue } = definition;
    if (initialValue === undefined) return [];
    const section = object.elf.sections[sectionIndex]?.name ?? '';
    const types = btf.findDataSection(section);
    return (types?.variables ?? []).flatMap(({ typeId, offsetBytes }): VariableFacts[] => {
      const variable = btf.typeById(typeId);
      if (variable.kind !== 'var') return [];
      const isNamed = object.elf.symbols.some(
        ({ name, type }) => name === variable.name && type === SYMBOL_OBJECT,
      );
      if (!isNamed) return [];
      const value = object.isBigEndian
        ? null
        : decodeValue(btf, variable.typeId, initialValue.subarray(offsetBytes));
      return [{ name: variable.name, section, type: renderType(btf, variable.typeId), value }];
    });
  });
}

function externsOf({ elf, btf }: ObjectFile): ExternFacts[] {
  const sections = ['.kconfig', '.ksyms'].flatMap((name) => {
    const variables = btf?.findDataSection(name)?.variables ?? [];
    return variables.map(({ typeId }): [string, string] => [btf?.nameOf(typeId) ?? '', name]);
  });
  const sectionByName = new Map(sections);
  return elf.symbols
    .filter((symbol) => symbol.name !== '' && isExtern(symbol))
    .map(({ name, binding }) => ({
      name,
      isWeak: binding === BINDING_WEAK,
      section: sectionByName.get(name) ?? '',
    }));
}

function relocationsOf(object: ObjectFile, btf: Btf): RelocationFacts[] {
  const found = new Map<string, RelocationFacts>();
  for (const record of [...(object.extension?.relocations.values() ?? [])].flat()) {
    const text = relocationText(btf, record);
    if (text === undefined) continue;
    const key = `${text.kind} ${text.access}`;
    found.set(key, { ...text, count: (found.get(key)?.count ?? 0) + 1 });
  }
  return [...found.values()].sort((a, b) => compare(a.access, b.access) || compare(a.kind, b.kind));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** The program's instructions as text, source lines in between. */
export function listingOf(program: LinkedProgram, linked: LinkedObject): string[] {
  return disassembleProgram(program.instructions, {
    helper: (id) => helperById(id)?.name,
    map: (index) => linked.maps[index]?.name,
    lines: program.lines,
  });
}
