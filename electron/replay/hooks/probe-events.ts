/**
 * Recorded events of probes: which event types of the sources are of a function, at its entry or its return. By the
 * bundle's kprobe_events where it has them; else by the names that perf and ftrace give to probes; else by the
 * addresses or symbols in the records.
 */
import type { Btf } from '../../bpf/object/btf.ts';
import type { EventField, EventType, Source } from '../../trace/event.ts';
import {
  definitionOf,
  functionNames,
  parseDynamicEvents,
  type DynamicEvent,
} from '../kernel/dynamic-events.ts';
import { KernelSymbols } from '../kernel/kernel-symbols.ts';
import { pointedStruct, probedMember, type ProbedMember } from '../kernel/probed-members.ts';
import { fitsName, type ProbeTarget } from './probe-target.ts';
import { usdtValues } from './usdt.ts';
import { probeValues, type ProbeValue } from './probe-values.ts';
import { registersOf, type RegisterSet } from './registers.ts';

/** Which records of the type are of the function, where it has records of others too. */
export type RecordCheck =
  | { readonly kind: 'address'; readonly field: EventField; readonly from: bigint; readonly to: bigint }
  | { readonly kind: 'symbol'; readonly field: EventField; readonly name: string }
  /** Of all functions whose names a wildcard stands for: by the addresses where their probes may lie, or by symbols. */
  | { readonly kind: 'addresses'; readonly field: EventField; readonly addresses: ReadonlySet<bigint> }
  | { readonly kind: 'symbols'; readonly field: EventField; readonly pattern: string };

export interface RecordedProbe {
  readonly source: Source;
  readonly type: EventType;
  readonly isReturn: boolean;
  /** `vfs_read`, or as the target has it where no more is known. */
  readonly functionName: string;
  readonly values: readonly ProbeValue[];
  readonly check: RecordCheck | undefined;
  /** Where the function begins, where that is known before any event. */
  readonly address: bigint | undefined;
  /** Where the record has it: `__probe_ip`, `__probe_func`. */
  readonly addressField: EventField | undefined;
  /** What the instruction pointer is at the event. */
  readonly instructionField: EventField | undefined;
}

const ENTRY_ADDRESS = '__probe_ip';
const RETURN_FUNCTION = '__probe_func';
const RETURN_ADDRESS = '__probe_ret_ip';

interface Candidate {
  readonly source: Source;
  readonly type: EventType;
  readonly isReturn: boolean;
  readonly definition: DynamicEvent | undefined;
  readonly symbols: KernelSymbols;
}

/** All that are of the target; empty where none is. */
export function recordedProbes(
  target: ProbeTarget,
  sources: readonly Source[],
  types: Btf,
): readonly RecordedProbe[] {
  const registers = registersOf(sources);
  const candidates = sources.flatMap(candidatesOf).filter(({ isReturn }) => isSide(target, isReturn));
  const named = candidates.flatMap((each) => {
    const functionName = functionOf(each, target);
    if (functionName === undefined) return [];
    return [recorded(each, target, functionName, undefined, registers, types)];
  });
  if (named.length > 0 || target.kind !== 'kernel' || /[*?]/.test(target.name)) return named;
  return candidates
    .filter(({ definition }) => definition === undefined)
    .flatMap((each) => {
      const check = checkOf(each, target, registers);
      return check === undefined ? [] : [recorded(each, target, target.name, check, registers, types)];
    });
}

/** Probes of any function that fetched members of what its pointers lead to. */
export function memberProbes(sources: readonly Source[], types: Btf): readonly RecordedProbe[] {
  const registers = registersOf(sources);
  return sources.flatMap(candidatesOf).flatMap((each) => {
    if (each.definition?.kind === 'uprobe') return [];
    for (const name of functionNames(each.type, each.isReturn, each.definition)) {
      const side = each.isReturn ? 'return' : 'entry';
      const target = {
        kind: 'kernel',
        side,
        prefix: 'kprobe',
        file: undefined,
        name,
        offset: 0,
        cookie: 0n,
      } as const;
      const probe = recorded(each, target, name, undefined, registers, types);
      if (probe.values.some(({ kind }) => kind === 'member')) return [probe];
    }
    return [];
  });
}

function isSide({ side }: ProbeTarget, isReturn: boolean): boolean {
  return side === 'both' || isReturn === (side === 'return');
}

function candidatesOf(source: Source): Candidate[] {
  const { kallsyms, dynamicEvents } = source.context;
  const definitions = parseDynamicEvents(dynamicEvents ?? []);
  const symbols = new KernelSymbols(kallsyms === undefined ? [] : [kallsyms]);
  return source.schema.types.flatMap((type) => {
    const isEntry = type.fields.some(({ name }) => name.startsWith(ENTRY_ADDRESS));
    const isReturn = type.fields.some(({ name }) => name.startsWith(RETURN_ADDRESS));
    if (!isEntry && !isReturn) return [];
    const definition = definitionOf(type, definitions);
    return [{ source, type, isReturn, definition, symbols }];
  });
}

