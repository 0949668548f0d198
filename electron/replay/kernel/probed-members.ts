/**
 * Members of the kernel's structs that probes fetched through a pointer that a function was given: by the name of the
 * field, `skc_daddr`, which is the member's in the struct that the modelled kernel's prototype points to. Offsets are
 * the modelled kernel's, whatever those of the recorded kernel are.
 */
import type { Btf } from '../../bpf/object/btf.ts';
import { isComposite } from '../../bpf/verifier/btf-walk.ts';
import type { BtfComposite } from '../../bpf/object/btf-type.ts';
import type { EventField, EventType, Source } from '../../trace/event.ts';
import {
  definitionOf,
  functionNames,
  parseDynamicEvents,
  type DynamicEvent,
  type FetchSource,
} from './dynamic-events.ts';

/** Structs within each other, named or not. */
const NESTING_MAX = 8;
/** What a fetch argument of a number may hold at most, and one of an array (MAX_ARRAY_LEN of Linux, of bytes). */
const MEMBER_BYTES_MAX = 64;
const WORD_BYTES = 8;

export interface ProbedMember {
  /** Number of the parameter that points to the struct, counted from 0. */
  readonly parameter: number;
  readonly struct: string;
  readonly offsetBytes: number;
  readonly sizeBytes: number;
  /** Bytes of the struct, and of those that begin with one. */
  readonly objectBytes: number;
  /** Each step as types have it: `sock.__sk_common`, `sock_common.skc_daddr`. */
  readonly steps: readonly string[];
}

/** undefined where no parameter, or not the one that is said, points to a struct with one such member. */
export function probedMember(
  types: Btf,
  functionName: string,
  parameter: number | undefined,
  name: string,
): ProbedMember | undefined {
  const found = types.find('func', functionName);
  const prototype = found === undefined ? undefined : types.typeById(found.typeId);
  if (prototype?.kind !== 'func_proto') return undefined;
  for (const index of prototype.parameters.keys()) {
    if (parameter !== undefined && parameter !== index) continue;
    const struct = pointedStruct(types, functionName, index);
    const member = struct === undefined ? undefined : membersNamed(types, struct.id, name, 0)[0];
    if (struct !== undefined && member !== undefined)
      return { parameter: index, struct: struct.name, objectBytes: objectBytes(types, struct), ...member };
  }
  return undefined;
}

/** Whether what was fetched is the member: numbers are extended to its width or cut, arrays are its own bytes. */
export function holdsMember(
  { kind, sizeBytes }: EventField,
  member: Pick<ProbedMember, 'sizeBytes'>,
): boolean {
  if (kind === 'integer') return member.sizeBytes <= WORD_BYTES;
  return kind === 'array' && sizeBytes === member.sizeBytes;
}

/** The struct that a parameter points to; undefined where it points to none. */
export function pointedStruct(types: Btf, functionName: string, parameter: number): BtfComposite | undefined {
  const found = types.find('func', functionName);
  const prototype = found === undefined ? undefined : types.typeById(found.typeId);
  const typeId = prototype?.kind === 'func_proto' ? prototype.parameters[parameter]?.typeId : undefined;
  const pointer = typeId === undefined ? undefined : types.resolve(typeId);
  const struct = pointer?.kind === 'ptr' ? types.resolve(pointer.typeId) : undefined;
  return struct !== undefined && isComposite(struct) ? struct : undefined;
}

/** Structs that begin with one: a `struct sock` is the start of an inet_sock, and that of a tcp_sock. */
const STARTS: Readonly<Record<string, readonly string[]>> = {
  sock: ['inet_sock.sk', 'inet_connection_sock.icsk_inet', 'tcp_sock.inet_conn'],
};

/** Bytes to lay out an object of the struct in: those that begin with one are reached through it too. */
export function objectBytes(types: Btf, { name, sizeBytes }: BtfComposite): number {
  const larger = (STARTS[name] ?? []).map(
    (each) => types.findStruct(each.split('.')[0] ?? '')?.sizeBytes ?? 0,
  );
  return Math.max(8, sizeBytes, ...larger);
}

