/**
 * What the kernel prints in ways of its own, with no name and colon before it: system calls, functions, stacks.
 * Cold but for recordings of functions.
 */

export interface UnnamedEvent {
  readonly name: Buffer;
  readonly text: string;
  /** The lines that follow are its frames. */
  readonly isStack: boolean;
}

const STACKS: Readonly<Record<string, Buffer>> = {
  '<stack trace>': Buffer.from('kernel_stack'),
  '<user stack trace>': Buffer.from('user_stack'),
};
const FUNCTION = Buffer.from('function');

/** undefined for a text that is none of them. */
export function unnamedEvent(text: string): UnnamedEvent | undefined {
  const stack = STACKS[text.trimEnd()];
  if (stack !== undefined) return { name: stack, text, isStack: true };
  const call = /^sys_(\w+)\((.*)\)\s*$/.exec(text);
  if (call !== null)
    return { name: Buffer.from(`sys_enter_${call[1] ?? ''}`), text: call[2] ?? '', isStack: false };
  const result = /^sys_(\w+) -> (0x[0-9a-f]+|-?\d+)\s*$/.exec(text);
  if (result !== null)
    return { name: Buffer.from(`sys_exit_${result[1] ?? ''}`), text: result[2] ?? '', isStack: false };
  if (/^\S+ <-\S+/.test(text)) return { name: FUNCTION, text, isStack: false };
  return undefined;
}
