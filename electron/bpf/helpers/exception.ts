/** bpf_throw(): ends the program that runs, with all functions it is in. */
import type { HelperFunction } from './helper.ts';

export const THROW = 'bpf_throw';

/** What the program is ended by; the machine that runs it catches this. */
export class ProgramThrew extends Error {
  /** What it returns in place of what it would have: 64 bits, unsigned. */
  readonly cookie: bigint;

  constructor(cookie: bigint) {
    super('the program threw');
    this.cookie = cookie;
  }
}

export const exceptionFunctions: Readonly<Record<string, HelperFunction>> = {
  [THROW](_context, cookie) {
    throw new ProgramThrew(cookie);
  },
};
