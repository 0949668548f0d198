/** The text of one call as strace prints it: arguments apart, a number or a string of each where it has one. */
import { socketAddress } from './strace-address.ts';
import { CONSTANTS, ERRORS } from './strace-constants.ts';

export interface CallText {
  readonly name: string;
  readonly arguments: readonly string[];
  /** Behind the closing parenthesis; undefined where the call is unfinished. */
  readonly result: string | undefined;
}

export type ArgumentValue =
  | { readonly kind: 'number'; readonly value: bigint }
  /** What a pointer points at: bytes as Latin-1, with NUL at its end unless strace cut it. */
  | { readonly kind: 'bytes'; readonly text: string }
  /** An array of pointers to them, as argv is. */
  | { readonly kind: 'strings'; readonly texts: readonly string[]; readonly isWhole: boolean }
  /** struct msghdr, of which the address is known; '' for none. */
  | { readonly kind: 'message'; readonly address: string; readonly addressBytes: number }
  | { readonly kind: 'unknown' };

export interface CallResult {
  /** undefined for a call that does not return: `?`. */
  readonly value: bigint | undefined;
  /** Nanoseconds it took, where -T was given. */
  readonly tookNs: number | undefined;
}

/** As sys_clone() of x86-64 takes them. */
const CLONE_ORDER = ['flags', 'child_stack', 'parent_tid', 'child_tidptr', 'tls'];
const UNKNOWN: ArgumentValue = { kind: 'unknown' };
const UNFINISHED = /,? ?<unfinished \.\.\.>$/;
const RESULT =
  /^\s*= (?:(0x[0-9a-f]{1,16})|(-?\d{1,20})|\?)(?:<.*?>)?(?: (E[A-Z0-9_]+)\b)?(?:.*?<(\d{1,9})\.(\d{1,9})>)?/s;
const NUMBER = /^(-?\d{1,20}|0x[0-9a-f]{1,16})(?:<.*>)?$/s;
const STRING = /^"((?:[^"\\]|\\.)*)"(\.\.\.)?$/s;
const DIRECTORY_FD = /^AT_FDCWD(?:<.*>)?$/s;
const ESCAPE = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|(.))/gs;
const LETTERS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', v: '\v', f: '\f' };

/** undefined where the line is no call. `from` is where its arguments go on, of one that was unfinished. */
export function parseCall(line: string): CallText | undefined {
  const name = /^([a-z_]\w*)\(/.exec(line)?.[1];
  return name === undefined ? undefined : parseArguments(name, line.slice(name.length + 1));
}

/** What stands behind the opening parenthesis. undefined where neither a parenthesis nor strace's word ends it. */
export function parseArguments(name: string, text: string): CallText | undefined {
  const parts: string[] = [];
  let start = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = stringEnd(text, at);
        break;
      case 0x3c: // < of a path behind a descriptor
        at = pathEnd(text, at);
        break;
      case 0x28: // ( [ {
      case 0x5b:
      case 0x7b:
        depth += 1;
        break;
      case 0x5d: // ] }
      case 0x7d:
        depth -= 1;
        break;
      case 0x29: // )
        if (depth === 0)
          return { name, arguments: closed(parts, text.slice(start, at)), result: text.slice(at + 1) };
        depth -= 1;
        break;
      case 0x2c: // ,
        if (depth > 0) break;
        parts.push(text.slice(start, at).trim());
        start = at + 1;
        break;
    }
  }
  if (!UNFINISHED.test(text)) return undefined;
  return { name, arguments: closed(parts, text.slice(start).replace(UNFINISHED, '')), result: undefined };
}

/** In the kernel's order: strace prints some calls' arguments in another, by name. */
export function argumentsInOrder({ name, arguments: printed }: CallText): readonly (string | undefined)[] {
  if (name !== 'clone') return printed;
  return CLONE_ORDER.map((each) =>
    printed.find((argument) => argument.startsWith(`${each}=`))?.slice(each.length + 1),
  );
}

function closed(parts: string[], last: string): string[] {
  if (last.trim() !== '') parts.push(last.trim());
  return parts;
}

function stringEnd(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text.charCodeAt(at) !== 0x22) at += text.charCodeAt(at) === 0x5c ? 2 : 1;
  return at;
}

/** `3</a,b>` and `3<TCP:[1->2]>`: to the last `>` before what may follow an argument. */
function pathEnd(text: string, from: number): number {
  if (from === 0 || !/[\dD]/.test(text.charAt(from - 1))) return from;
  for (let at = text.indexOf('>', from); at >= 0; at = text.indexOf('>', at + 1)) {
    const next = text.charAt(at + 1);
    if (next === ',' || next === ')' || next === ']' || next === '}' || next === ' ' || next === '')
      return at;
  }
  return from;
}

