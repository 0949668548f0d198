/**
 * A message as bytes: a JSON header under raw buffers, so that columns of numbers cross to the page
 * without becoming text. No node imports: the page runs this too.
 *
 *   u32 header length | header (JSON, UTF-8) | padding to 8 | buffer | padding to 8 | buffer ...
 *
 * All integers are little-endian. In the header's value, what JSON cannot say is an array whose first
 * item is a tag: ["b", kind, offset, length] a typed array in the buffers (offset from their start),
 * ["n", text] a bigint, ["f", text] NaN, an infinity or -0, ["u"] undefined, ["a", ...] a list.
 */

/** A header is names and numbers; the bulk is in the buffers. */
const HEADER_BYTES_MAX = 64 * 1024 * 1024;
/** Deeper nesting is not a message of ours. */
const DEPTH_MAX = 100;
const ALIGN = 8;

const SPECIAL_NUMBERS: ReadonlySet<string> = new Set(['NaN', 'Infinity', '-Infinity', '-0']);

const arrayKinds = {
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const;

type ArrayKind = keyof typeof arrayKinds;

export class CodecError extends Error {
  override readonly name = 'CodecError';
}

/** Throws CodecError for what cannot travel: functions, symbols, class instances, cycles. */
export function encodeMessage(value: unknown): Uint8Array {
  const buffers: ArrayBufferView[] = [];
  const state = { buffers, bytes: 0 };
  const header = new TextEncoder().encode(JSON.stringify(toJson(value, state, 0)));
  const start = aligned(4 + header.length);
  const message = new Uint8Array(start + state.bytes);
  new DataView(message.buffer).setUint32(0, header.length, true);
  message.set(header, 4);
  let at = start;
  for (const buffer of buffers) {
    message.set(new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength), at);
    at += aligned(buffer.byteLength);
  }
  return message;
}

/** Typed arrays lie in `bytes` where its start is aligned, in a copy else. Throws CodecError. */
export function decodeMessage(bytes: Uint8Array): unknown {
  if (bytes.length < 4) throw new CodecError('the message ends inside its header length');
  const headerBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (headerBytes > HEADER_BYTES_MAX || 4 + headerBytes > bytes.length) {
    throw new CodecError(`a header of ${headerBytes} bytes in a message of ${bytes.length}`);
  }
  const start = aligned(4 + headerBytes);
  const isAligned = bytes.byteOffset % ALIGN === 0;
  const buffers = isAligned ? bytes.subarray(Math.min(start, bytes.length)) : bytes.slice(start);
  return fromJson(parseHeader(bytes.subarray(4, 4 + headerBytes)), buffers, 0);
}

function parseHeader(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new CodecError('the header is not JSON');
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGN) * ALIGN;
}

function toJson(
  value: unknown,
  state: { buffers: ArrayBufferView[]; bytes: number },
  depth: number,
): unknown {
  if (depth > DEPTH_MAX) throw new CodecError(`nested deeper than ${DEPTH_MAX}`);
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'undefined':
      return ['u'];
    case 'bigint':
      return ['n', value.toString()];
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : ['f', Object.is(value, -0) ? '-0' : String(value)];
    case 'object':
      break;
    default:
      throw new CodecError(`a ${typeof value} cannot travel`);
  }
  if (value === null) return null;
  if (ArrayBuffer.isView(value)) {
    const kind = value.constructor.name;
    // Node's Buffer is a Uint8Array by another name.
    const name = kind in arrayKinds ? kind : value instanceof Uint8Array ? 'Uint8Array' : undefined;
    if (name === undefined) throw new CodecError(`a ${kind} cannot travel`);
    const offset = state.bytes;
    state.buffers.push(value);
    state.bytes += aligned(value.byteLength);
    return ['b', name, offset, (value as Uint8Array).length];
  }
  if (Array.isArray(value)) return ['a', ...value.map((item) => toJson(item, state, depth + 1))];
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new CodecError(`a ${value.constructor.name} cannot travel`);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, toJson(item, state, depth + 1)]),
  );
}

function fromJson(value: unknown, buffers: Uint8Array, depth: number): unknown {
  if (depth > DEPTH_MAX) throw new CodecError(`nested deeper than ${DEPTH_MAX}`);
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) {
    // fromEntries defines own properties: a key named __proto__ stays a key.
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, fromJson(item, buffers, depth + 1)]),
    );
  }
  const [tag, first, second, third] = value as unknown[];
  switch (tag) {
    case 'a':
      return value.slice(1).map((item) => fromJson(item, buffers, depth + 1));
    case 'u':
      return undefined;
    case 'n':
      if (typeof first !== 'string' || !/^-?\d{1,40}$/.test(first))
        throw new CodecError('a bigint that is none');
      return BigInt(first);
    case 'f':
      if (typeof first !== 'string' || !SPECIAL_NUMBERS.has(first))
        throw new CodecError('a special number that is none');
      return Number(first);
    case 'b':
      return typedArray(first, second, third, buffers);
    default:
      throw new CodecError(`unknown tag ${String(tag).slice(0, 20)}`);
  }
}

function typedArray(kind: unknown, offset: unknown, length: unknown, buffers: Uint8Array): ArrayBufferView {
  if (typeof kind !== 'string' || !Object.hasOwn(arrayKinds, kind))
    throw new CodecError('a typed array of unknown kind');
  const Kind = arrayKinds[kind as ArrayKind];
  if (!isCount(offset) || !isCount(length) || offset % ALIGN !== 0)
    throw new CodecError('a typed array with no place');
  if (offset + length * Kind.BYTES_PER_ELEMENT > buffers.length)
    throw new CodecError('a typed array beyond the message');
  return new Kind(buffers.buffer as ArrayBuffer, buffers.byteOffset + offset, length);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
