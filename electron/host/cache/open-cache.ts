/** Both caches that opening a bundle asks, in one folder; none where it cannot be made or written. */
import { join } from 'node:path';

import { identifyBundle } from '../../trace/bundle/bundle.ts';
import type { BundleInfo } from '../contract.ts';
import type { JobControl } from '../jobs/perform.ts';
import type { OpenJob } from '../jobs/protocol.ts';
import { HashCache } from './hash-cache.ts';
import { SummaryCache, type SummaryKey } from './summary-cache.ts';

export interface OpenCache {
  readonly hashes: HashCache;
  /** What the bundle is, and what was kept of it. */
  find(job: OpenJob, control: JobControl): Promise<{ key: SummaryKey; info: BundleInfo | undefined }>;
  keep(key: SummaryKey, info: BundleInfo): void;
}

/** undefined where there is to be none, or the folder cannot be had: a disk may be full or read-only. */
export function openCache(folder: string | undefined): OpenCache | undefined {
  if (folder === undefined) return undefined;
  const summaries = orNothing(() => new SummaryCache(join(folder, 'summaries')));
  if (summaries === undefined) return undefined;
  const hashes = new HashCache(join(folder, 'summaries'));
  return {
    hashes,
    async find({ path, bundleId, clocks = {} }, { signal, onProgress }) {
      const onPart = (part: number): void => onProgress?.('open', part * 0.5, 0);
      const identity = await identifyBundle(path, { signal, onProgress: onPart, hashFile: hashes.hash });
      const key = { sha256: identity.sha256, modifiedAtMs: identity.modifiedAtMs, clocks };
      const info = summaries.get(key);
      return { key, info: info && { ...info, bundleId, name: identity.name } };
    },
    keep(key, info) {
      orNothing(() => {
        summaries.put(key, info);
        hashes.save();
      });
    },
  };
}

function orNothing<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) return undefined;
    throw error;
  }
}
