import { readFileSync } from 'node:fs';

/** Per-CPU values have a copy for every CPU that the kernel could have. */
export function possibleCpus(): number {
  const last = /(\d+)\s*$/.exec(readFileSync('/sys/devices/system/cpu/possible', 'utf8'))?.[1];
  return Number(last ?? 0) + 1;
}
