/**
 * What an operation computes, in BigInt and straight from RFC 9669: slow, plain, and written apart
 * from the machine, so that the two can disagree.
 */
import type { AluName, JumpName } from './assembler.ts';

export type Width = 32 | 64;

function unsigned(value: bigint, width: Width): bigint {
  return BigInt.asUintN(width, value);
}

function signed(value: bigint, width: Width): bigint {
  return BigInt.asIntN(width, value);
}

/** Result of an operation in 32 bits is zero-extended to 64. `variant` is the instruction's offset. */
export function aluReference(name: AluName, width: Width, dst: bigint, src: bigint, variant = 0): bigint {
  const a = unsigned(dst, width);
  const b = unsigned(src, width);
  return unsigned(compute(name, width, a, b, variant), width);
}

function compute(name: AluName, width: Width, a: bigint, b: bigint, variant: number): bigint {
  const shift = b & BigInt(width - 1);
  switch (name) {
    case 'add':
      return a + b;
    case 'sub':
      return a - b;
    case 'mul':
      return a * b;
    case 'div':
      if (b === 0n) return 0n;
      return variant === 1 ? signed(a, width) / signed(b, width) : a / b;
    case 'mod':
      if (b === 0n) return a;
      return variant === 1 ? signed(a, width) % signed(b, width) : a % b;
    case 'or':
      return a | b;
    case 'and':
      return a & b;
    case 'xor':
      return a ^ b;
    case 'mov':
      return variant === 0 ? b : BigInt.asIntN(variant, b);
    case 'lsh':
      return a << shift;
    case 'rsh':
      return a >> shift;
    case 'arsh':
      return signed(a, width) >> shift;
  }
}

export function jumpReference(name: JumpName, width: Width, dst: bigint, src: bigint): boolean {
  const a = unsigned(dst, width);
  const b = unsigned(src, width);
  const [sa, sb] = [signed(a, width), signed(b, width)];
  switch (name) {
    case 'jeq':
      return a === b;
    case 'jne':
      return a !== b;
    case 'jgt':
      return a > b;
    case 'jge':
      return a >= b;
    case 'jlt':
      return a < b;
    case 'jle':
      return a <= b;
    case 'jset':
      return (a & b) !== 0n;
    case 'jsgt':
      return sa > sb;
    case 'jsge':
      return sa >= sb;
    case 'jslt':
      return sa < sb;
    case 'jsle':
      return sa <= sb;
  }
}

export function swapReference(kind: 'le' | 'be' | 'bswap', bits: number, value: bigint): bigint {
  const kept = BigInt.asUintN(bits, value);
  if (kind === 'le') return kept;
  let swapped = 0n;
  for (let at = 0; at < bits; at += 8) swapped = (swapped << 8n) | ((kept >> BigInt(at)) & 0xffn);
  return swapped;
}
