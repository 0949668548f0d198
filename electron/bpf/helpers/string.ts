/** Text: comparing and reading numbers, lib/vsprintf.c and kernel/bpf/helpers.c. */
import { EINVAL, ERANGE } from '../maps/errno.ts';
import { errno, memoryArgument, readableAddress, u32, type HelperFamily } from './call.ts';
import type { HelperContext } from './helper.ts';

/** Bases bpf_strtol() takes; 0 finds out by the prefix. */
const BASES: ReadonlySet<bigint> = new Set([0n, 8n, 10n, 16n]);

const latin1 = new TextDecoder('latin1');

interface NumberText {
  readonly value: bigint;
  /** Characters that belong to the number, with white space and sign. */
  readonly length: number;
}

/** undefined where there is no number. */
function parse(text: string, base: bigint, isSigned: boolean): NumberText | undefined {
  const start = /^\s*(-?)/.exec(text);
  const sign = start?.[1] ?? '';
  if (sign === '-' && !isSigned) return undefined;
  let at = start?.[0].length ?? 0;
  let radix = Number(base);
  const isHex = /^0[xX][0-9a-fA-F]/.test(text.slice(at, at + 3));
  if (radix === 0) radix = isHex ? 16 : text[at] === '0' ? 8 : 10;
  if (radix === 16 && isHex) at += 2;
  let value = 0n;
  const first = at;
  for (; at < text.length; at += 1) {
    const digit = Number.parseInt(text[at] as string, radix);
    if (Number.isNaN(digit)) break;
    value = value * BigInt(radix) + BigInt(digit);
  }
  return at === first ? undefined : { value: sign === '-' ? -value : value, length: at };
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
  const at = memoryArgument(memory, buffer, Number(size));
  const text = latin1.decode(memory.bytes.subarray(at, at + Number(size))).split('\0', 1)[0] ?? '';
  const found = parse(text, flags, isSigned);
  if (found === undefined) return errno(EINVAL);
  const fits = isSigned ? BigInt.asIntN(64, found.value) : BigInt.asUintN(64, found.value);
  if (fits !== found.value) return errno(ERANGE);
  memory.view.setBigUint64(to, BigInt.asUintN(64, found.value), true);
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
