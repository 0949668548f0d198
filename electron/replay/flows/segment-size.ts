/** The size of a flow's segments where no SYN of it was recorded: by what its sequence numbers move on by. */

/** What Ethernet, jumbo frames and loopback come to, with timestamps and without, on IPv4 and IPv6. */
const USUAL = [1448, 1460, 1428, 1440, 8948, 8960, 65_483, 65_463];
const LEAST = 48;

/**
 * Of what a flow moved on by, in bytes: the size that most of it is a multiple of; usual ones first where several
 * are as good. undefined where nothing moved.
 */
export function segmentSize(steps: readonly number[]): number | undefined {
  const moved = steps.filter((step) => step > 0);
  if (moved.length === 0) return undefined;
  const explained = (size: number): number =>
    moved.reduce((sum, step) => sum + (step % size === 0 ? step : 0), 0);
  let best: { readonly size: number; readonly bytes: number } | undefined;
  const own = [...new Set(moved)].filter((step) => step >= LEAST && step <= 0xffff).sort((a, b) => b - a);
  for (const size of [...USUAL, ...own]) {
    const bytes = explained(size);
    if (bytes > 0 && (best === undefined || bytes > best.bytes)) best = { size, bytes };
  }
  return best?.size ?? Math.min(Math.max(...moved), USUAL[0] ?? LEAST);
}
