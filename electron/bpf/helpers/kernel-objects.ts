/** Objects of the kernel that maps own: bpf_kptr_xchg(). */
import { memoryArgument, type HelperFamily } from './call.ts';

const POINTER_BYTES = 8;

export const kernelObjectHelpers: HelperFamily = {
  /** What was there before. */
  kptr_xchg({ memory }, pointer, object) {
    const at = memoryArgument(memory, pointer, POINTER_BYTES);
    const before = memory.view.getBigUint64(at, true);
    memory.view.setBigUint64(at, object, true);
    return before;
  },
};
