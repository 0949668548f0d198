/** Text: comparing and reading numbers, lib/vsprintf.c and kernel/bpf/helpers.c. */
import { EINVAL, ERANGE } from '../maps/errno.ts';
import { errno, memoryArgument, readableAddress, u32, type HelperFamily } from './call.ts';
import type { HelperContext } from './helper.ts';

/** Bases bpf_strtol() takes; 0 finds out by the prefix. */
const BASES: ReadonlySet<bigint> = new Set([0n, 8n, 10n, 16n]);

const latin1 = new TextDecoder('latin1');

/** Bytes of a number that are looked at, behind white space and sign. */
const NUMBER_BYTES_MAX = 63;
/** isspace() of the kernel, which knows Latin-1. */
const SPACE_AND_SIGN = /^[\t-\r \xa0]*(-?)/;
const U64_MAX = 0xffff_ffff_ffff_ffffn;

interface NumberText {
  readonly value: bigint;
  readonly isNegative: boolean;
  /** Characters that belong to the number, with white space and sign. */
  readonly length: number;
}

/** The number, or -errno: __bpf_strtoull(). */
function parse(text: string, base: bigint): NumberText | number {
  const start = SPACE_AND_SIGN.exec(text);
  const from = start?.[0].length ?? 0;
  const number = text.slice(from, from + NUMBER_BYTES_MAX);
  let radix = Number(base);
  if (radix === 0) radix = /^0[xX][0-9a-fA-F]/.test(number) ? 16 : number.startsWith('0') ? 8 : 10;
  const first = radix === 16 && /^0[xX]/.test(number) ? 2 : 0;
  let value = 0n;
  let at = first;
  for (; at < number.length; at += 1) {
    const digit = Number.parseInt(number[at] as string, radix);
    if (Number.isNaN(digit)) break;
    value = value * BigInt(radix) + BigInt(digit);
  }
  if (value > U64_MAX) return -ERANGE;
  return at === first ? -EINVAL : { value, isNegative: start?.[1] === '-', length: from + at };
}

/** Characters of the number, or -errno; the number itself goes to `result`, 0 where there is none. */
function readNumber(
  context: HelperContext,
  [buffer, size, flags, result]: readonly [bigint, bigint, bigint, bigint],
  isSigned: boolean,
): bigint {
  const { memory } = context;
  const to = memoryArgument(memory, result, 8);
  memory.view.setBigUint64(to, 0n, true);
  if (!BASES.has(flags)) return errno(EINVAL);
  const at = memoryArgument(memory, buffer, u32(size));
  const found = parse(latin1.decode(memory.bytes.subarray(at, at + u32(size))), flags);
  if (typeof found === 'number') return BigInt(found);
  const value = found.isNegative ? -found.value : found.value;
  if (!isSigned && found.isNegative) return errno(EINVAL);
  if (isSigned && BigInt.asIntN(64, value) !== value) return errno(ERANGE);
  memory.view.setBigUint64(to, BigInt.asUintN(64, value), true);
  return BigInt(found.length);
}

export const stringHelpers: HelperFamily = {
  /** Less than, equal to or greater than zero, by the first two bytes that differ. */
  strncmp(context, text, sizeRegister, other) {
    const { memory } = context;
    const a = memoryArgument(memory, text, u32(sizeRegister));
    const b = memoryArgument(memory, other, 1);
    for (let index = 0; index < u32(sizeRegister); index += 1) {
      const x = memory.bytes[a + index] ?? 0;
      const y =
        readableAddress(memory, BigInt(b + index), 1) === undefined ? 0 : (memory.bytes[b + index] ?? 0);
      if (x !== y) return x < y ? -1n : 1n;
      if (x === 0) break;
    }
    return 0n;
  },
  strtol: (context, buffer, size, flags, result) => readNumber(context, [buffer, size, flags, result], true),
  strtoul: (context, buffer, size, flags, result) =>
    readNumber(context, [buffer, size, flags, result], false),
};
