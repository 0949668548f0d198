/** Addresses of the recorded kernel's symbols, from the text of /proc/kallsyms that a recorder saved. */

/** Weak ones too. */
const FUNCTION_LINE = /^([0-9a-f]{1,16}) [tw] (\S+)/gim;

export class KernelSymbols {
  readonly #texts: readonly string[];

  /** Texts as of /proc/kallsyms: an address in hex, a letter, a name, the module it is of. */
  constructor(texts: readonly string[]) {
    this.#texts = texts;
  }

  /** Addresses of all functions whose name fits, with their names. Static functions may share one. */
  functionsNamed(isWanted: (name: string) => boolean): ReadonlyMap<bigint, string> {
    const found = new Map<bigint, string>();
    for (const text of this.#texts) {
      for (const [, address = '', name = ''] of text.matchAll(FUNCTION_LINE)) {
        if (!/^0+$/.test(address) && isWanted(name)) found.set(BigInt(`0x${address}`), name);
      }
    }
    return found;
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
