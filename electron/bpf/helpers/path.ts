/** Paths and sockets of files, where the recording names them. */
import { EFAULT, ENAMETOOLONG } from '../maps/errno.ts';
import { errno, memoryArgument, u32, type HelperFamily } from './call.ts';

const encoder = new TextEncoder();

export const pathHelpers: HelperFamily = {
  /** Bytes written with the closing NUL; -EFAULT and a zeroed buffer where the path is not known. */
  d_path({ memory, world }, path, buffer, sizeRegister) {
    const size = u32(sizeRegister);
    if (size === 0) return 0n;
    const at = memoryArgument(memory, buffer, size);
    memory.bytes.fill(0, at, at + size);
    const text = world.objects().path(Number(path));
    if (text === undefined) {
      world.missing('path');
      return errno(EFAULT);
    }
    const bytes = encoder.encode(text);
    if (bytes.length >= size) return errno(ENAMETOOLONG);
    memory.bytes.set(bytes, at);
    return BigInt(bytes.length + 1);
  },

  /** Which socket a file is of, no recording says. */
  sock_from_file({ world }) {
    world.missing('socket of a file');
    return 0n;
  },
};
