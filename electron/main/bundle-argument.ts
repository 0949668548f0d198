/** The bundle named on Electron's command line. */
import { resolve } from 'node:path';

/**
 * Absolute; undefined for none. `argv` begins with the program and, in development, our entry; Chromium
 * puts switches of its own anywhere in it.
 */
export function bundleArgument(
  argv: readonly string[],
  isPackaged: boolean,
  workingFolder: string,
): string | undefined {
  const named = argv.filter((argument) => !argument.startsWith('-'))[isPackaged ? 1 : 2];
  return named === undefined ? undefined : resolve(workingFolder, named);
}
