/** Names of the kernel's addresses, from the text of /proc/kallsyms or of a System.map: read when first asked. */

/** The upper half of the address space. */
const KERNEL_FROM = 1n << 63n;
const LINE = /^([0-9a-f]{1,16}) [a-zA-Z] ([^\s\t]+)(\t\[)?/;
/** How such a text begins: /proc/kallsyms with symbols of each CPU, a System.map perhaps with others. */
const HEAD = /^[0-9a-f]{16} [a-zA-Z?] \S+(\t\[\w+\])?\r?\n[0-9a-f]{16} [a-zA-Z?] /;

/** Whether a file that begins so tells the addresses of a kernel's symbols. */
export function isKernelSymbols(head: Uint8Array): boolean {
  return HEAD.test(Buffer.from(head).toString('latin1'));
}

/** Where the recorded kernel had a symbol. */
export interface KernelReference {
  readonly symbol: string;
  readonly address: bigint;
}

export class KernelSymbolNames {
  readonly #texts: readonly string[];
  readonly #reference: KernelReference | undefined;
  #addresses: BigUint64Array | undefined;
  #names: readonly string[] = [];

  /** With a reference the texts may be of another boot of that kernel, or of its build: they are moved as a whole. */
  constructor(texts: readonly string[], reference?: KernelReference) {
    this.#texts = texts;
    this.#reference = reference;
  }

  /** The symbol that the address lies behind; undefined where none is known. */
  at(address: bigint): { readonly name: string; readonly offset: number } | undefined {
    if (address < KERNEL_FROM) return undefined;
    const addresses = (this.#addresses ??= this.#read());
    let low = 0;
    let high = addresses.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((addresses[middle] ?? 0n) <= address) low = middle + 1;
      else high = middle;
    }
    const [name, start] = [this.#names[low - 1], addresses[low - 1]];
    return name === undefined || start === undefined ? undefined : { name, offset: Number(address - start) };
  }

  #read(): BigUint64Array {
    const symbols: { readonly address: bigint; readonly name: string }[] = [];
    for (const text of this.#texts) {
      const moved = this.#movedBy(text);
      for (let from = 0; from < text.length;) {
        const newline = text.indexOf('\n', from);
        const end = newline < 0 ? text.length : newline;
        const [, digits = '0', name, module] = LINE.exec(text.slice(from, end)) ?? [];
        from = end + 1;
        const address = BigInt(`0x${digits}`);
        // Whoever may not see addresses reads zeros, and modules are loaded elsewhere at each boot.
        if (name === undefined || address < KERNEL_FROM || (module !== undefined && moved !== 0n)) continue;
        symbols.push({ address: address + moved, name });
      }
    }
    symbols.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
    this.#names = symbols.map(({ name }) => name);
    return BigUint64Array.from(symbols, ({ address }) => address);
  }

  #movedBy(text: string): bigint {
    if (this.#reference === undefined) return 0n;
    const { symbol, address } = this.#reference;
    const [, here] = new RegExp(`^([0-9a-f]{16}) [a-zA-Z] ${symbol}\\r?$`, 'm').exec(text) ?? [];
    return here === undefined ? 0n : address - BigInt(`0x${here}`);
  }
}
