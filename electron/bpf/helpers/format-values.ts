/**
 * What a format asks of the values given with it, and the values as they are read for it: into 512 bytes,
 * before any text is written. After bpf_bprintf_prepare() in kernel/bpf/helpers.c of Linux 6.18.
 */
import { EINVAL, ENOSPC } from '../maps/errno.ts';
import type { HelperContext } from './helper.ts';
import { kernelByte, mayBeKernelAddress, userByte } from './kernel-bytes.ts';

/** MAX_BPRINTF_VARARGS. */
export const VALUES_MAX = 12;
/** MAX_BPRINTF_BIN_ARGS: room for all values of one call. */
const PACKED_BYTES_MAX = 512;

/** How a value is read: as a number, a text, or an address that becomes text at once. */
export type ValueKind =
  | 'int'
  | 'long'
  | 'pointer'
  | 'char'
  | 'text'
  | 'kernel-text'
  | 'user-text'
  | 'symbol'
  | 'i4'
  | 'i6'
  | 'I4'
  | 'I6';

export interface FormatDemands {
  readonly kinds: readonly ValueKind[];
  /** Whether the kernel takes the whole of it, with so many values. */
  readonly isValid: boolean;
}

/** White space, punctuation (of Latin-1, too) or the end: what must follow a conversion that could go on. */
const END = '(?=[\\s!-/:-@[-`{-~\\xa0-\\xbf\\xd7\\xf7]|$)';
const CONVERSION = new RegExp(
  `%(?:%|[-+0 ]*(?:[1-9]\\d*)?(?:(p${END}|p[ku]s${END}|p[KxsSB]|p[iI][46]|s${END}|c)|(l{0,2})[diuxX]))`,
  'y',
);
/** Control characters that are no white space; anything that may be UTF-8 passes. */
// eslint-disable-next-line no-control-regex -- control characters are what this is about
const FORBIDDEN = /[\x00-\x08\x0e-\x1f\x7f]/;

/** Kinds of the values it reads, in order, up to what the kernel does not take. */
export function demandsOf(format: string, valueCount: number): FormatDemands {
  const kinds: ValueKind[] = [];
  for (let at = 0; at < format.length;) {
    if (FORBIDDEN.test(format[at] ?? '')) return { kinds, isValid: false };
    if (format[at] !== '%') {
      at += 1;
      continue;
    }
    CONVERSION.lastIndex = at;
    const found = CONVERSION.exec(format);
    const isMore = found !== null && found[0] !== '%%';
    if (found === null || (isMore && kinds.length >= valueCount)) return { kinds, isValid: false };
    if (isMore) kinds.push(kindOf(found[1], found[2]));
    at = CONVERSION.lastIndex;
  }
  return { kinds, isValid: true };
}

function kindOf(letters: string | undefined, modifier: string | undefined): ValueKind {
  switch (letters) {
    case undefined:
      return modifier === '' ? 'int' : 'long';
    case 'c':
      return 'char';
    case 's':
      return 'text';
    case 'pks':
      return 'kernel-text';
    case 'pus':
      return 'user-text';
    case 'pB':
      return 'symbol';
    case 'pi4':
    case 'pi6':
    case 'pI4':
    case 'pI6':
      return letters.slice(1) as ValueKind;
    default:
      return 'pointer';
  }
}

/** The values as bstr_printf() of Linux reads them, or -errno. */
export function packValues(
  context: HelperContext,
  format: string,
  values: readonly bigint[],
): Uint8Array | number {
  const { kinds, isValid } = demandsOf(format, values.length);
  const packed = new PackedValues(context);
  for (const [index, kind] of kinds.entries()) if (!packed.add(kind, values[index] ?? 0n)) return -ENOSPC;
  return isValid ? packed.bytes : -EINVAL;
}

class PackedValues {
  readonly bytes = new Uint8Array(PACKED_BYTES_MAX);
  readonly #view = new DataView(this.bytes.buffer);
  readonly #context: HelperContext;
  #at = 0;

  constructor(context: HelperContext) {
    this.#context = context;
  }

  /** Whether there was room. */
  add(kind: ValueKind, value: bigint): boolean {
    switch (kind) {
      case 'int':
      case 'long':
      case 'pointer':
        return this.#number(value, kind === 'int' ? 4 : 8);
      case 'char':
        if (this.#left === 0) return false;
        this.bytes[this.#at++] = Number(value & 0xffn);
        return true;
      case 'text':
      case 'kernel-text':
      case 'user-text':
        return this.#text(kind, value);
      case 'symbol':
        // No recording says where the kernel's functions lie: they print as addresses that are nobody's.
        this.#finished(`0x${value.toString(16)}`);
        return true;
      default:
        return this.#address(kind, value);
    }
  }

  get #left(): number {
    return PACKED_BYTES_MAX - this.#at;
  }

  #number(value: bigint, sizeBytes: 4 | 8): boolean {
    this.#at = 4 * Math.ceil(this.#at / 4);
    if (this.#left < sizeBytes) return false;
    if (sizeBytes === 4) this.#view.setUint32(this.#at, Number(value & 0xffff_ffffn), true);
    else this.#view.setBigUint64(this.#at, value, true);
    this.#at += sizeBytes;
    return true;
  }

  /** '' where there is no such memory. */
  #text(kind: ValueKind, value: bigint): boolean {
    if (this.#left === 0) return false;
    const isUser = kind === 'user-text' || (kind === 'text' && isUserAddress(this.#context, value));
    const start = this.#at;
    const room = this.#left;
    for (let index = 0; index < room; index += 1) {
      const byte = isUser ? userByte(this.#context, value, index) : kernelByte(this.#context, value, index);
      if (byte < 0) {
        this.bytes[start] = 0;
        this.#at = start + 1;
        return true;
      }
      this.bytes[this.#at++] = byte;
      if (byte === 0) return true;
    }
    this.bytes[PACKED_BYTES_MAX - 1] = 0;
    return true;
  }

  /** Text that is made here and copied as it is, cut where there is no room. */
  #finished(text: string): void {
    const kept = text.slice(0, Math.max(0, this.#left - 1));
    for (let index = 0; index < kept.length; index += 1)
      this.bytes[this.#at + index] = kept.charCodeAt(index);
    this.#at = Math.min(PACKED_BYTES_MAX, this.#at + text.length + 1);
  }

  #address(kind: 'i4' | 'i6' | 'I4' | 'I6', value: bigint): boolean {
    const size = kind.endsWith('4') ? 4 : 16;
    if (this.#left < size) return false;
    const bytes = Uint8Array.from({ length: size }, (_, index) =>
      Math.max(0, kernelByte(this.#context, value, index)),
    );
    this.#finished(addressText(kind, bytes));
    return true;
  }
}

function isUserAddress({ memory }: HelperContext, value: bigint): boolean {
  return !mayBeKernelAddress(memory, value);
}

/** `i` pads the parts of IPv4 with zeros, and leaves out the colons of IPv6. */
function addressText(kind: 'i4' | 'i6' | 'I4' | 'I6', bytes: Uint8Array): string {
  const isPlain = kind.startsWith('i');
  if (bytes.length === 4)
    return Array.from(bytes, (byte) => (isPlain ? String(byte).padStart(3, '0') : String(byte))).join('.');
  const hex = Buffer.from(bytes).toString('hex');
  return isPlain ? hex : (hex.match(/.{4}/g) ?? []).join(':');
}
