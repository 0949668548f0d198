/**
 * What the kernel prints in ways of its own, with no name and colon before it: system calls, `sys_read(fd: 3)` and
 * `sys_read -> 0x10`; functions, `fput <-close_fd`; stacks. Hot where system calls are recorded.
 */
import { NAME_BYTES_MAX } from '../../text/event-catalog.ts';

const BLANK = 0x20;
const OPEN = 0x28;
const CLOSE = 0x29;
const LESS = 0x3c;
const CALL = Buffer.from('sys_');
const ARROW = Buffer.from(' -> ');
const CALLER = Buffer.from(' <-');
const ENTER = Buffer.from('sys_enter_');
const EXIT = Buffer.from('sys_exit_');
const FUNCTION = Buffer.from('function');
const STACKS = [
  { line: Buffer.from('<stack trace>'), name: Buffer.from('kernel_stack') },
  { line: Buffer.from('<user stack trace>'), name: Buffer.from('user_stack') },
];

export class UnnamedEvent {
  /** The event's name, of `nameLength` bytes. */
  readonly name = new Uint8Array(NAME_BYTES_MAX);
  nameLength = 0;
  /** Its text, in the line's bytes. */
  textStart = 0;
  textEnd = 0;
  /** The lines that follow are its frames. */
  isStack = false;

  /** Whether the bytes, which end a line, are one of these. */
  read(bytes: Uint8Array, start: number, lineEnd: number): boolean {
    let end = lineEnd;
    while (end > start && bytes[end - 1] === BLANK) end -= 1;
    this.isStack = bytes[start] === LESS;
    if (this.isStack) return this.#stack(bytes, start, end);
    let at = start;
    while (at < end && bytes[at] !== BLANK && bytes[at] !== OPEN) at += 1;
    if (isAt(bytes, start, end, CALL)) {
      if (bytes[at] === OPEN && bytes[end - 1] === CLOSE)
        return this.#call(bytes, start, at, ENTER, at + 1, end - 1);
      if (isAt(bytes, at, end, ARROW)) return this.#call(bytes, start, at, EXIT, at + ARROW.length, end);
    }
    if (!isAt(bytes, at, end, CALLER)) return false;
    this.name.set(FUNCTION);
    return this.#set(FUNCTION.length, start, end);
  }

  #stack(bytes: Uint8Array, start: number, end: number): boolean {
    const stack = STACKS.find(({ line }) => end - start === line.length && isAt(bytes, start, end, line));
    if (stack === undefined) return false;
    this.name.set(stack.name);
    return this.#set(stack.name.length, end, end);
  }

  /** `sys_NAME` from `start` to `nameEnd` is the event `sys_enter_NAME` or `sys_exit_NAME`. */
  #call(
    bytes: Uint8Array,
    start: number,
    nameEnd: number,
    prefix: Uint8Array,
    textStart: number,
    textEnd: number,
  ): boolean {
    const from = start + CALL.length;
    const length = prefix.length + nameEnd - from;
    if (length > NAME_BYTES_MAX) return false;
    const { name } = this;
    for (let index = 0; index < prefix.length; index++) name[index] = prefix[index] as number;
    for (let index = prefix.length; index < length; index++)
      name[index] = bytes[from + index - prefix.length] as number;
    return this.#set(length, textStart, textEnd);
  }

  #set(nameLength: number, textStart: number, textEnd: number): true {
    this.nameLength = nameLength;
    this.textStart = textStart;
    this.textEnd = textEnd;
    return true;
  }
}

function isAt(bytes: Uint8Array, at: number, end: number, expected: Uint8Array): boolean {
  if (at + expected.length > end) return false;
  for (let index = 0; index < expected.length; index++) {
    if (bytes[at + index] !== expected[index]) return false;
  }
  return true;
}
