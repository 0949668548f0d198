/**
 * What a line of the kernel's configuration (`CONFIG_HZ=250`, `=y`, `="text"`) gives an extern of a type, as libbpf's
 * set_kcfg_value_tri(), set_kcfg_value_str() and set_kcfg_value_num() do it.
 */
import type { Btf } from './btf.ts';

/** What `enum libbpf_tristate` calls n, y and m. */
const TRISTATE: Readonly<Record<string, bigint>> = { n: 0n, y: 1n, m: 2n };

/** The extern's bytes, little-endian; undefined where the value is none of its type. */
export function kconfigBytes(
  btf: Btf,
  typeId: number,
  sizeBytes: number,
  text: string,
): Uint8Array | undefined {
  const type = btf.resolve(typeId);
  if (type.kind === 'array') return textBytes(sizeBytes, text);
  const isTristate = text === 'n' || text === 'y' || text === 'm';
  if (type.kind === 'enum') {
    return isTristate && type.name === 'libbpf_tristate'
      ? integer(TRISTATE[text] ?? 0n, sizeBytes)
      : undefined;
  }
  if (type.kind !== 'int') return undefined;
  if (type.isBoolean)
    return isTristate && text !== 'm' ? integer(TRISTATE[text] ?? 0n, sizeBytes) : undefined;
  if (isTristate) return sizeBytes === 1 ? Uint8Array.of(text.charCodeAt(0)) : undefined;
  const value = numberOf(text);
  if (value === undefined) return undefined;
  const bits = sizeBytes * 8;
  const fits = type.isSigned ? BigInt.asIntN(bits, value) === value : BigInt.asUintN(bits, value) === value;
  return fits ? integer(value, sizeBytes) : undefined;
}

export function integer(value: bigint, sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  for (let index = 0; index < sizeBytes; index += 1)
    bytes[index] = Number((value >> BigInt(index * 8)) & 0xffn);
  return bytes;
}

/** Cut to what the array holds, with a NUL after it. */
function textBytes(sizeBytes: number, text: string): Uint8Array | undefined {
  const inner = /^"(.*)"$/.exec(text)?.[1];
  if (inner === undefined) return undefined;
  const bytes = new Uint8Array(sizeBytes);
  bytes.set(new TextEncoder().encode(inner).subarray(0, sizeBytes - 1));
  return bytes;
}

function numberOf(text: string): bigint | undefined {
  return /^-?(0x[0-9a-f]+|\d+)$/i.test(text)
    ? text.startsWith('-')
      ? -BigInt(text.slice(1))
      : BigInt(text)
    : undefined;
}
