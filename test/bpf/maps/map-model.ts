/** What a hash or array does, as a JavaScript Map, written apart from the one in linear memory. */

const E2BIG = -7;
const EEXIST = -17;
const EINVAL = -22;
const ENOENT = -2;

export class HashModel {
  /** Keys in order of insertion, or of use where it is LRU. */
  readonly values = new Map<number, bigint>();
  readonly maxEntries: number;
  readonly isLru: boolean;

  constructor(maxEntries: number, isLru: boolean) {
    this.maxEntries = maxEntries;
    this.isLru = isLru;
  }

  lookup(key: number): bigint | undefined {
    const value = this.values.get(key);
    if (value !== undefined && this.isLru) this.#use(key, value);
    return value;
  }

  update(key: number, value: bigint, flags: number): number {
    if (flags > 2) return EINVAL;
    const isThere = this.values.has(key);
    if (isThere && flags === 1) return EEXIST;
    if (!isThere && flags === 2) return ENOENT;
    if (!isThere && this.values.size === this.maxEntries) {
      if (!this.isLru) return E2BIG;
      const [oldest] = this.values.keys();
      if (oldest !== undefined) this.values.delete(oldest);
    }
    if (this.isLru) this.#use(key, value);
    else this.values.set(key, value);
    return 0;
  }

  delete(key: number): number {
    return this.values.delete(key) ? 0 : ENOENT;
  }

  #use(key: number, value: bigint): void {
    this.values.delete(key);
    this.values.set(key, value);
  }
}

export class ArrayModel {
  readonly values: bigint[];

  constructor(maxEntries: number) {
    this.values = new Array<bigint>(maxEntries).fill(0n);
  }

  lookup(key: number): bigint | undefined {
    return this.values[key];
  }

  update(key: number, value: bigint, flags: number): number {
    if (flags > 2) return EINVAL;
    if (key >= this.values.length) return E2BIG;
    if (flags === 1) return EEXIST;
    this.values[key] = value;
    return 0;
  }

  delete(_key: number): number {
    return EINVAL;
  }
}
