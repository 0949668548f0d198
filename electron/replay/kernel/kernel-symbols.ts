/** Addresses of the recorded kernel's symbols, from the text of /proc/kallsyms that a recorder saved. */

export class KernelSymbols {
  readonly #texts: readonly string[];

  /** Texts as of /proc/kallsyms: an address in hex, a letter, a name, the module it is of. */
  constructor(texts: readonly string[]) {
    this.#texts = texts;
  }

  /**
   * undefined where no text has the name, or has it at several addresses, as static functions may be: libbpf
   * refuses those. Reads through the text, which is searched for a handful of names.
   */
  addressOf(name: string): bigint | undefined {
    const found = new Set<string>();
    for (const text of this.#texts) {
      for (let at = text.indexOf(` ${name}`); at >= 0; at = text.indexOf(` ${name}`, at + 1)) {
        const after = text[at + 1 + name.length];
        if (after !== undefined && !/\s/.test(after)) continue;
        const lineStart = text.lastIndexOf('\n', at) + 1;
        const [, address] = /^([0-9a-f]{1,16}) \w$/i.exec(text.slice(lineStart, at)) ?? [];
        if (address !== undefined) found.add(address);
      }
    }
    const [only] = found;
    // All zeros is what the kernel shows to those who may not know.
    if (only === undefined || found.size > 1 || /^0+$/.test(only)) return undefined;
    return BigInt(`0x${only}`);
  }
}
