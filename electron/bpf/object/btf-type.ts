/**
 * The model of a BTF type: one member of a union a kind, with names and ids resolved to what they say.
 * Source: Documentation/bpf/btf.rst and include/uapi/linux/btf.h of Linux 6.18.
 */

export interface BtfMember {
  /** '' for an anonymous member. */
  readonly name: string;
  readonly typeId: number;
  /** From the start of the struct. */
  readonly offsetBits: number;
  /** Bits of a bitfield, 0 for a member that is none. */
  readonly bitSize: number;
}

export interface BtfEnumValue {
  readonly name: string;
  readonly value: bigint;
}

export interface BtfParameter {
  readonly name: string;
  readonly typeId: number;
}

export interface BtfSectionVariable {
  /** Id of a VAR or FUNC. */
  readonly typeId: number;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

interface Common {
  readonly id: number;
  /** '' for none. */
  readonly name: string;
}

export interface BtfInteger extends Common {
  readonly kind: 'int';
  readonly sizeBytes: number;
  readonly bits: number;
  readonly bitOffset: number;
  readonly isSigned: boolean;
  readonly isChar: boolean;
  readonly isBoolean: boolean;
}

export interface BtfComposite extends Common {
  readonly kind: 'struct' | 'union';
  readonly sizeBytes: number;
  readonly members: readonly BtfMember[];
}

export interface BtfArray extends Common {
  readonly kind: 'array';
  readonly elementTypeId: number;
  readonly indexTypeId: number;
  readonly count: number;
}

export interface BtfEnum extends Common {
  readonly kind: 'enum' | 'enum64';
  readonly sizeBytes: number;
  readonly isSigned: boolean;
  readonly values: readonly BtfEnumValue[];
}

/** Kinds that refer to one other type: pointer, names for types, qualifiers, tags. */
export interface BtfReference extends Common {
  readonly kind: 'ptr' | 'typedef' | 'volatile' | 'const' | 'restrict' | 'type_tag';
  /** 0 is void. */
  readonly typeId: number;
}

export interface BtfForward extends Common {
  readonly kind: 'fwd';
  readonly isUnion: boolean;
}

export interface BtfFunction extends Common {
  readonly kind: 'func';
  /** Id of the prototype. */
  readonly typeId: number;
  readonly linkage: 'static' | 'global' | 'extern';
}

export interface BtfPrototype extends Common {
  readonly kind: 'func_proto';
  readonly returnTypeId: number;
  /** A last parameter of type 0 stands for `...`. */
  readonly parameters: readonly BtfParameter[];
}

export interface BtfVariable extends Common {
  readonly kind: 'var';
  readonly typeId: number;
  readonly linkage: 'static' | 'global' | 'extern';
}

export interface BtfDataSection extends Common {
  readonly kind: 'datasec';
  readonly sizeBytes: number;
  readonly variables: readonly BtfSectionVariable[];
}

export interface BtfFloat extends Common {
  readonly kind: 'float';
  readonly sizeBytes: number;
}

export interface BtfDeclarationTag extends Common {
  readonly kind: 'decl_tag';
  readonly typeId: number;
  /** Member or parameter the tag is on, -1 for the type itself. */
  readonly componentIndex: number;
}

export interface BtfVoid extends Common {
  readonly kind: 'void';
}

export type BtfType =
  | BtfVoid
  | BtfInteger
  | BtfComposite
  | BtfArray
  | BtfEnum
  | BtfReference
  | BtfForward
  | BtfFunction
  | BtfPrototype
  | BtfVariable
  | BtfDataSection
  | BtfFloat
  | BtfDeclarationTag;

export type BtfKind = BtfType['kind'];

/** BTF_KIND_* by number. */
export const BTF_KINDS: readonly BtfKind[] = [
  'void',
  'int',
  'ptr',
  'array',
  'struct',
  'union',
  'enum',
  'fwd',
  'typedef',
  'volatile',
  'const',
  'restrict',
  'func',
  'func_proto',
  'var',
  'datasec',
  'float',
  'decl_tag',
  'type_tag',
  'enum64',
];

export const BTF_MAGIC = 0xeb9f;
export const BTF_VERSION = 1;
export const BTF_HEADER_BYTES = 24;
/** struct btf_type without what follows it. */
export const BTF_TYPE_BYTES = 12;

export const VOID_TYPE: BtfVoid = { kind: 'void', id: 0, name: '' };