/** `struct.member` of all that probes of the sources fetched. */
export function probedFields(sources: readonly Source[], types: Btf): ReadonlySet<string> {
  const fields = new Set<string>();
  for (const { schema, context } of sources) {
    const definitions = parseDynamicEvents(context.dynamicEvents ?? []);
    for (const type of schema.types) {
      const isReturn = isProbe(type, '__probe_ret_ip');
      if (!isReturn && !isProbe(type, '__probe_ip')) continue;
      const definition = definitionOf(type, definitions);
      for (const functionName of functionNames(type, isReturn, definition)) {
        for (const field of type.fields) {
          const { name } = field;
          const source = definition?.fetched.find((each) => each.name === name)?.source;
          if (definition !== undefined && source?.kind !== 'memory') continue;
          const parameter = source === undefined ? undefined : parameterOf(source);
          const member = probedMember(types, functionName, parameter, name);
          if (member === undefined || !holdsMember(field, member)) continue;
          if (!holdsPointer(type, definition, types, functionName, member.parameter)) continue;
          for (const step of member.steps) fields.add(step);
          for (const step of STARTS[member.struct] ?? []) fields.add(step);
        }
      }
    }
  }
  return fields;
}

function isProbe({ fields }: EventType, field: string): boolean {
  return fields.some(({ name }) => name.startsWith(field));
}

/** A member is of an object that is known by its pointer: that must have been fetched with it. */
function holdsPointer(
  { fields }: EventType,
  definition: DynamicEvent | undefined,
  types: Btf,
  functionName: string,
  parameter: number,
): boolean {
  if (definition !== undefined) {
    return definition.fetched.some(
      ({ source }) =>
        (source.kind === 'argument' && source.index === parameter) ||
        (source.kind === 'register' && REGISTERS.some((each) => each[parameter] === source.name)),
    );
  }
  const found = types.find('func', functionName);
  const prototype = found === undefined ? undefined : types.typeById(found.typeId);
  const own = prototype?.kind === 'func_proto' ? prototype.parameters[parameter]?.name : undefined;
  const names = [own, `arg${parameter + 1}`, ...REGISTERS.map((each) => each[parameter])];
  return fields.some(({ name }) => names.includes(name));
}

const REGISTERS: readonly (readonly string[])[] = [
  ['di', 'si', 'dx', 'cx', 'r8', 'r9'],
  ['x0', 'x1', 'x2', 'x3', 'x4', 'x5', 'x6', 'x7'],
];

/** Of what the memory is read through; undefined where that is no parameter as it was given. */
function parameterOf(source: FetchSource): number | undefined {
  if (source.kind !== 'memory') return undefined;
  const { base } = source;
  if (base.kind === 'argument') return base.index;
  if (base.kind !== 'register') return -1;
  return Math.max(...REGISTERS.map((registers) => registers.indexOf(base.name)));
}

/** All of what a member is made of was fetched with it. */
function stepsWithin(types: Btf, typeId: number, depth: number): string[] {
  const struct = types.resolve(typeId);
  if (!isComposite(struct) || depth > NESTING_MAX) return [];
  return struct.members.flatMap((member) => [
    ...(member.name === '' ? [] : [`${struct.name}.${member.name}`]),
    ...stepsWithin(types, member.typeId, depth + 1),
  ]);
}

type Place = Pick<ProbedMember, 'offsetBytes' | 'sizeBytes' | 'steps'>;

function membersNamed(types: Btf, structId: number, name: string, depth: number): Place[] {
  const struct = types.resolve(structId);
  if (!isComposite(struct) || depth > NESTING_MAX) return [];
  return struct.members.flatMap((member) => {
    if (member.bitSize !== 0 || member.offsetBits % 8 !== 0) return [];
    const step = struct.name === '' || member.name === '' ? [] : [`${struct.name}.${member.name}`];
    const offset = member.offsetBits / 8;
    if (member.name === name) {
      const sizeBytes = types.sizeOf(member.typeId) ?? 0;
      if (sizeBytes === 0 || sizeBytes > MEMBER_BYTES_MAX) return [];
      return [
        { offsetBytes: offset, sizeBytes, steps: [...step, ...stepsWithin(types, member.typeId, depth + 1)] },
      ];
    }
    return membersNamed(types, member.typeId, name, depth + 1).map((inner) => ({
      ...inner,
      offsetBytes: offset + inner.offsetBytes,
      steps: [...step, ...inner.steps],
    }));
  });
}
