/**
 * How an event's text is read back into its fields, as the table of known events spells it:
 *
 *   prev_comm={prev_comm} ... prev_state={prev_state:|0=R,1=S,2=D} ==> next_comm={next_comm}
 *
 * `{field}` is a number or text as the field is, `{field:x}` hexadecimal, `{field:o}` octal, `{field:s}` the symbol of an address, `{field:=0=ABS,1=REL}` one of some
 * names, `{field:|1=S,2=D}` names joined by `|`, `{field:<<20}` the bits from 20 on, `{field[2]}` an array's
 * element, `{field:ip4}`, `{field:ip6}`, `{field:mac}`, `{field:sockaddr}` addresses, `{}` what no field holds. A blank matches any
 * number of blanks. `{{` is a brace.
 */

export type AddressReading = 'ip4' | 'ip6' | 'mac' | 'sockaddr';
export type Reading = 'natural' | 'hex' | 'octal' | 'symbol' | 'symbols' | 'flags' | AddressReading | 'skip';

/** A printed name and what it stands for. */
export interface NamedValue {
  readonly text: string;
  readonly value: bigint;
}

export interface Capture {
  readonly kind: 'capture';
  /** Empty for what no field holds. */
  readonly field: string;
  /** Of an array; 0 where there is one value. */
  readonly element: number;
  /** What is printed are the field's bits from here on. */
  readonly shift: number;
  readonly reading: Reading;
  /** For `symbols` and `flags`. */
  readonly names: readonly NamedValue[];
}

export type PatternPart = { readonly kind: 'literal'; readonly text: string } | Capture;
export type Pattern = readonly PatternPart[];

export const SKIP: Capture = {
  kind: 'capture',
  field: '',
  element: 0,
  shift: 0,
  reading: 'skip',
  names: [],
};

const CAPTURE = /^(\w+)(?:\[(\d+)\])?(?::(?:<<(\d+))?(.*))?$/s;

/** A pattern of the table; `shared` gives the names that several patterns refer to, `{gfp_flags:|@gfp}`. */
export function parsePattern(text: string, shared: Readonly<Record<string, string>> = {}): Pattern {
  const parts: PatternPart[] = [];
  for (const match of text.matchAll(/((?:[^{]|\{\{)+)|\{([^{}]*)\}/gs)) {
    const [, literal, inside = ''] = match;
    parts.push(
      literal === undefined
        ? parseCapture(inside, shared)
        : { kind: 'literal', text: literal.replaceAll('{{', '{') },
    );
  }
  return parts;
}

function parseCapture(inside: string, shared: Readonly<Record<string, string>>): Capture {
  if (inside === '') return SKIP;
  const match = CAPTURE.exec(inside);
  if (match === null) throw new Error(`'{${inside}}' is no capture`);
  const [, field = '', element = '0', shift = '0', how = ''] = match;
  const base = { kind: 'capture', field, element: Number(element), shift: Number(shift), names: [] } as const;
  if (how === '') return { ...base, reading: 'natural' };
  if (how === 'x') return { ...base, reading: 'hex' };
  if (how === 'o') return { ...base, reading: 'octal' };
  if (how === 's') return { ...base, reading: 'symbol' };
  if (how === 'ip4' || how === 'ip6' || how === 'mac' || how === 'sockaddr') return { ...base, reading: how };
  const names = how[1] === '@' ? (shared[how.slice(2)] ?? '') : how.slice(1);
  return { ...base, reading: how.startsWith('|') ? 'flags' : 'symbols', names: parseNames(names) };
}

function parseNames(text: string): NamedValue[] {
  return text.split(',').map((entry) => {
    const at = entry.indexOf('=');
    return { value: BigInt(entry.slice(0, at)), text: entry.slice(at + 1) };
  });
}

/** The pattern as the table spells it; undefined where a name holds what the spelling cannot. */
export function spellPattern(pattern: Pattern): string | undefined {
  let text = '';
  for (const part of pattern) {
    const spelled = part.kind === 'literal' ? part.text.replaceAll('{', '{{') : spellCapture(part);
    if (spelled === undefined) return undefined;
    text += spelled;
  }
  return text;
}

function spellCapture({ field, element, shift, reading, names }: Capture): string | undefined {
  if (reading === 'skip') return '{}';
  if (names.some(({ text }) => /[,{}]/.test(text))) return undefined;
  const list = names.map(({ value, text }) => `${value}=${text}`).join(',');
  const how = {
    natural: '',
    hex: 'x',
    octal: 'o',
    symbol: 's',
    symbols: `=${list}`,
    flags: `|${list}`,
    ip4: 'ip4',
    ip6: 'ip6',
    mac: 'mac',
    sockaddr: 'sockaddr',
  };
  const after = `${shift === 0 ? '' : `<<${shift}`}${how[reading]}`;
  return `{${field}${element === 0 ? '' : `[${element}]`}${after === '' ? '' : `:${after}`}}`;
}