/** The function that the events are of by what was defined, or by their name; undefined where it is not the target's. */
function functionOf({ definition, type, isReturn }: Candidate, target: ProbeTarget): string | undefined {
  const { name, offset, file, kind } = target;
  if (kind === 'usdt') return usdtNameOf(definition, type, target);
  if (definition !== undefined) {
    if ((definition.kind === 'uprobe') !== (kind === 'user')) return undefined;
    if (definition.kind === 'uprobe') {
      if (file !== undefined && !isFile(definition.file ?? '', file)) return undefined;
      if (/^0x/.test(name)) return Number(name) === definition.offset ? name : undefined;
    } else if (definition.symbol !== undefined) {
      return definition.offset === offset && fitsName(name, definition.symbol)
        ? definition.symbol
        : undefined;
    }
  } else if (kind === 'user' && file !== undefined && !mayBeOf(type.system, file)) return undefined;
  if (offset !== 0) return undefined;
  return functionNames(type, isReturn, definition).find((each) => fitsName(name, each));
}

/** `PROVIDER:NAME`; perf's group of a provider's probes is `sdt_PROVIDER`, and a number follows names used twice. */
function usdtNameOf(
  definition: DynamicEvent | undefined,
  { system, name }: EventType,
  target: ProbeTarget,
): string | undefined {
  if (definition !== undefined && definition.kind !== 'uprobe') return undefined;
  if (target.file !== undefined && definition !== undefined && !isFile(definition.file ?? '', target.file))
    return undefined;
  const [, provider] = /^(?:sdt_)?(\w+)$/.exec(definition?.group ?? system) ?? [];
  const [wantedProvider = '', wantedName = ''] = target.name.split(':');
  const isProvider = provider === wantedProvider || (definition === undefined && system === 'unknown');
  const isName = [name, name.replace(/_\d+$/, '')].some((each) => fitsName(wantedName, each));
  return isProvider && isName ? target.name : undefined;
}

/** `libc.so.6` is meant by `libc`, and a path by the name of its file. */
function isFile(path: string, meant: string): boolean {
  if (meant.startsWith('/')) return path === meant;
  const own = path.slice(path.lastIndexOf('/') + 1);
  return own === meant || own.replace(/[.-].*$/, '') === meant;
}

/** perf's group of probes in a file is `probe_bash`; others are named by whoever made them. */
function mayBeOf(system: string, file: string): boolean {
  const [, said] = /^(?:probe|sdt)_(\w+)$/.exec(system) ?? [];
  if (said === undefined) return true;
  const own = file.slice(file.lastIndexOf('/') + 1).replaceAll(/[^\w]/g, '_');
  return own === said || own.replace(/_.*$/, '') === said || own.startsWith(said);
}

function addressFieldOf({ type, isReturn }: Candidate, suffix = ''): EventField | undefined {
  const wanted = (isReturn ? RETURN_FUNCTION : ENTRY_ADDRESS) + suffix;
  return type.fields.find(({ name }) => name === wanted);
}

function checkOf(
  candidate: Candidate,
  { name, offset }: ProbeTarget,
  { entryBytes }: RegisterSet,
): RecordCheck | undefined {
  const symbol = addressFieldOf(candidate, '_symbol');
  if (symbol !== undefined) return { kind: 'symbol', field: symbol, name };
  const field = addressFieldOf(candidate);
  const address = candidate.symbols.addressOf(name);
  if (field?.kind !== 'integer' || address === undefined) return undefined;
  const from = address + BigInt(offset);
  return { kind: 'address', field, from, to: from + BigInt(offset === 0 ? entryBytes : 0) };
}

function recorded(
  candidate: Candidate,
  target: ProbeTarget,
  functionName: string,
  check: RecordCheck | undefined,
  registers: RegisterSet,
  types: Btf,
): RecordedProbe {
  const { source, type, isReturn, definition, symbols } = candidate;
  const isUser = target.kind !== 'kernel';
  const parameterNames = isUser ? [] : parametersOf(types, functionName);
  const memberOf = (parameter: number | undefined, name: string): ProbedMember | undefined =>
    isUser ? undefined : probedMember(types, functionName, parameter, name);
  const isPointer = (parameter: number): boolean =>
    !isUser && pointedStruct(types, functionName, parameter) !== undefined;
  const integer = (name: string): EventField | undefined =>
    type.fields.find((field) => field.name === name && field.kind === 'integer');
  return {
    source,
    type,
    isReturn,
    functionName,
    values: (target.kind === 'usdt' ? usdtValues : probeValues)({
      type,
      isReturn,
      isUser,
      definition,
      registers,
      parameterNames,
      memberOf,
      isPointer,
    }),
    check,
    address: isUser ? undefined : symbols.addressOf(functionName),
    addressField: integer(isReturn ? RETURN_FUNCTION : ENTRY_ADDRESS),
    instructionField: integer(isReturn ? RETURN_ADDRESS : ENTRY_ADDRESS),
  };
}

/** Names of the parameters of a function that the modelled kernel has. */
export function parametersOf(types: Btf, functionName: string): readonly string[] {
  const found = types.find('func', functionName);
  const prototype = found === undefined ? undefined : types.typeById(found.typeId);
  return prototype?.kind === 'func_proto' ? prototype.parameters.map(({ name }) => name) : [];
}
