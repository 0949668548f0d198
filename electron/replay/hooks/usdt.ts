/**
 * `usdt/FILE:PROVIDER:NAME`: markers that programs are built with. Their arguments are the fields `arg1`, `arg2`, ...
 * that perf and ftrace record of them. libbpf tells a program by a map of its own, `__bpf_usdt_specs`, where in
 * struct pt_regs each lies; here they lie behind the registers, and the map says so.
 */
import type { BpfMap } from '../../bpf/maps/map.ts';
import { Failure } from '../../failure.ts';
import { probeValues, type ProbeValue, type ValueOptions } from './probe-values.ts';
import { PARAMETERS_MAX, parameterOffset, type RegisterSet } from './registers.ts';

/** struct __bpf_usdt_spec of usdt.bpf.h: twelve arguments, the user's cookie, their count. */
const ARGUMENT_BYTES = 16;
const COOKIE_AT = ARGUMENT_BYTES * PARAMETERS_MAX;
const COUNT_AT = COOKIE_AT + 8;
const SPECIFICATION_BYTES = COUNT_AT + 8;
const SPECIFICATIONS = '__bpf_usdt_specs';
/** In an argument: its kind, of which BPF_USDT_ARG_REG is one, and the offset in the context. */
const KIND_AT = 8;
const KIND_REGISTER = 1;
/** One that usdt.bpf.h knows nothing of, and answers with -EINVAL. */
const KIND_UNKNOWN = 0xff;
const OFFSET_AT = 12;

/** Arguments by their names; registers too, where the bundle lists what was fetched. */
export function usdtValues(options: ValueOptions): ProbeValue[] {
  const own = options.type.fields.flatMap((field): ProbeValue[] => {
    const [, number, isText] = /^arg([1-9]\d?)(_u?string)?$/.exec(field.name) ?? [];
    const index = Number(number) - 1;
    if (number === undefined || index >= PARAMETERS_MAX) return [];
    if (field.kind === 'integer' && isText === undefined) return [{ kind: 'parameter', index, field }];
    if (field.kind !== 'dataLoc' && field.kind !== 'relLoc') return [];
    const register = `argument ${index}`;
    return [{ kind: 'memory', register, offset: 0, isUser: true, isText: true, field }];
  });
  return options.definition === undefined ? own : [...own, ...probeValues(options)];
}

/** How many specifications each map holds. */
const counts = new WeakMap<BpfMap, number>();

/** Writes where the probe's arguments lie; gives the cookie by which the program finds it. */
export function addSpecification(
  maps: readonly BpfMap[],
  values: readonly ProbeValue[],
  cookie: bigint,
  registers: RegisterSet,
  program: string,
): bigint {
  const map = maps.find(({ definition }) => definition.name === SPECIFICATIONS);
  // A program that asks for no argument has no such map.
  if (map === undefined) return cookie;
  const index = counts.get(map) ?? 0;
  const { valueSizeBytes, maxEntries } = map.definition;
  if (valueSizeBytes !== SPECIFICATION_BYTES || index >= maxEntries) {
    const reason =
      index >= maxEntries
        ? `the object has room for ${maxEntries} USDT probes`
        : `its ${SPECIFICATIONS} has values of ${valueSizeBytes} bytes, and those of libbpf's usdt.bpf.h have ${SPECIFICATION_BYTES}`;
    throw new Failure('replay', 'usdt-not-supported', reason, { file: program });
  }
  counts.set(map, index + 1);
  map.set(new Uint8Array(Uint32Array.of(index).buffer), specification(values, cookie, registers));
  return BigInt(index);
}

function specification(values: readonly ProbeValue[], cookie: bigint, registers: RegisterSet): Uint8Array {
  const bytes = new Uint8Array(SPECIFICATION_BYTES);
  const view = new DataView(bytes.buffer);
  const known = new Set(values.flatMap((value) => argumentOf(value) ?? []));
  const count = Math.max(0, ...[...known].map((index) => index + 1));
  for (let index = 0; index < count; index += 1) {
    const at = ARGUMENT_BYTES * index;
    view.setUint32(at + KIND_AT, known.has(index) ? KIND_REGISTER : KIND_UNKNOWN, true);
    view.setInt16(at + OFFSET_AT, parameterOffset(registers, index), true);
  }
  view.setBigUint64(COOKIE_AT, cookie, true);
  view.setInt16(COUNT_AT, count, true);
  return bytes;
}

function argumentOf(value: ProbeValue): number | undefined {
  if (value.kind === 'parameter') return value.index;
  const [, index] = value.kind === 'memory' ? (/^argument (\d+)$/.exec(value.register) ?? []) : [];
  return index === undefined ? undefined : Number(index);
}
