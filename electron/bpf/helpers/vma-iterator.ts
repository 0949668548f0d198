/**
 * The iterator over the memory areas of a process, bpf_iter_task_vma. No recording here says yet what vm_area_structs
 * a process had: the iterator gives none, and that is counted.
 */
import { memoryArgument } from './call.ts';
import type { HelperFunction } from './helper.ts';

const ITERATOR_BYTES = 8;

const empty: HelperFunction = ({ memory }, iterator) => {
  memory.view.setBigUint64(memoryArgument(memory, iterator, ITERATOR_BYTES), 0n, true);
  return 0n;
};

export const vmaFunctions: Readonly<Record<string, HelperFunction>> = {
  bpf_iter_task_vma_new(context, iterator) {
    context.world.missing('memory areas of a process');
    return empty(context, iterator, 0n, 0n, 0n, 0n);
  },
  bpf_iter_task_vma_next: () => 0n,
  bpf_iter_task_vma_destroy: empty,
};
