/** Classic BPF: what `tcpdump -ddd` prints, and struct sock_filter. */
import { openClassic } from '../../../electron/bpf/classic/open.ts';
import type { Target } from '../target.ts';

/** `tcpdump -ddd icmp`, and a filter that loads by index. */
const FILTERS = [
  '6\n40 0 0 12\n21 0 3 2048\n48 0 0 23\n21 0 1 1\n6 0 0 262144\n6 0 0 0\n',
  '5\n177 0 0 14\n72 0 0 16\n53 0 1 53\n6 0 0 65535\n6 0 0 0\n',
];

const text: Target = {
  name: 'classic-text',
  layers: new Set(['object', 'classic']),
  samples: () => FILTERS.map((filter) => Buffer.from(filter)),
  run: (bytes) => void openClassic(Buffer.from(bytes).toString('latin1'), 'damaged.txt'),
};

const binary: Target = {
  name: 'classic-binary',
  layers: new Set(['object', 'classic']),
  samples: () => FILTERS.map(assembled),
  run: (bytes) => void openClassic(bytes, 'damaged.bin'),
};

/** Lines of code, jt, jf and k as eight bytes each. */
function assembled(filter: string): Buffer {
  const lines = filter.trim().split('\n').slice(1);
  return Buffer.concat(
    lines.map((line) => {
      const [code = 0, jt = 0, jf = 0, k = 0] = line.split(' ').map(Number);
      const bytes = Buffer.alloc(8);
      bytes.writeUInt16LE(code, 0);
      bytes.writeUInt8(jt, 2);
      bytes.writeUInt8(jf, 3);
      bytes.writeUInt32LE(k, 4);
      return bytes;
    }),
  );
}

export const classicTargets: readonly Target[] = [text, binary];
