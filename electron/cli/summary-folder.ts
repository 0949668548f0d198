/** Where this user's summaries of bundles are kept; none where the folder cannot be made. */
import { makeUserCacheFolder } from '../start/cache-folder.ts';

export function summaryFolder(): string | undefined {
  try {
    return makeUserCacheFolder();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
