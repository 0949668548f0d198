/** The helpers the suite's own programs call, by the numbers it gives them; Linux has others. */
import type { Helper, HelperFunction } from '../../electron/bpf/helpers/helper.ts';

function text(bytes: Uint8Array, at: number): string {
  const end = bytes.indexOf(0, at);
  return new TextDecoder('latin1').decode(bytes.subarray(at, end < 0 ? bytes.length : end));
}

const suite: readonly (readonly [name: string, run: HelperFunction])[] = [
  [
    'gather_bytes',
    (_context, r1, r2, r3, r4, r5) =>
      [r1, r2, r3, r4, r5].reduce((gathered, byte) => (gathered << 8n) | (byte & 0xffn), 0n),
  ],
  [
    'memfrob',
    (context, r1, r2) => {
      const { bytes } = context.memory;
      for (let at = Number(r1); at < Number(r1 + r2); at += 1) bytes[at] = (bytes[at] ?? 0) ^ 42;
      return r1;
    },
  ],
  ['trash_registers', () => 0n],
  ['sqrti', (_context, r1) => BigInt(Math.floor(Math.sqrt(Number(r1))))],
  [
    'strcmp_ext',
    (context, r1, r2) => {
      const [a, b] = [text(context.memory.bytes, Number(r1)), text(context.memory.bytes, Number(r2))];
      return a === b ? 0n : a < b ? -1n : 1n;
    },
  ],
  ['unwind', (_context, r1) => r1],
];

export function suiteHelper(id: number): Helper | undefined {
  const found = suite[id];
  if (found === undefined) return undefined;
  const [name, run] = found;
  return {
    id: id + 0x1_0000,
    name,
    arguments: [],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
    run,
  };
}
