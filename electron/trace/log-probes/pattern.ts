/**
 * A probe's pattern: a template, `{pid:int} camera {id:str} open took {ms:u64}ms`, in which braces capture and all
 * else stands for itself (`{{` for a brace), or an expression whose named groups capture.
 */
import { Matcher } from './expression/matcher.ts';
import { badExpression } from './expression/parse.ts';
import { FIELD_TYPES } from './field-types.ts';
import type { FieldType } from './field-types.ts';

export interface Capture {
  readonly name: string;
  readonly type: FieldType;
  /** Of its group in the matcher. */
  readonly index: number;
}

export interface Pattern {
  readonly matcher: Matcher;
  readonly captures: readonly Capture[];
}

const NAME = /^[A-Za-z_]\w{0,62}$/;
const SPECIAL = /[\\^$.*+?()[\]{}|]/g;

/** Throws Failure `bad-expression`. */
export function parseTemplate(template: string): Pattern {
  let expression = '';
  const types = new Map<string, string>();
  for (let at = 0; at < template.length;) {
    if (template.startsWith('{{', at) || template.startsWith('}}', at)) {
      expression += `\\${template.charAt(at)}`;
      at += 2;
    } else if (template[at] === '{') {
      const [whole = '', name = '', type = 'str'] = /^\{(\w+)(?::(\w+))?\}/.exec(template.slice(at)) ?? [];
      if (whole === '') throw badExpression('a { that no name and type follow, as in {ms:u64}', at);
      if (types.has(name)) throw badExpression(`'${name}' is captured twice`, at);
      types.set(name, type);
      const isLast = at + whole.length === template.length;
      const taken = typeNamed(type, at).expression;
      // Text goes on to what follows it, or to the line's end.
      expression += `(?<${name}>${isLast && type === 'text' ? '.*' : taken})`;
      at += whole.length;
    } else {
      const end = template.slice(at + 1).search(/[{}]/);
      const literal = end < 0 ? template.slice(at) : template.slice(at, at + 1 + end);
      expression += literal.replace(SPECIAL, '\\$&');
      at += literal.length;
    }
  }
  return patternOf(new Matcher(expression), types);
}

/** Throws Failure `bad-expression`. Groups of no type are text. */
export function parseExpressionPattern(expression: string, types: ReadonlyMap<string, string>): Pattern {
  const matcher = new Matcher(expression);
  for (const name of types.keys()) {
    if (!matcher.names.includes(name)) throw badExpression(`no group is called '${name}'`, 0);
  }
  return patternOf(matcher, types);
}

function patternOf(matcher: Matcher, types: ReadonlyMap<string, string>): Pattern {
  const captures = matcher.names.flatMap((name, index) => {
    if (name === '') return [];
    if (!NAME.test(name)) throw badExpression(`'${name}' is no name for a field`, 0);
    if (matcher.names.indexOf(name) !== index) throw badExpression(`'${name}' is captured twice`, 0);
    return [{ name, type: typeNamed(types.get(name) ?? 'text', 0), index }];
  });
  return { matcher, captures };
}

function typeNamed(name: string, at: number): FieldType {
  const type = FIELD_TYPES.get(name);
  if (type === undefined)
    throw badExpression(`'${name}' is no type; there are ${[...FIELD_TYPES.keys()].join(', ')}`, at);
  return type;
}

/** What a group took of the line that matched last; undefined where it had no part in it. */
export function captured(pattern: Pattern, line: string, { index }: Capture): string | undefined {
  const start = pattern.matcher.captures[2 * index] ?? -1;
  return start < 0 ? undefined : line.slice(start, pattern.matcher.captures[2 * index + 1]);
}
