/** Keeps each distinct callchain once; its index is what Batch.stack holds. */
import { CALLCHAINS_MAX } from './limits.ts';

export class Callchains {
  readonly chains: BigUint64Array[] = [];
  readonly #indexByKey = new Map<string, number>();

  /** Index of the chain with these addresses, -1 past the limit. */
  intern(addresses: BigUint64Array): number {
    const key = Buffer.from(addresses.buffer, addresses.byteOffset, addresses.byteLength).toString('latin1');
    const known = this.#indexByKey.get(key);
    if (known !== undefined) return known;
    if (this.chains.length >= CALLCHAINS_MAX) return -1;
    this.chains.push(addresses);
    this.#indexByKey.set(key, this.chains.length - 1);
    return this.chains.length - 1;
  }

  clear(): void {
    this.chains.length = 0;
    this.#indexByKey.clear();
  }
}

/**
 * The addresses of a kernel_stack record: `size` says how many, older kernels end them with all ones.
 * `at` and `end` bound the caller array inside the view.
 */
export function readCallers(
  view: DataView,
  at: number,
  end: number,
  longSizeBytes: number,
  isLittleEndian: boolean,
): BigUint64Array {
  const addresses: bigint[] = [];
  const last = longSizeBytes === 8 ? 2n ** 64n - 1n : 2n ** 32n - 1n;
  for (let word = at; word + longSizeBytes <= end; word += longSizeBytes) {
    const address =
      longSizeBytes === 8
        ? view.getBigUint64(word, isLittleEndian)
        : BigInt(view.getUint32(word, isLittleEndian));
    if (address === last) break;
    addresses.push(address);
  }
  return BigUint64Array.from(addresses);
}
