/**
 * Strongly connected components of the flow within each function: the loops. compute_scc() of Linux 6.18,
 * after Tarjan, without recursion. A call that calls back is a loop by itself.
 */

/** Number of the loop that each slot is part of, from 1; 0 for none. */
export function componentsOf(
  successors: readonly (readonly number[])[],
  isLoopByItself: (slot: number) => boolean,
): Int32Array {
  const count = successors.length;
  const components = new Int32Array(count);
  /** Order in which slots were found, from 1. */
  const order = new Int32Array(count);
  const low = new Int32Array(count);
  const isOpen = new Uint8Array(count);
  const open: number[] = [];
  const path: number[] = [];
  const nextEdge = new Int32Array(count);
  let found = 0;
  let last = 0;

  const close = (root: number): void => {
    const isLoop =
      open.at(-1) !== root || (successors[root]?.includes(root) ?? false) || isLoopByItself(root);
    if (isLoop) last += 1;
    for (let member = open.pop(); member !== undefined; member = open.pop()) {
      isOpen[member] = 0;
      components[member] = isLoop ? last : 0;
      if (member === root) return;
    }
  };

  for (let start = 0; start < count; start += 1) {
    if (order[start] !== 0) continue;
    path.push(start);
    for (let slot = path.at(-1); slot !== undefined; slot = path.at(-1)) {
      if (order[slot] === 0) {
        found += 1;
        order[slot] = low[slot] = found;
        isOpen[slot] = 1;
        open.push(slot);
      }
      const edge = nextEdge[slot] ?? 0;
      const next = successors[slot]?.[edge];
      if (next === undefined) {
        path.pop();
        const above = path.at(-1);
        if (above !== undefined) low[above] = Math.min(low[above] ?? 0, low[slot] ?? 0);
        if (low[slot] === order[slot]) close(slot);
        continue;
      }
      nextEdge[slot] = edge + 1;
      if (order[next] === 0) path.push(next);
      else if (isOpen[next] === 1) low[slot] = Math.min(low[slot] ?? 0, order[next] ?? 0);
    }
  }
  return components;
}
