/** The one table of archives. */
import type { Archive } from './archive.ts';
import { bugreport } from './bugreport.ts';
import { tar } from './tar.ts';
import { zip } from './zip.ts';

export const ARCHIVES: readonly Archive[] = [zip, tar, bugreport];

export function archiveOf(head: Uint8Array): Archive | undefined {
  return ARCHIVES.find((archive) => archive.detect(head));
}
