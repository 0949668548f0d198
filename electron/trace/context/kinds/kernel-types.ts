/** /sys/kernel/btf/vmlinux, raw BTF of either byte order. */
import type { ContextKind } from '../context.ts';

const HEADER_BYTES = 24;

export const kernelTypes: ContextKind = {
  name: 'types of the kernel (BTF)',
  detect({ bytes }) {
    if (bytes.length < HEADER_BYTES) return false;
    const [first, second, version] = bytes;
    return version === 1 && ((first === 0x9f && second === 0xeb) || (first === 0xeb && second === 0x9f));
  },
  read(file, { bytes, path }, facts) {
    const isLittleEndian = bytes[0] === 0x9f;
    // A module's own types build upon the kernel's, and are smaller.
    if (/(^|\/)vmlinux[^/]*$/.test(path)) facts.kernelTypes ??= path;
    return `${(file.sizeBytes / 1024 / 1024).toFixed(1)} MiB${isLittleEndian ? '' : ', big-endian'}`;
  },
};
