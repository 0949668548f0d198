/** What the file system refuses, as a Failure that names the file. */
import { Failure } from '../../failure.ts';

/** Anything that is not the file system's own error passes as it is. */
export function systemFailure(error: unknown, file: string): unknown {
  if (error instanceof Failure || !(error instanceof Error) || !('syscall' in error)) return error;
  const code = 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new Failure('bundle', 'missing', 'there is no such file', { file });
    case 'EACCES':
    case 'EPERM':
      return new Failure('bundle', 'no-permission', 'it may not be read: permission denied', { file });
    default:
      return new Failure('bundle', 'unreadable', `reading or unpacking it failed: ${error.message}`, {
        file,
      });
  }
}

/** Does `work`, whose file system errors are about `file`. */
export async function namingFile<T>(file: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw systemFailure(error, file);
  }
}
