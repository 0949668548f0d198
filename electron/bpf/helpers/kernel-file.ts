/** Kernel functions on files and paths, and on what the slab allocator handed out: no recording names those, which is counted. */
import { EFAULT, EINVAL, ENAMETOOLONG } from '../maps/errno.ts';
import { int, memoryArgument } from './call.ts';
import type { HelperFunction } from './helper.ts';

const encoder = new TextEncoder();
const CACHES_BYTES = 8;

const noCaches: HelperFunction = ({ memory }, iterator) => {
  memory.view.setBigUint64(memoryArgument(memory, iterator, CACHES_BYTES), 0n, true);
  return 0n;
};

export const fileFunctions: Readonly<Record<string, HelperFunction>> = {
  bpf_get_task_exe_file({ world }) {
    world.missing('file that a task runs');
    return 0n;
  },

  bpf_put_file: () => 0n,

  /** Bytes written with the closing NUL; -EFAULT and a zeroed buffer where the path is not known. */
  bpf_path_d_path({ memory, world }, path, buffer, size) {
    if (size === 0n) return int(-EINVAL);
    const at = memoryArgument(memory, buffer, Number(size));
    memory.bytes.fill(0, at, at + Number(size));
    const text = world.objects().path(Number(path));
    if (text === undefined) {
      world.missing('path');
      return int(-EFAULT);
    }
    const bytes = encoder.encode(text);
    if (bytes.length >= Number(size)) return int(-ENAMETOOLONG);
    memory.bytes.set(bytes, at);
    return int(bytes.length + 1);
  },

  /** The cache that an object was taken of. */
  bpf_get_kmem_cache({ world }) {
    world.missing('slab cache');
    return 0n;
  },

  bpf_iter_kmem_cache_new(context, iterator) {
    context.world.missing('slab cache');
    return noCaches(context, iterator, 0n, 0n, 0n, 0n);
  },
  bpf_iter_kmem_cache_next: () => 0n,
  bpf_iter_kmem_cache_destroy: noCaches,
};
