/** Functions by the addresses they lie at, from the symbol table of an ELF file for any machine. */
import type { ByteView } from './byte-view.ts';
import { SYMBOL_BYTES, SYMBOL_FUNCTION, SECTION_UNDEFINED } from './elf.ts';

/** A function that chooses another when the program starts: STT_GNU_IFUNC. */
const SYMBOL_INDIRECT_FUNCTION = 10;
const BINDING_GLOBAL = 1;
const BINDING_WEAK = 2;

const decoder = new TextDecoder('utf-8');

export interface FunctionAt {
  readonly name: string;
  /** From the function's start. */
  readonly offset: number;
}

/** One symbol of several that may lie at an address. */
interface Candidate {
  readonly address: bigint;
  readonly sizeBytes: bigint;
  readonly binding: number;
  readonly nameAt: number;
}

export class FunctionTable {
  readonly #starts: BigUint64Array;
  readonly #ends: BigUint64Array;
  readonly #nameOffsets: Uint32Array;
  readonly #strings: Uint8Array;

  /** `symbols` in the layout of the file; of those at one address the better-known name is kept. */
  constructor(symbols: ByteView, strings: Uint8Array, countMax: number, sectionIndex?: number) {
    const count = Math.floor(symbols.length / SYMBOL_BYTES);
    if (count > countMax) throw symbols.refuse('limit', `${count} symbols, more than ${countMax}`);
    const found: Candidate[] = [];
    for (let index = 0; index < count; index++) {
      const at = index * SYMBOL_BYTES;
      const info = symbols.u8(at + 4);
      const type = info & 0x0f;
      if (type !== SYMBOL_FUNCTION && type !== SYMBOL_INDIRECT_FUNCTION) continue;
      const section = symbols.u16(at + 6);
      if (section === SECTION_UNDEFINED || (sectionIndex !== undefined && section !== sectionIndex)) continue;
      const nameAt = symbols.u32(at);
      if (nameAt >= strings.length || strings[nameAt] === 0) continue;
      const [address, sizeBytes] = [symbols.address(at + 8), symbols.address(at + 16)];
      if (sizeBytes > 0n) found.push({ address, sizeBytes, binding: info >> 4, nameAt });
    }
    // A copy, so that the rest of the file need not be kept.
    this.#strings = strings.slice();
    found.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : this.#compare(a, b)));
    const kept = found.filter(({ address }, index) => found[index - 1]?.address !== address);
    this.#starts = BigUint64Array.from(kept, ({ address }) => address);
    this.#ends = BigUint64Array.from(kept, ({ address, sizeBytes }) => address + sizeBytes);
    this.#nameOffsets = Uint32Array.from(kept, ({ nameAt }) => nameAt);
  }

  get size(): number {
    return this.#starts.length;
  }

  /** undefined where the last function that begins before the address has ended by then. */
  at(address: bigint): FunctionAt | undefined {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0n) <= address) low = middle + 1;
      else high = middle;
    }
    const start = this.#starts[low - 1];
    if (start === undefined || address >= (this.#ends[low - 1] ?? 0n)) return undefined;
    return { name: this.#name(this.#nameOffsets[low - 1] ?? 0), offset: Number(address - start) };
  }

  /** As perf chooses: no weak one, a global one, fewer underscores before it, the longer name. */
  #compare(a: Candidate, b: Candidate): number {
    const rank = ({ binding, nameAt }: Candidate): readonly number[] => {
      const name = this.#name(nameAt);
      const underscores = /^_*/.exec(name)?.[0].length ?? 0;
      return [
        Number(binding === BINDING_WEAK),
        Number(binding !== BINDING_GLOBAL),
        underscores,
        -name.length,
      ];
    };
    const [ours, theirs] = [rank(a), rank(b)];
    const differing = ours.findIndex((each, index) => each !== theirs[index]);
    return differing < 0 ? a.nameAt - b.nameAt : (ours[differing] ?? 0) - (theirs[differing] ?? 0);
  }

  #name(offset: number): string {
    const end = this.#strings.indexOf(0, offset);
    return decoder.decode(this.#strings.subarray(offset, end < 0 ? this.#strings.length : end));
  }
}
