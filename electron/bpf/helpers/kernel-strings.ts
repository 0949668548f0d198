/**
 * Kernel functions on text: bpf_strlen() and kin, after kernel/bpf/helpers.c of Linux 6.18. They read from
 * any address, which may lead nowhere: -ERANGE where no kernel memory can be, -EFAULT where none is,
 * -E2BIG where the text does not end.
 */
import { E2BIG, EFAULT, ENOENT, ERANGE } from '../maps/errno.ts';
import { int } from './call.ts';
import type { HelperContext, HelperFunction } from './helper.ts';
import { kernelByte, mayBeKernelAddress } from './kernel-bytes.ts';

/** XATTR_SIZE_MAX: no text is looked at further. */
const TEXT_BYTES_MAX = 65_536;
const NUL = 0;

/** The byte so many bytes on; -1 where it cannot be read. */
type Text = (index: number) => number;

function textAt(context: HelperContext, register: bigint): Text | undefined {
  if (!mayBeKernelAddress(context.memory, register)) return undefined;
  return (index) => kernelByte(context, register, index);
}

function ofText(context: HelperContext, register: bigint, read: (text: Text) => number): bigint {
  const text = textAt(context, register);
  return int(text === undefined ? -ERANGE : read(text));
}

function ofTexts(
  context: HelperContext,
  first: bigint,
  second: bigint,
  read: (first: Text, second: Text) => number,
): bigint {
  const [a, b] = [textAt(context, first), textAt(context, second)];
  return int(a === undefined || b === undefined ? -ERANGE : read(a, b));
}

/** What `answer` first gives, byte after byte; undefined where none of `limit` bytes gives anything. */
function scan(
  text: Text,
  limit: number,
  answer: (byte: number, index: number) => number | undefined,
): number | undefined {
  for (let index = 0; index < Math.min(limit, TEXT_BYTES_MAX); index += 1) {
    const byte = text(index);
    if (byte < 0) return -EFAULT;
    const found = answer(byte, index);
    if (found !== undefined) return found;
  }
  return limit >= TEXT_BYTES_MAX ? -E2BIG : undefined;
}

function lengthOf(text: Text, limit: number): number {
  return scan(text, limit, (byte, index) => (byte === NUL ? index : undefined)) ?? limit;
}

function placeOf(text: Text, wanted: number, limit: number): number {
  const found = scan(text, limit, (byte, index) => {
    if (byte === wanted) return index;
    return byte === NUL ? -ENOENT : undefined;
  });
  return found ?? -ENOENT;
}

function placeOrEndOf(text: Text, wanted: number): number {
  const found = scan(text, TEXT_BYTES_MAX, (byte, index) =>
    byte === wanted || byte === NUL ? index : undefined,
  );
  return found ?? -E2BIG;
}

function lastPlaceOf(text: Text, wanted: number): number {
  let last = -ENOENT;
  const ended = scan(text, TEXT_BYTES_MAX, (byte, index) => {
    if (byte === wanted) last = index;
    return byte === NUL ? last : undefined;
  });
  return ended ?? -E2BIG;
}

/** Bytes at the start of `text` that are of `set`, or are not of it. */
function span(text: Text, set: Text, areOfSet: boolean): number {
  const found = scan(text, TEXT_BYTES_MAX, (byte, index) => {
    if (byte === NUL) return index;
    const isOfSet = scan(set, TEXT_BYTES_MAX, (each) => {
      if (each === NUL) return 0;
      return each === byte ? 1 : undefined;
    });
    if (isOfSet === undefined || isOfSet < 0) return isOfSet ?? -E2BIG;
    return (isOfSet === 1) === areOfSet ? undefined : index;
  });
  return found ?? -E2BIG;
}

/** Letters are those of Latin-1, as the kernel's tolower() has them. */
function characterOf(byte: number, isCaseIgnored: boolean): number {
  const isCapital = (byte >= 0x41 && byte <= 0x5a) || (byte >= 0xc0 && byte <= 0xde && byte !== 0xd7);
  return isCaseIgnored && isCapital ? byte + 0x20 : byte;
}

function compare(first: Text, second: Text, isCaseIgnored: boolean): number {
  for (let index = 0; index < TEXT_BYTES_MAX; index += 1) {
    const bytes = [first(index), second(index)] as const;
    if (bytes[0] < 0 || bytes[1] < 0) return -EFAULT;
    const [a, b] = [characterOf(bytes[0], isCaseIgnored), characterOf(bytes[1], isCaseIgnored)];
    if (a !== b) return a < b ? -1 : 1;
    if (a === NUL) return 0;
  }
  return -E2BIG;
}

/** Where `part` begins in the first `limit` bytes of `text`. */
function placeOfText(text: Text, part: Text, limit: number): number {
  for (let start = 0; start < TEXT_BYTES_MAX; start += 1) {
    let length = 0;
    for (; start + length <= limit && length < TEXT_BYTES_MAX; length += 1) {
      const wanted = part(length);
      if (wanted < 0) return -EFAULT;
      if (wanted === NUL) return start;
      // The byte behind the last was read of `part` alone: to see that it ends there.
      if (start + length === limit) break;
      const byte = text(start + length);
      if (byte < 0) return -EFAULT;
      if (byte === NUL) return -ENOENT;
      if (byte !== wanted) break;
    }
    if (length === TEXT_BYTES_MAX) return -E2BIG;
    if (start + length === limit) return -ENOENT;
  }
  return -E2BIG;
}

/** A parameter of type `char`. */
function character(register: bigint): number {
  return Number(register & 0xffn);
}

export const stringFunctions: Readonly<Record<string, HelperFunction>> = {
  bpf_strlen: (context, at) => ofText(context, at, (text) => lengthOf(text, TEXT_BYTES_MAX)),
  bpf_strnlen: (context, at, limit) => ofText(context, at, (text) => lengthOf(text, Number(limit))),
  bpf_strcmp: (context, a, b) => ofTexts(context, a, b, (first, second) => compare(first, second, false)),
  bpf_strcasecmp: (context, a, b) => ofTexts(context, a, b, (first, second) => compare(first, second, true)),
  bpf_strchr: (context, at, wanted) =>
    ofText(context, at, (text) => placeOf(text, character(wanted), TEXT_BYTES_MAX)),
  bpf_strnchr: (context, at, limit, wanted) =>
    ofText(context, at, (text) => placeOf(text, character(wanted), Number(limit))),
  bpf_strchrnul: (context, at, wanted) =>
    ofText(context, at, (text) => placeOrEndOf(text, character(wanted))),
  bpf_strrchr: (context, at, wanted) => ofText(context, at, (text) => lastPlaceOf(text, character(wanted))),
  bpf_strspn: (context, at, set) => ofTexts(context, at, set, (text, accepted) => span(text, accepted, true)),
  bpf_strcspn: (context, at, set) =>
    ofTexts(context, at, set, (text, rejected) => span(text, rejected, false)),
  bpf_strstr: (context, at, part) =>
    ofTexts(context, at, part, (text, wanted) => placeOfText(text, wanted, TEXT_BYTES_MAX)),
  bpf_strnstr: (context, at, part, limit) =>
    ofTexts(context, at, part, (text, wanted) => placeOfText(text, wanted, Number(limit))),
};
