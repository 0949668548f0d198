/** Functions that a process made itself, from the text of its perf-PID.map: read when first asked. */
import type { FunctionAt } from '../bpf/object/function-table.ts';

const LINE = /^(?:0x)?([0-9a-f]{1,16}) (?:0x)?([0-9a-f]{1,16}) (\S.*)$/i;

interface RuntimeFunction {
  readonly start: bigint;
  readonly end: bigint;
  readonly name: string;
}

export class RuntimeNames {
  readonly #text: string;
  #functions: readonly RuntimeFunction[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Of functions made at one place one after the other, the last. */
  at(address: bigint): FunctionAt | undefined {
    const functions = (this.#functions ??= this.#read());
    let low = 0;
    let high = functions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((functions[middle] as RuntimeFunction).start <= address) low = middle + 1;
      else high = middle;
    }
    const found = functions[low - 1];
    if (found === undefined || address >= found.end) return undefined;
    return { name: found.name, offset: Number(address - found.start) };
  }

  #read(): readonly RuntimeFunction[] {
    const byStart = new Map<bigint, RuntimeFunction>();
    for (const line of this.#text.split('\n')) {
      const [, start, size, name] = LINE.exec(line.trimEnd()) ?? [];
      if (start === undefined || size === undefined || name === undefined) continue;
      const from = BigInt(`0x${start}`);
      byStart.set(from, { start: from, end: from + BigInt(`0x${size}`), name });
    }
    return [...byStart.values()].sort((a, b) => (a.start < b.start ? -1 : 1));
  }
}
