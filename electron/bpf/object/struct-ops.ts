/**
 * Structs of functions that an object declares for the kernel (`SEC(".struct_ops") struct tcp_congestion_ops
 * reno = { .init = (void *)reno_init }`): each is a map of one value, and says which program stands for which
 * member. After libbpf's init_struct_ops_maps(), bpf_object__collect_st_ops_relos() and
 * bpf_map__init_kern_struct_ops().
 */
import { Failure } from '../../failure.ts';
import type { MapDefinition, StructOps } from '../program.ts';
import type { Btf } from './btf.ts';
import type { BtfComposite, BtfMember } from './btf-type.ts';
import { isComposite } from './core-compatible.ts';
import { SLOT_BYTES } from '../isa/opcodes.ts';
import { BPF_F_LINK } from '../maps/flags.ts';
import type { ElfFile, ElfSection } from './elf.ts';
import type { ObjectFunction, ObjectMap } from './open.ts';

/** What the kernel names the value of the map, before the struct's own name. */
const VALUE_PREFIX = 'bpf_struct_ops_';

/** `?` before the name: its maps are made only where asked for. */
export function isStructOpsSection(name: string): boolean {
  return /^\??\.struct_ops(\.link)?$/.test(name);
}

/** The maps of all such sections. Throws Failure `bad-struct-ops`. */
export function structOpsMaps(
  elf: ElfFile,
  btf: Btf | undefined,
  functions: readonly ObjectFunction[],
): ObjectMap[] {
  return elf.sections
    .filter(({ name, sizeBytes }) => isStructOpsSection(name) && sizeBytes > 0)
    .flatMap((section) => mapsOf(elf, btf, functions, section));
}

function mapsOf(
  elf: ElfFile,
  btf: Btf | undefined,
  functions: readonly ObjectFunction[],
  section: ElfSection,
): ObjectMap[] {
  const refuse = (reason: string, variable = ''): Failure =>
    new Failure('object', 'bad-struct-ops', reason, {
      file: elf.file,
      at: variable === '' ? `section ${section.name}` : `variable ${variable}`,
    });
  const types = btf?.findDataSection(section.name);
  if (btf === undefined || types === undefined)
    throw refuse('structs of functions without their types: build with -g');
  const relocations = elf.relocations.get(section.index) ?? [];
  let set = 0;
  const maps = types.variables.map(({ typeId, offsetBytes }): ObjectMap => {
    const variable = btf.typeById(typeId);
    const type = variable.kind === 'var' ? btf.resolve(variable.typeId) : variable;
    if (variable.kind !== 'var' || type.kind !== 'struct' || type.name === '')
      throw refuse('a struct with a name is meant', variable.name);
    const end = offsetBytes + type.sizeBytes;
    if (end > section.sizeBytes) throw refuse('it does not lie in its section', variable.name);
    const programs = new Map<string, string>();
    for (const { offset, symbol } of relocations) {
      if (offset < offsetBytes || offset >= end) continue;
      const member = memberAt(btf, type, offset - offsetBytes);
      const program = functions.find(
        ({ sectionIndex, start }) =>
          sectionIndex === symbol.sectionIndex && start * SLOT_BYTES === symbol.value,
      );
      if (member === undefined)
        throw refuse(`${symbol.name} is set where no function is expected`, variable.name);
      if (program === undefined)
        throw refuse(`member ${member.name}: ${symbol.name} is no program`, variable.name);
      programs.set(member.name, program.name);
      set += 1;
    }
    const data = new Uint8Array(type.sizeBytes);
    data.set(section.data.subarray(offsetBytes, end));
    const definition = definitionOf(variable.name, type, section.name, data, programs);
    return { definition, sectionIndex: section.index, offset: offsetBytes };
  });
  if (set !== relocations.length) throw refuse('a function is set where no variable lies');
  return maps;
}

function definitionOf(
  name: string,
  type: BtfComposite,
  section: string,
  data: Uint8Array,
  programs: ReadonlyMap<string, string>,
): MapDefinition {
  return {
    name,
    type: 'struct_ops',
    keySizeBytes: 4,
    valueSizeBytes: type.sizeBytes,
    maxEntries: 1,
    flags: section.endsWith('.link') ? BPF_F_LINK : 0,
    keyTypeId: 0,
    valueTypeId: type.id,
    initialValue: undefined,
    isFrozen: false,
    inner: undefined,
    structOps: {
      struct: type.name.replace(/___.*/, ''),
      typeId: type.id,
      isOptional: section.startsWith('?'),
      data,
      programs,
    },
  };
}

/** The member there, which has to point to a function. */
function memberAt(btf: Btf, struct: BtfComposite, offset: number): BtfMember | undefined {
  const member = struct.members.find(({ offsetBits, bitSize }) => bitSize === 0 && offsetBits === offset * 8);
  return member !== undefined && isFunctionPointer(btf, member) ? member : undefined;
}

