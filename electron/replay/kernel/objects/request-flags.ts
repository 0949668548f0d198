/** `request.cmd_flags` from what block events print of them: the letters that blk_fill_rwbs() of Linux 6.18 writes. */

/** enum req_op. */
const OPERATIONS: Readonly<Record<string, number>> = { R: 0, W: 1, F: 2, D: 3, DE: 5 };
/** enum req_flag_bits. */
const FLAGS: Readonly<Record<string, number>> = {
  S: 1 << 11,
  M: 1 << 12,
  F: 1 << 17,
  A: 1 << 19,
  U: 1 << 27,
};
const PREFLUSH = 1 << 18;

/** undefined where the operation is one that is not spelled (`N`), or a letter is not known. */
export function requestFlags(rwbs: string): number | undefined {
  // An F before an operation is a flush that goes before it; alone it is the operation.
  const [, preflush, operation = '', rest = ''] = /^(F(?=[RWFDN]))?(DE|[RWFD])([A-Z]*)$/.exec(rwbs) ?? [];
  let flags = OPERATIONS[operation];
  if (flags === undefined) return undefined;
  if (preflush !== undefined) flags |= PREFLUSH;
  for (const letter of rest) {
    const flag = FLAGS[letter];
    if (flag === undefined) return undefined;
    flags |= flag;
  }
  return flags;
}
