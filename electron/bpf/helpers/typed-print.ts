/** Helpers that print a value by its type: after bpf_btf_printf_prepare() and its callers in kernel/trace/bpf_trace.c. */
import type { Btf } from '../object/btf.ts';
import { EFAULT, EINVAL, ENOENT, ERANGE } from '../maps/errno.ts';
import { errno, memoryArgument, u32, type HelperFamily } from './call.ts';
import type { HelperContext } from './helper.ts';
import { kernelBytes, mayBeKernelAddress } from './kernel-bytes.ts';
import { putText } from './print.ts';
import { SEQUENCE_BYTES_MAX } from './seq-file.ts';
import { TextBuffer } from './text-buffer.ts';
import { COMPACT, isShown, NONAME, PTR_RAW, TypedText, ZERO } from './typed-text.ts';

const FLAGS = COMPACT | NONAME | PTR_RAW | ZERO;
/** struct btf_ptr: address, type id, flags. */
const POINTER_BYTES = 16;
const TYPE_AT = 8;
/** Of the value; the largest struct of a kernel has some ten thousand. */
const VALUE_BYTES_MAX = 1024 * 1024;

export const typedPrintHelpers: HelperFamily = {
  /** Bytes of the whole text, even where fewer were written. */
  snprintf_btf(context, buffer, sizeRegister, pointer, pointerSize, flags) {
    const size = u32(sizeRegister);
    const text = new TextBuffer(size);
    const failed = write(context, text, pointer, u32(pointerSize), flags);
    if (failed !== 0) return errno(failed);
    putText(context.memory, buffer, size, text);
    return BigInt(text.length);
  },

  /** 0 even where the file has no room for it all, as in Linux. */
  seq_printf_btf(context, _file, pointer, pointerSize, flags) {
    const text = new TextBuffer(SEQUENCE_BYTES_MAX);
    const failed = write(context, text, pointer, u32(pointerSize), flags);
    if (failed !== 0) return errno(failed);
    context.world.writeSequence(text.kept);
    return 0n;
  },
};

/** 0, or an errno. */
function write(
  context: HelperContext,
  text: TextBuffer,
  pointer: bigint,
  pointerSize: number,
  flags: bigint,
): number {
  if ((flags & ~FLAGS) !== 0n || pointerSize !== POINTER_BYTES) return EINVAL;
  const { memory, kernelTypes } = context;
  const at = memoryArgument(memory, pointer, POINTER_BYTES);
  const typeId = memory.view.getUint32(at + TYPE_AT, true);
  const btf = kernelTypes();
  if (btf === undefined) {
    context.world.missing('kernel-types');
    return EINVAL;
  }
  if (typeId >= btf.typeCount) return ENOENT;
  const sizeBytes = sizeOfShown(btf, typeId);
  if (sizeBytes === undefined) return EINVAL;
  const address = memory.view.getBigUint64(at, true);
  if (!mayBeKernelAddress(memory, address)) return ERANGE;
  const bytes = sizeBytes > VALUE_BYTES_MAX ? undefined : kernelBytes(context, address, sizeBytes);
  if (bytes === undefined) return EFAULT;
  new TypedText(btf, text, bytes, flags).show(typeId);
  return 0;
}

/** undefined for a type that has no value. */
function sizeOfShown(btf: Btf, typeId: number): number | undefined {
  return isShown(btf.resolve(typeId)) ? (btf.sizeOf(typeId) ?? 0) : undefined;
}