export function valueOfArgument(printed: string): ArgumentValue {
  const text = printed.includes('/*') ? printed.replace(/ *\/\*.*?\*\/$/s, '') : printed;
  if (text === 'NULL') return { kind: 'number', value: 0n };
  const number = NUMBER.exec(text)?.[1];
  if (number !== undefined) return { kind: 'number', value: numberOf(number) };
  if (DIRECTORY_FD.test(text)) return { kind: 'number', value: -100n };
  if (text.startsWith('"')) return valueOfString(text);
  if (text.startsWith('["')) return valueOfStrings(text);
  if (text.startsWith('{sa_family=')) return valueOfAddress(text);
  if (text.startsWith('{msg_name=')) return valueOfMessage(text);
  const [, only] = /^\[(-?\d{1,11})(?: => -?\d{1,11})?\]$/.exec(text) ?? [];
  if (only !== undefined) return valueOfInteger(Number(only));
  if (text.startsWith('{flags=CLONE_')) return valueOfCloning(text);
  let sum = 0n;
  for (const name of text.split('|')) {
    const value = /^(?:0x[0-9a-f]{1,16}|\d{1,20})$/.test(name) ? numberOf(name) : CONSTANTS.get(name);
    if (value === undefined) return UNKNOWN;
    sum |= BigInt(value);
  }
  return { kind: 'number', value: sum };
}

/** What a pointer to an int points at: of `[128 => 16]`, the value before the call. */
function valueOfInteger(value: number): ArgumentValue {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value | 0);
  return { kind: 'bytes', text: bytes.toString('latin1') };
}

/** The first eight bytes of struct clone_args. */
function valueOfCloning(text: string): ArgumentValue {
  const flags = valueOfArgument(/^\{flags=([\w|]+)/.exec(text)?.[1] ?? '');
  if (flags.kind !== 'number') return UNKNOWN;
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, flags.value));
  return { kind: 'bytes', text: bytes.toString('latin1') };
}

function valueOfAddress(text: string): ArgumentValue {
  const bytes = socketAddress(text);
  return bytes === undefined ? UNKNOWN : { kind: 'bytes', text: bytes };
}

/** The beginning of struct msghdr: where the address is, and its length. */
function valueOfMessage(text: string): ArgumentValue {
  const parts = parseArguments('', `${text.slice(1, -1)})`)?.arguments ?? [];
  const value = (name: string): string =>
    parts.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
  const [, length] = /^(?:\d{1,10} ?=> ?)?(\d{1,10})$/.exec(value('msg_namelen')) ?? [];
  const name = value('msg_name');
  const address = name === 'NULL' ? '' : socketAddress(name);
  if (address === undefined || length === undefined) return UNKNOWN;
  return { kind: 'message', address, addressBytes: Number(length) >>> 0 };
}

function valueOfString(text: string): ArgumentValue {
  const [, escaped, cut] = STRING.exec(text) ?? [];
  if (escaped === undefined) return UNKNOWN;
  return { kind: 'bytes', text: unescaped(escaped) + (cut === undefined ? '\0' : '') };
}

function valueOfStrings(text: string): ArgumentValue {
  const parts = parseArguments('', `${text.slice(1, -1)})`)?.arguments;
  if (parts === undefined || !text.endsWith(']')) return UNKNOWN;
  const isWhole = parts.at(-1) !== '...';
  const texts: string[] = [];
  for (const part of isWhole ? parts : parts.slice(0, -1)) {
    const value = valueOfString(part);
    if (value.kind !== 'bytes') return UNKNOWN;
    texts.push(value.text);
  }
  return { kind: 'strings', texts, isWhole };
}

/** strace prints modes in octal, with a zero before them. */
function numberOf(text: string): bigint {
  return /^0[0-7]+$/.test(text) ? BigInt(`0o${text}`) : BigInt(text);
}

function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(ESCAPE, (_, octal?: string, hex?: string, letter = '') =>
    octal !== undefined
      ? String.fromCharCode(parseInt(octal, 8) & 0xff)
      : hex !== undefined
        ? String.fromCharCode(parseInt(hex, 16))
        : (LETTERS[letter] ?? letter),
  );
}

/** undefined where it is no result. An error is its negative number, as the kernel returns it. */
export function parseResult(text: string): CallResult | undefined {
  const match = RESULT.exec(text);
  if (match === null) return undefined;
  const [, hex, decimal, error, seconds, fraction] = match;
  const tookNs =
    seconds === undefined ? undefined : Number(seconds) * 1e9 + Number((fraction ?? '').padEnd(9, '0'));
  if (error !== undefined) {
    const number = ERRORS.get(error);
    return number === undefined ? undefined : { value: -BigInt(number), tookNs };
  }
  const digits = decimal ?? hex;
  return { value: digits === undefined ? undefined : BigInt(digits), tookNs };
}
