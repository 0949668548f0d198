/**
 * A stack is printed over several lines: one like an event's, and a frame a line below it. Where frames have
 * addresses they are the callchain of the event before it on its CPU, as in a trace.dat. Not hot.
 */
import type { PerfCallchains } from '../perf/callchains.ts';
import { LineHead } from './line-head.ts';
import { FRAMES_MAX } from './limits.ts';

const ARROW = '=>';
const ADDRESS = /[(<]([0-9a-f]{4,16})[)>]$/;
/** PERF_CONTEXT_KERNEL and PERF_CONTEXT_USER: what follows them in a callchain. */
const MARKER = { kernel_stack: -128n, user_stack: -512n } as const;

export type StackName = keyof typeof MARKER;

export class StackLines {
  /** Of the line that began it. */
  readonly head = new LineHead();
  name: StackName | undefined;
  /** Of the event it belongs to in the window, -1 for none. */
  row = -1;
  readonly #frames: string[] = [];
  readonly #addresses = new DataView(new ArrayBuffer(8 * (FRAMES_MAX + 1)));
  #addressed = 0;

  /** The line that was read last begins a stack; `text` may be its first frame. */
  begin(name: StackName, head: LineHead, row: number, text: string): void {
    this.name = name;
    this.head.copy(head);
    this.row = row;
    this.#frames.length = 0;
    this.#addressed = 0;
    this.take(text);
  }

  /** Whether the line is a frame of the stack that was begun. */
  take(line: string): boolean {
    const trimmed = line.trim();
    if (this.name === undefined || !trimmed.startsWith(ARROW)) return false;
    const frame = trimmed.slice(ARROW.length).trim();
    if (this.#frames.length >= FRAMES_MAX) return true;
    const address = ADDRESS.exec(frame)?.[1];
    this.#frames.push(address === undefined ? frame : frame.replace(ADDRESS, '').trimEnd());
    if (address !== undefined) {
      this.#addressed += 1;
      this.#addresses.setBigUint64(8 * this.#addressed, BigInt(`0x${address}`), true);
    }
    return true;
  }

  /** Names of the frames, innermost first. */
  get text(): string {
    return this.#frames.join(';');
  }

  /** Index of its callchain; -1 where a frame has no address. */
  intern(chains: PerfCallchains): number {
    if (this.name === undefined || this.#addressed === 0 || this.#addressed < this.#frames.length) return -1;
    this.#addresses.setBigInt64(0, MARKER[this.name], true);
    return chains.intern(this.#addresses, 0, this.#addressed + 1, true);
  }
}

export function isStackName(name: string): name is StackName {
  return Object.hasOwn(MARKER, name);
}
