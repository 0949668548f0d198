/** Functions of programs that are called at both ends of a call: which end it is, and what is kept from one to the other. */
import type { HelperFunction } from './helper.ts';

export const sessionFunctions: Readonly<Record<string, HelperFunction>> = {
  bpf_session_is_return: ({ world }) => (world.session()?.isReturn === true ? 1n : 0n),
  bpf_session_cookie: ({ world }) => BigInt(world.session()?.cookie ?? 0),
};
