/**
 * Types as C declares them, for people: `struct hist { __u32 slots[26]; char comm[16]; }`. What comes
 * out reads as C; it is not meant to be compiled.
 */
import type { Btf } from './btf.ts';
import type { BtfComposite, BtfEnum, BtfMember, BtfPrototype, BtfType } from './btf-type.ts';
import { isComposite, isEnum } from './core-compatible.ts';

/** Anonymous structs and unions inside each other, pointers to pointers. */
const DEPTH_MAX = 16;

/** A whole declaration: structs, unions and enums with their members, others by name. */
export function renderType(btf: Btf, typeId: number): string {
  const type = btf.typeById(typeId);
  if (isComposite(type)) return composite(btf, type, '', DEPTH_MAX);
  if (isEnum(type)) return enumeration(type);
  if (type.kind === 'typedef') return `typedef ${declare(btf, type.typeId, type.name)}`;
  if (type.kind === 'func') return declare(btf, type.typeId, type.name);
  return declare(btf, typeId, '');
}

/** A variable of the type: `const char *name`, `__u32 slots[26]`. */
function declare(btf: Btf, typeId: number, name: string, depth = DEPTH_MAX): string {
  if (depth === 0) return join('...', name);
  const type = btf.typeById(typeId);
  const inner = (id: number, declarator: string): string => declare(btf, id, declarator, depth - 1);
  switch (type.kind) {
    case 'ptr': {
      const pointee = btf.typeById(type.typeId);
      const needsParentheses = pointee.kind === 'array' || pointee.kind === 'func_proto';
      return inner(type.typeId, needsParentheses ? `(*${name})` : `*${name}`);
    }
    case 'array':
      return inner(type.elementTypeId, `${name}[${type.count}]`);
    case 'func_proto':
      return inner(type.returnTypeId, `${name}(${parameters(btf, type, depth)})`);
    case 'const':
    case 'volatile':
    case 'restrict':
      return qualified(btf, type.kind, type.typeId, name, depth);
    case 'type_tag':
      return inner(type.typeId, name);
    case 'var':
    case 'decl_tag':
      return inner(type.typeId, name === '' ? type.name : name);
    default:
      return join(specifier(btf, type, depth), name);
  }
}

/** A qualified pointer has the qualifier behind the star; anything else in front. */
function qualified(btf: Btf, qualifier: string, typeId: number, name: string, depth: number): string {
  const isPointer = btf.typeById(typeId).kind === 'ptr';
  if (isPointer) return declare(btf, typeId, join(` ${qualifier}`, name), depth - 1);
  return `${qualifier} ${declare(btf, typeId, name, depth - 1)}`;
}

function specifier(btf: Btf, type: BtfType, depth: number): string {
  if (isComposite(type))
    return type.name === '' ? composite(btf, type, '\t', depth - 1) : `${type.kind} ${type.name}`;
  if (isEnum(type)) return type.name === '' ? enumeration(type) : `enum ${type.name}`;
  if (type.kind === 'fwd') return `${type.isUnion ? 'union' : 'struct'} ${type.name}`;
  return type.kind === 'void' ? 'void' : type.name;
}

function parameters(btf: Btf, prototype: BtfPrototype, depth: number): string {
  if (prototype.parameters.length === 0) return 'void';
  return prototype.parameters
    .map(({ name, typeId }) => (typeId === 0 && name === '' ? '...' : declare(btf, typeId, name, depth - 1)))
    .join(', ');
}

function composite(btf: Btf, type: BtfComposite, indent: string, depth: number): string {
  const head = join(type.kind, type.name);
  if (depth <= 0) return `${head} { ... }`;
  const lines = type.members.map((member) => `${indent}\t${memberText(btf, member, depth)};`);
  return `${head} {\n${lines.map((line) => `${line}\n`).join('')}${indent}}`;
}

function memberText(btf: Btf, member: BtfMember, depth: number): string {
  const declared = declare(btf, member.typeId, member.name, depth);
  return member.bitSize > 0 ? `${declared}:${member.bitSize}` : declared;
}

function enumeration(type: BtfEnum): string {
  return `${join('enum', type.name)} { ${type.values.map(({ name, value }) => `${name} = ${value}`).join(', ')} }`;
}

function join(specifiers: string, declarator: string): string {
  return declarator === '' ? specifiers : `${specifiers} ${declarator}`;
}
