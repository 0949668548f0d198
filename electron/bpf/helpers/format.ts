/**
 * printf as BPF programs have it: bpf_trace_printk(), bpf_snprintf() and kin, after
 * bpf_bprintf_prepare() in kernel/bpf/helpers.c. A format the kernel refuses is refused here.
 */
import type { LinearMemory } from '../vm/memory.ts';
import { readableAddress } from './call.ts';

/** Text, or undefined where the kernel answers -EINVAL. */
export function formatText(
  memory: LinearMemory,
  format: string,
  values: readonly bigint[],
): string | undefined {
  const pattern = /%(?:%|([-+0 ]*)((?:[1-9]\d*)?)(p[A-Za-z]?[0-9a-z]?|c|s|(ll?)?([diuxX])))/gy;
  let text = '';
  let at = 0;
  let next = 0;
  while (at < format.length) {
    const character = format[at] as string;
    if (!isAllowed(character)) return undefined;
    if (character !== '%') {
      text += character;
      at += 1;
      continue;
    }
    pattern.lastIndex = at;
    const found = pattern.exec(format);
    if (found === null) return undefined;
    if (found[0] === '%%') {
      text += '%';
      at = pattern.lastIndex;
      continue;
    }
    const value = values[next];
    if (value === undefined) return undefined;
    next += 1;
    const shape: Shape = { flags: found[1] ?? '', width: Number(found[2] ?? ''), letters: found[3] ?? '' };
    const piece = shape.letters.startsWith('p') ? pointer(memory, shape, value) : plain(memory, shape, value);
    text += piece.text;
    at = pattern.lastIndex - piece.unread;
  }
  return text;
}

interface Shape {
  readonly flags: string;
  readonly width: number;
  /** `lld`, `s`, `pI4`. */
  readonly letters: string;
}

interface Piece {
  readonly text: string;
  /** Characters the pattern took that are not part of the specification. */
  readonly unread: number;
}

/** Printable ASCII and white space: what the kernel lets a format hold. */
function isAllowed(character: string): boolean {
  return /^[\x20-\x7e\t\n\v\f\r]$/.test(character);
}

function plain(memory: LinearMemory, shape: Shape, value: bigint): Piece {
  const conversion = shape.letters.at(-1);
  if (conversion === 's') return { text: pad(shape, textAt(memory, value), ''), unread: 0 };
  if (conversion === 'c')
    return { text: pad(shape, String.fromCharCode(Number(value & 0xffn)), ''), unread: 0 };
  const bits = shape.letters.startsWith('l') ? 64 : 32;
  if (conversion === 'd' || conversion === 'i') {
    const signed = BigInt.asIntN(bits, value);
    const sign = signed < 0n ? '-' : shape.flags.includes('+') ? '+' : shape.flags.includes(' ') ? ' ' : '';
    return { text: pad(shape, String(signed < 0n ? -signed : signed), sign), unread: 0 };
  }
  const unsigned = BigInt.asUintN(bits, value);
  if (conversion === 'u') return { text: pad(shape, String(unsigned), ''), unread: 0 };
  const digits = unsigned.toString(16);
  return { text: pad(shape, conversion === 'X' ? digits.toUpperCase() : digits, ''), unread: 0 };
}

/** Pads to the width: zeros go between sign and digits. */
function pad(shape: Shape, body: string, sign: string): string {
  if (shape.flags.includes('-')) return (sign + body).padEnd(shape.width);
  if (shape.flags.includes('0')) return sign + body.padStart(shape.width - sign.length, '0');
  return (sign + body).padStart(shape.width);
}

const POINTER_DIGITS = 16;

/** %p and its variants. Linux hashes a plain %p; a replay's addresses are its own and hide nothing. */
function pointer(memory: LinearMemory, shape: Shape, value: bigint): Piece {
  const kind = shape.letters.slice(1);
  if (/^[iI][46]/.test(kind)) return { text: addressText(memory, kind, value), unread: 0 };
  if (/^[ku]s/.test(kind)) {
    return { text: kind.startsWith('k') ? textAt(memory, value) : '', unread: kind.length - 2 };
  }
  const hex = value.toString(16);
  if (/^[sSB]/.test(kind)) return { text: `0x${hex}`, unread: kind.length - 1 };
  const isPadded = shape.width === 0;
  const text = isPadded ? hex.padStart(POINTER_DIGITS, '0') : pad(shape, hex, '');
  return { text, unread: /^[xK]/.test(kind) ? kind.length - 1 : kind.length };
}

/** Text up to its NUL; '' where there is no such memory, as the kernel prints. */
function textAt(memory: LinearMemory, register: bigint): string {
  const at = readableAddress(memory, register, 1);
  if (at === undefined) return '';
  const end = memory.bytes.indexOf(0, at);
  return new TextDecoder('latin1').decode(
    memory.bytes.subarray(at, end < 0 ? memory.end : Math.min(end, memory.end)),
  );
}

/** %pi4, %pI4, %pi6, %pI6: the address behind the pointer, in network order. */
function addressText(memory: LinearMemory, kind: string, register: bigint): string {
  const size = kind[1] === '4' ? 4 : 16;
  const at = readableAddress(memory, register, size);
  const bytes = at === undefined ? new Uint8Array(size) : memory.bytes.subarray(at, at + size);
  const isPlain = kind.startsWith('i');
  if (size === 4)
    return Array.from(bytes, (byte) => (isPlain ? String(byte).padStart(3, '0') : String(byte))).join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16).padStart(4, '0'),
  );
  return groups.join(isPlain ? '' : ':');
}