export function isFunctionPointer(btf: Btf, { typeId }: Pick<BtfMember, 'typeId'>): boolean {
  const pointer = btf.resolve(typeId);
  return pointer.kind === 'ptr' && btf.resolve(pointer.typeId).kind === 'func_proto';
}

export interface PlacedStructOps {
  /** All maps of the object, with structs as the kernel has them. */
  readonly maps: readonly MapDefinition[];
  /** Programs that stand for members, by name. */
  readonly members: ReadonlyMap<string, PlacedMember>;
}

interface PlacedMember {
  /** `STRUCT/MEMBER`. */
  readonly target: string;
  /** One of its structs is made without being asked for. */
  readonly isLoaded: boolean;
}

/**
 * Lays structs out as the kernel of these types has them. What stands against one is `structOps.problem` of its
 * definition, and no error here: other programs of the object can still be used.
 */
export function placeStructOps(
  maps: readonly MapDefinition[],
  btf: Btf | undefined,
  target: Btf | undefined,
): PlacedStructOps {
  const members = new Map<string, PlacedMember>();
  const placed = maps.map((definition) => {
    const ops = definition.structOps;
    if (ops === undefined || btf === undefined) return definition;
    const reused = noteMembers(ops, members);
    if (reused !== undefined) return { ...definition, structOps: { ...ops, problem: reused } };
    if (target === undefined) return definition;
    const { value, problem } = kernelValue(ops, btf, target);
    if (problem !== undefined) return { ...definition, structOps: { ...ops, problem } };
    // Its types are the kernel's, not the object's.
    return { ...definition, valueSizeBytes: value.length, valueTypeId: 0, initialValue: value };
  });
  return { maps: placed, members };
}

/** Adds its programs; why one cannot be used there, where it is used elsewhere already. */
function noteMembers(ops: StructOps, members: Map<string, PlacedMember>): string | undefined {
  for (const [member, program] of ops.programs) {
    const target = `${ops.struct}/${member}`;
    const known = members.get(program);
    if (known !== undefined && known.target !== target)
      return `program ${program} stands for ${known.target} already, and cannot for ${target}`;
    members.set(program, { target, isLoaded: !ops.isOptional || known?.isLoaded === true });
  }
  return undefined;
}

type KernelValue =
  | { readonly value: Uint8Array; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: string };

function kernelValue({ struct, typeId, data, programs }: StructOps, btf: Btf, target: Btf): KernelValue {
  const own = btf.resolve(typeId);
  const theirs = target.findStruct(struct);
  const holder = target.findStruct(VALUE_PREFIX + struct);
  if (!isComposite(own)) throw new Error('the map was made of a struct');
  if (theirs === undefined || !isComposite(theirs) || holder === undefined || !isComposite(holder))
    return { problem: `the kernel's BTF has no struct ${struct} that programs may stand in for` };
  const at = holder.members.find((member) => target.resolve(member.typeId).id === theirs.id);
  if (at === undefined) return { problem: `struct ${holder.name} of the kernel holds no struct ${struct}` };
  const value = new Uint8Array(holder.sizeBytes);
  for (const member of own.members) {
    const start = member.offsetBits / 8;
    const bytes = data.subarray(start, start + (btf.sizeOf(member.typeId) ?? 0));
    const isEmpty = !programs.has(member.name) && bytes.every((byte) => byte === 0);
    const kernelMember = theirs.members.find(({ name }) => name === member.name);
    if (kernelMember === undefined) {
      if (isEmpty) continue;
      return { problem: `struct ${struct} of the kernel has no member ${member.name}` };
    }
    const problem = memberProblem(btf, member, target, kernelMember);
    if (problem !== undefined) return { problem: `struct ${struct}, member ${member.name}: ${problem}` };
    if (btf.resolve(member.typeId).kind !== 'ptr')
      value.set(bytes, (at.offsetBits + kernelMember.offsetBits) / 8);
  }
  return { value };
}

/** Why the one cannot stand for the other; undefined where it can. */
function memberProblem(btf: Btf, own: BtfMember, target: Btf, theirs: BtfMember): string | undefined {
  if (own.bitSize !== 0 || theirs.bitSize !== 0) return 'bit fields are not supported';
  const kind = btf.resolve(own.typeId).kind;
  const kernelType = target.resolve(theirs.typeId);
  if (kind !== kernelType.kind) return `it is a ${kind} here, and a ${kernelType.kind} in the kernel`;
  if (kernelType.kind === 'ptr') return undefined;
  const size = btf.sizeOf(own.typeId);
  const kernelSize = target.sizeOf(theirs.typeId);
  return size === kernelSize ? undefined : `${size} bytes here, ${kernelSize} in the kernel`;
}
