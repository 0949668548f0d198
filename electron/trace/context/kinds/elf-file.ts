/** Programs, libraries, kernels and separate debug information: ELF files whose symbols name addresses. */
import type { ContextKind } from '../context.ts';

const HEADER_BYTES = 64;
const MAGIC = '\x7fELF';
const MACHINE_AT = 18;
const MACHINE_BPF = 247;

export const elfFile: ContextKind = {
  name: 'program or library',
  detect({ bytes, text }) {
    if (bytes.length < HEADER_BYTES || !text.startsWith(MAGIC)) return false;
    const isLittleEndian = bytes[5] === 1;
    const [low = 0, high = 0] = [bytes[MACHINE_AT], bytes[MACHINE_AT + 1]];
    return (isLittleEndian ? low | (high << 8) : high | (low << 8)) !== MACHINE_BPF;
  },
  read(file, { path, bytes, open }, facts) {
    const is64 = bytes[4] === 2 && bytes[5] === 1;
    if (is64) facts.symbolFiles.push({ name: path, open });
    const kib = file.sizeBytes / 1024;
    const size = kib < 1024 ? `${kib.toFixed(0)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
    return is64 ? `${size}, for names of addresses` : `${size}, not of 64 bits and little-endian: not read`;
  },
};
