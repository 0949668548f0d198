/** Waits for things to be so, looking often: nothing here sleeps for a time that was guessed. */
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_AGAIN_MS = 10;

export async function until(what: string, isSo: () => boolean, limitMs = 10_000): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error(`waited ${limitMs / 1000} s in vain for ${what}`);
    await pause(LOOK_AGAIN_MS);
  }
}
