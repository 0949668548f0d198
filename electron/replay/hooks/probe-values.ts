/**
 * What the fields of a probe's events say of its function's registers, its result and memory: by the fetch arguments
 * in the bundle's kprobe_events, else by their names (`arg2`, `si`, a parameter of the modelled kernel's prototype).
 */
import type { EventField, EventType } from '../../trace/event.ts';
import type { DynamicEvent, FetchSource } from '../kernel/dynamic-events.ts';
import { holdsMember, type ProbedMember } from '../kernel/probed-members.ts';
import { registerNamed, type RegisterSet } from './registers.ts';

export type ProbeValue =
  | { readonly kind: 'register'; readonly register: string; readonly field: EventField }
  /** A parameter that no register holds, counted from 0. */
  | { readonly kind: 'parameter'; readonly index: number; readonly field: EventField }
  /** Bytes or a text that the register points to. */
  | {
      readonly kind: 'memory';
      readonly register: string;
      readonly offset: number;
      readonly isUser: boolean;
      readonly isText: boolean;
      readonly field: EventField;
    }
  /** A member of what the register points to, as the modelled kernel has it. */
  | {
      readonly kind: 'member';
      readonly register: string;
      readonly member: ProbedMember;
      readonly field: EventField;
    };

/** Where a parameter is kept that no register holds at the event: it is no register of struct pt_regs. */
export function parameterRegister(index: number): string {
  return `argument ${index}`;
}

const COMMON = /^common_/;
const OWN = /^__probe_/;

export interface ValueOptions {
  readonly type: EventType;
  readonly isReturn: boolean;
  readonly isUser: boolean;
  readonly definition: DynamicEvent | undefined;
  readonly registers: RegisterSet;
  /** Of the function, where the modelled kernel has it. */
  readonly parameterNames: readonly string[];
  /** The member of this name of what a parameter points to, of any where the parameter is not said. */
  memberOf(parameter: number | undefined, name: string): ProbedMember | undefined;
  /** Whether the parameter points to a struct of the kernel. */
  isPointer(parameter: number): boolean;
}

export function probeValues(options: ValueOptions): ProbeValue[] {
  const fields = options.type.fields.filter(({ name }) => !COMMON.test(name) && !OWN.test(name));
  return fields.flatMap((field) => {
    const fetched = options.definition?.fetched.find(({ name }) => name === field.name);
    const source =
      options.definition === undefined ? sourceByName(field, fields.length, options) : fetched?.source;
    if (source !== undefined) return valueOf(field, source, options) ?? [];
    return options.definition === undefined ? (memberValue(field, undefined, options) ?? []) : [];
  });
}

/** Through which pointer, a return's event says by the parameter alone. */
function memberValue(
  field: EventField,
  parameter: number | undefined,
  { memberOf, registers, isReturn }: ValueOptions,
): ProbeValue | undefined {
  const member = memberOf(parameter, field.name);
  if (member === undefined || !holdsMember(field, member)) return undefined;
  const inRegister = isReturn ? undefined : registers.parameters[member.parameter];
  const register = inRegister ?? parameterRegister(member.parameter);
  return { kind: 'member', register, member, field };
}

function valueOf(field: EventField, source: FetchSource, options: ValueOptions): ProbeValue | undefined {
  const { registers, isReturn, isUser, isPointer } = options;
  if (source.kind === 'memory') {
    const register = registerOf(source.base, registers, isReturn) ?? parameterPlace(source.base);
    if (register === undefined) return undefined;
    const parameter = parameterNumber(source.base, registers, isReturn);
    const member = parameter === undefined ? undefined : memberValue(field, parameter, options);
    if (member !== undefined) return member;
    // Where the recorded kernel has a member says nothing of where the modelled one does.
    if (parameter !== undefined && isPointer(parameter)) return undefined;
    const isText = isTextField(field);
    if (!isText && field.kind !== 'integer' && field.kind !== 'array') return undefined;
    const place = { register, offset: source.offset, isUser: source.isUser || isUser };
    return { kind: 'memory', ...place, isText, field };
  }
  if (field.kind !== 'integer') return undefined;
  const register = registerOf(source, registers, isReturn);
  if (register !== undefined) return { kind: 'register', register, field };
  return source.kind === 'argument' ? { kind: 'parameter', index: source.index, field } : undefined;
}

function parameterPlace(source: FetchSource): string | undefined {
  return source.kind === 'argument' ? parameterRegister(source.index) : undefined;
}

function parameterNumber(source: FetchSource, registers: RegisterSet, isReturn: boolean): number | undefined {
  if (source.kind === 'argument') return source.index;
  if (source.kind !== 'register' || isReturn) return undefined;
  const index = registers.parameters.indexOf(registerNamed(registers, source.name) ?? '');
  return index < 0 ? undefined : index;
}

function registerOf(source: FetchSource, registers: RegisterSet, isReturn: boolean): string | undefined {
  if (source.kind === 'register') return registerNamed(registers, source.name);
  if (source.kind === 'result') return registers.result;
  // What a function was called with is not in its registers any more when it returns.
  return source.kind === 'argument' && !isReturn ? registers.parameters[source.index] : undefined;
}

function isTextField({ kind, type }: EventField): boolean {
  return (kind === 'dataLoc' || kind === 'relLoc') && /\bchar$/.test(type);
}

/** perf adds the type to the names of texts: `filename_string`. */
function sourceByName(
  field: EventField,
  count: number,
  { isReturn, isUser, registers, parameterNames }: ValueOptions,
): FetchSource | undefined {
  const isText = isTextField(field);
  const name = isText ? field.name.replace(/_u?string$/, '') : field.name;
  const source = plainSource(name, count, isReturn, registers, parameterNames);
  if (!isText || source === undefined) return source;
  return { kind: 'memory', base: source, offset: 0, isUser: isUser || field.name.endsWith('_ustring') };
}

function plainSource(
  name: string,
  count: number,
  isReturn: boolean,
  registers: RegisterSet,
  parameterNames: readonly string[],
): FetchSource | undefined {
  if (isReturn && (/^(ret|retval|rc|result)$/.test(name) || (name === 'arg1' && count === 1)))
    return { kind: 'result' };
  const register = registerNamed(registers, name);
  const named = parameterNames.indexOf(name);
  if (named >= 0) return { kind: 'argument', index: named };
  if (register !== undefined) return { kind: 'register', name: register };
  const [, number] = /^arg([1-9]\d?)$/.exec(name) ?? [];
  return number === undefined ? undefined : { kind: 'argument', index: Number(number) - 1 };
}
