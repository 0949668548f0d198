/**
 * What opening a bundle told, kept by the content of the bundle: opening it again is instant. Entries are files named
 * by their key; the least lately used go when together they are too large. A cache that cannot be read or written
 * costs time and nothing else.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import { decodeMessage, encodeMessage } from '../codec.ts';
import type { BundleInfo } from '../contract.ts';
import { codeIdentity } from './code-identity.ts';
import { SUMMARIES_BYTES_MAX, SUMMARY_BYTES_MAX } from './limits.ts';
import { writeWhole } from './write-whole.ts';

const SUFFIX = '.summary';

/** What a summary follows from. */
export interface SummaryKey {
  readonly sha256: string;
  /** Logs without a year are dated by it. */
  readonly modifiedAtMs: number;
  readonly clocks: Readonly<Record<string, string>>;
}

export class SummaryCache {
  readonly #folder: string;

  /** Throws what the file system says where the folder cannot be made. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folder = folder;
  }

  get(key: SummaryKey): BundleInfo | undefined {
    const path = this.#path(key);
    try {
      const info = decodeMessage(readFileSync(path));
      if (!isBundleInfo(info) || info.sha256 !== key.sha256) return undefined;
      const now = new Date();
      utimesSync(path, now, now);
      return info;
    } catch {
      // Absent, cut short, or of another version: it is made anew.
      return undefined;
    }
  }

  put(key: SummaryKey, info: BundleInfo): void {
    const bytes = encodeMessage(info);
    if (bytes.length > SUMMARY_BYTES_MAX) return;
    writeWhole(this.#path(key), bytes);
    this.#trim();
  }

  #path({ sha256, modifiedAtMs, clocks }: SummaryKey): string {
    const sorted = Object.entries(clocks).sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([codeIdentity(), sha256, modifiedAtMs, sorted]);
    return join(this.#folder, `${createHash('sha256').update(key).digest('hex')}${SUFFIX}`);
  }

  /** Another process may do the same: what is gone already is as well. */
  #trim(): void {
    const entries = readdirSync(this.#folder)
      .filter((name) => name.endsWith(SUFFIX))
      .flatMap((name) => {
        const path = join(this.#folder, name);
        const stats = statSync(path, { throwIfNoEntry: false });
        return stats === undefined ? [] : [{ path, sizeBytes: stats.size, usedAtMs: stats.mtimeMs }];
      })
      .sort((a, b) => b.usedAtMs - a.usedAtMs);
    let bytes = 0;
    for (const { path, sizeBytes } of entries) {
      bytes += sizeBytes;
      if (bytes > SUMMARIES_BYTES_MAX) rmSync(path, { force: true });
    }
  }
}

function isBundleInfo(value: unknown): value is BundleInfo {
  return (
    typeof value === 'object' &&
    value !== null &&
    'sha256' in value &&
    'sources' in value &&
    Array.isArray(value.sources)
  );
}
