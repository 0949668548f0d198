/**
 * Hashes of files that have not changed since they were hashed: by device, inode, size and both of the times that a
 * change leaves, as git knows what is unchanged. One small file of JSON, rewritten whole.
 */
import { readFileSync, statSync, type BigIntStats } from 'node:fs';
import { join } from 'node:path';

import { hashFile } from '../../trace/bundle/hash.ts';
import { HASHES_MAX, SETTLED_MS } from './limits.ts';
import { writeWhole } from './write-whole.ts';

const FILE = 'hashes.json';

export class HashCache {
  readonly #path: string;
  readonly #hashes: Map<string, string>;
  #isChanged = false;

  constructor(folder: string) {
    this.#path = join(folder, FILE);
    this.#hashes = new Map(readHashes(this.#path));
  }

  /** As hashFile(), which it calls where nothing is remembered. */
  readonly hash = async (
    path: string,
    signal: AbortSignal | undefined,
    onBytes: (bytes: number) => void = () => {},
  ): Promise<string> => {
    const before = statSync(path, { bigint: true });
    const key = keyOf(before);
    const known = this.#hashes.get(key);
    if (known !== undefined) {
      // Anew at the end: the oldest are forgotten first.
      this.#hashes.delete(key);
      this.#hashes.set(key, known);
      onBytes(Number(before.size));
      return known;
    }
    const sha256 = await hashFile(path, signal, onBytes);
    const after = statSync(path, { bigint: true });
    const isSettled = Date.now() - Number(after.mtimeMs) >= SETTLED_MS;
    if (isSettled && keyOf(after) === key) {
      this.#hashes.set(key, sha256);
      this.#isChanged = true;
    }
    return sha256;
  };

  /** Whether hash() would answer at once. */
  knows(path: string): boolean {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats !== undefined && this.#hashes.has(keyOf(stats));
  }

  save(): void {
    if (!this.#isChanged) return;
    const kept = [...this.#hashes].slice(-HASHES_MAX);
    writeWhole(this.#path, Buffer.from(JSON.stringify(kept)));
    this.#isChanged = false;
  }
}

function keyOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join('.');
}

/** Nothing where there is no file, or one that is not of this program: it is a cache. */
function readHashes(path: string): readonly (readonly [string, string])[] {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return Array.isArray(value) ? value.filter(isHash) : [];
  } catch {
    return [];
  }
}

function isHash(value: unknown): value is readonly [string, string] {
  if (!Array.isArray(value)) return false;
  const [key, sha256]: readonly unknown[] = value;
  return typeof key === 'string' && typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256);
}
