/** Text that a person writes for a value, read as its type asks; and parts of a value named as in C. */
import { Failure } from '../../failure.ts';
import type { Btf } from './btf.ts';
import { isComposite } from './core-compatible.ts';
import { memberOf, type TypedValue } from './typed-value.ts';

/** Steps of a path such as `.list[3].name`. */
const STEPS_MAX = 32;

export interface TypedPlace {
  readonly typeId: number;
  readonly offsetBytes: number;
}

/** Where a part lies: `path` is '' for the whole, `.field`, `[3]`, or several of them. Throws Failure `bad-value`. */
export function placeInType(btf: Btf, typeId: number, path: string): TypedPlace {
  const steps = path.match(/\.\w+|\[\d+\]/g) ?? [];
  if (steps.join('') !== path || steps.length > STEPS_MAX)
    throw refuse(btf, `${path} is no part: .FIELD or [INDEX] is meant`);
  let place: TypedPlace = { typeId, offsetBytes: 0 };
  for (const step of steps)
    place = step.startsWith('.') ? field(btf, place, step) : element(btf, place, step);
  return place;
}

function field(btf: Btf, { typeId, offsetBytes }: TypedPlace, step: string): TypedPlace {
  const name = step.slice(1);
  const type = btf.resolve(typeId);
  const member = isComposite(type) ? memberOf(btf, typeId, name) : undefined;
  if (member === undefined) throw refuse(btf, `its type has no field ${name}`);
  if (isComposite(type) && type.members.some((each) => each.name === name && each.bitSize > 0))
    throw refuse(btf, `${name} is a bitfield: it is set with its whole, as {"${name}": ...}`);
  return { typeId: member.typeId, offsetBytes: offsetBytes + member.offsetBytes };
}

function element(btf: Btf, { typeId, offsetBytes }: TypedPlace, step: string): TypedPlace {
  const index = Number(step.slice(1, -1));
  const type = btf.resolve(typeId);
  if (type.kind !== 'array') throw refuse(btf, 'it is no array');
  if (index >= type.count) throw refuse(btf, `there is no element ${index} of ${type.count}`);
  const sizeBytes = btf.sizeOf(type.elementTypeId) ?? 0;
  return { typeId: type.elementTypeId, offsetBytes: offsetBytes + index * sizeBytes };
}

/**
 * Numbers (decimal, 0x), true and false, names of an enum, one character for a char, text for an array of them,
 * JSON for what has parts. Throws Failure `bad-value`.
 */
export function valueOfText(btf: Btf, typeId: number, text: string): TypedValue {
  const type = btf.resolve(typeId);
  switch (type.kind) {
    case 'int':
      return integerOf(btf, text, type.sizeBytes === 1 && !type.isBoolean);
    case 'enum':
    case 'enum64':
      return enumOf(
        btf,
        type.values.map(({ name }) => name),
        text,
      );
    case 'float':
      if (Number.isFinite(Number(text)) && text.trim() !== '') return Number(text);
      throw refuse(btf, `${JSON.stringify(text)} is no number`);
    case 'array':
      return isText(btf, type.elementTypeId) && !/^\s*\[/.test(text) ? unquoted(text) : partsOf(btf, text);
    case 'struct':
    case 'union':
      return partsOf(btf, text);
    case 'ptr':
      throw refuse(btf, 'a pointer is not set from outside');
    default:
      throw refuse(btf, `nothing is set of type ${type.kind}`);
  }
}

function isText(btf: Btf, elementTypeId: number): boolean {
  const element = btf.resolve(elementTypeId);
  return element.kind === 'int' && element.sizeBytes === 1;
}

function integerOf(btf: Btf, text: string, isCharacter: boolean): TypedValue {
  if (text === 'true' || text === 'false') return text === 'true';
  if (isCharacter && /^'.'$/.test(text)) return text.charCodeAt(1);
  const [, sign, digits] = /^(-?)(\d{1,20}|0x[0-9a-fA-F]{1,16})$/.exec(text) ?? [];
  if (digits === undefined) {
    const meant = isCharacter ? `; a letter is written 'a'` : '';
    throw refuse(btf, `${JSON.stringify(text)} is no number${meant}`);
  }
  return `${sign === '-' ? -BigInt(digits) : BigInt(digits)}`;
}

function enumOf(btf: Btf, names: readonly string[], text: string): TypedValue {
  if (names.includes(text) || /^-?(\d{1,20}|0x[0-9a-fA-F]{1,16})$/.test(text)) return text;
  throw refuse(btf, `${text} is none of ${names.slice(0, 12).join(', ')}${names.length > 12 ? ', ...' : ''}`);
}

function unquoted(text: string): string {
  return /^"(.*)"$/s.exec(text)?.[1] ?? text;
}

function partsOf(btf: Btf, text: string): TypedValue {
  try {
    return JSON.parse(text) as TypedValue;
  } catch {
    throw refuse(btf, `${JSON.stringify(text)} is no JSON: [1, 2] or {"field": 1} is meant`);
  }
}

function refuse(btf: Btf, reason: string): Failure {
  return new Failure('object', 'bad-value', reason, { file: btf.file });
}
