/** An address with what is known of it, as a line of a stack says it. */
import type { Frame } from './symboliser.ts';

/**
 * `0xffffffff81399b71 schedule+0x23`, `0x7f12 read+0x4c (libc.so.6)`, `0x401234 [unknown] (node)` where the file alone is
 * known, and `0x7f12` where nothing is.
 */
export function frameText(address: bigint, frame: Frame | undefined): string {
  const hex = `0x${address.toString(16)}`;
  if (frame === undefined) return hex;
  const { name, offset, path } = frame;
  const file = path === undefined ? '' : ` (${lastPart(path)})`;
  if (name === undefined) return path === undefined ? hex : `${hex} [unknown]${file}`;
  return `${hex} ${name}+0x${offset.toString(16)}${file}`;
}

function lastPart(path: string): string {
  const last = path.split('/').at(-1) ?? '';
  return last === '' ? path : last;
}
