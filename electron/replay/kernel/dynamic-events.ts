/**
 * Probes as kprobe_events, uprobe_events and dynamic_events list them: where each lies, and what its fetch arguments
 * are read from. Syntax of Documentation/trace/kprobetrace.rst, uprobetracer.rst and fprobetrace.rst of Linux 6.18.
 */

import type { EventType } from '../../trace/event.ts';

/** What a fetch argument is read from. */
export type FetchSource =
  /** `%di`. */
  | { readonly kind: 'register'; readonly name: string }
  /** `$arg1`, counted from 0 here. */
  | { readonly kind: 'argument'; readonly index: number }
  /** `$retval`. */
  | { readonly kind: 'result' }
  /** `+8(%di)`; `+u8(%di)` is memory of the process. */
  | {
      readonly kind: 'memory';
      readonly base: FetchSource;
      readonly offset: number;
      readonly isUser: boolean;
    }
  /** What says nothing of registers or memory they point to: `$comm`, `@symbol`, `\1`, a variable by its name. */
  | { readonly kind: 'other'; readonly text: string };

export interface FetchArgument {
  readonly name: string;
  readonly source: FetchSource;
  /** `u32`, `string`, `ustring`; undefined for the default. */
  readonly type: string | undefined;
}

export interface DynamicEvent {
  readonly kind: 'kprobe' | 'uprobe' | 'fprobe';
  readonly isReturn: boolean;
  readonly group: string;
  readonly name: string;
  /** Of a function of the kernel, without the module; undefined for an address and for uprobes. */
  readonly symbol: string | undefined;
  /** Of a uprobe: the file it is set in. */
  readonly file: string | undefined;
  /** From the symbol, or in the file. */
  readonly offset: number;
  readonly fetched: readonly FetchArgument[];
}

/** Events that a bundle may list; a kernel has room for some thousands. */
const EVENTS_MAX = 10_000;
/** `+0(+8(+16(%di)))`; Linux allows no more (FETCH_INSN_MAX is 16). */
const NESTING_MAX = 16;

const HEAD = /^([prf])(\d*)(?::(?:([\w.-]+)\/)?([\w.-]*))?$/;

/** Of lines that are not of functions (event probes, synthetic events, tracepoint probes) nothing is given. */
export function parseDynamicEvents(lines: readonly string[]): DynamicEvent[] {
  return lines.slice(0, EVENTS_MAX).flatMap((line) => parseLine(line) ?? []);
}

function parseLine(line: string): DynamicEvent | undefined {
  const [head = '', place = '', ...words] = line.trim().split(/\s+/);
  const [, letter, , group, name = ''] = HEAD.exec(head) ?? [];
  if (letter === undefined || place === '') return undefined;
  const isFile = place.includes('/');
  const plain = place.replace(/%return$/, '');
  const isReturn = letter === 'r' || plain !== place;
  const fetched = words.map((word, index) => parseFetchArgument(word, index));
  const kind = letter === 'f' ? 'fprobe' : isFile ? 'uprobe' : 'kprobe';
  const base = { kind, isReturn, name, group: group ?? `${kind}s`, fetched } as const;
  if (isFile) {
    const [, file, offset] = /^(.*):(0x[0-9a-fA-F]+|\d+)(?:\(.*\))?$/.exec(plain) ?? [];
    if (file === undefined || offset === undefined) return undefined;
    return { ...base, symbol: undefined, file, offset: Number(offset) };
  }
  const [, symbol, offset = '0'] = /^(?:\w+:)?([A-Za-z_][\w.$]*)(?:\+(0x[0-9a-f]+|\d+))?$/.exec(plain) ?? [];
  return { ...base, symbol, file: undefined, offset: Number(offset) };
}

/** `NAME=FETCH:TYPE`; without a name it is `argN`, N counted from 1. */
function parseFetchArgument(word: string, index: number): FetchArgument {
  const [, name = `arg${index + 1}`, rest = ''] = /^(?:([A-Za-z_]\w*)=)?(.*)$/.exec(word) ?? [];
  const [, fetch = '', type] = /^(.*?)(?::(\w+(?:@\d+\/\d+)?(?:\[\d+\])?))?$/.exec(rest) ?? [];
  const source = parseSource(fetch, 0);
  const isUserText = type === 'ustring' && source.kind === 'memory';
  return { name, source: isUserText ? { ...source, isUser: true } : source, type };
}

function parseSource(text: string, depth: number): FetchSource {
  const other: FetchSource = { kind: 'other', text };
  if (depth > NESTING_MAX) return other;
  const [, register] = /^%(\w+)$/.exec(text) ?? [];
  if (register !== undefined) return { kind: 'register', name: register };
  const [, argument] = /^\$arg([1-9]\d?)$/.exec(text) ?? [];
  if (argument !== undefined) return { kind: 'argument', index: Number(argument) - 1 };
  if (text === '$retval') return { kind: 'result' };
  const [, sign, user, offset, inner] = /^([+-])(u?)(0x[0-9a-fA-F]+|\d+)\((.*)\)$/.exec(text) ?? [];
  if (inner === undefined || offset === undefined) return other;
  const base = parseSource(inner, depth + 1);
  if (base.kind === 'other') return other;
  const isUser = user === 'u';
  return { kind: 'memory', base, offset: sign === '-' ? -Number(offset) : Number(offset), isUser };
}

/** What was defined of the events of a type. Text tells no group. */
export function definitionOf(
  { system, name }: EventType,
  definitions: readonly DynamicEvent[],
): DynamicEvent | undefined {
  return definitions.find((each) => each.name === name && (each.group === system || system === 'unknown'));
}

/**
 * What a probe is of: what was defined, or what its name may say: perf appends `__return` and numbers, ftrace puts
 * `p_` and `r_` before and `_0` (an offset) after, fprobe events end in `__entry` and `__exit`.
 */
export function functionNames(
  { name }: EventType,
  isReturn: boolean,
  definition: DynamicEvent | undefined,
): readonly string[] {
  if (definition?.symbol !== undefined) return [definition.symbol];
  const plain = name.replace(isReturn ? /__(return|exit)(_\d+)?$/ : /__entry$/, '');
  const [, ofFtrace] = (isReturn ? /^r_(.+?)(?:_0)?$/ : /^p_(.+?)(?:_0)?$/).exec(plain) ?? [];
  return [plain, plain.replace(/_\d+$/, ''), ofFtrace].filter((each) => each !== undefined);
}
