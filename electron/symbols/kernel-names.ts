/** Names of the kernel's addresses, from the text of /proc/kallsyms that a bundle has: read when first asked. */

/** The upper half of the address space. */
const KERNEL_FROM = 1n << 63n;
const LINE = /^([0-9a-f]{1,16}) [a-zA-Z] ([^\s\t]+)/;

export class KernelSymbolNames {
  readonly #texts: readonly string[];
  #addresses: BigUint64Array | undefined;
  #names: readonly string[] = [];

  constructor(texts: readonly string[]) {
    this.#texts = texts;
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
      for (let from = 0; from < text.length;) {
        const newline = text.indexOf('\n', from);
        const end = newline < 0 ? text.length : newline;
        const [, address, name] = LINE.exec(text.slice(from, end)) ?? [];
        from = end + 1;
        if (address !== undefined && name !== undefined)
          symbols.push({ address: BigInt(`0x${address}`), name });
      }
    }
    symbols.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
    this.#names = symbols.map(({ name }) => name);
    return BigUint64Array.from(symbols, ({ address }) => address);
  }
}
