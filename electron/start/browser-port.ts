/**
 * The port of the browser's window, the same each time: what the page keeps (language, theme, the last
 * case) belongs to its origin, and a port is part of that. The port held is also the lock on the
 * browser's profile: a second window gets another port and a profile that is thrown away.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** 0, for the system to choose, where none is remembered. */
export function rememberedPort(cacheFolder: string): number {
  try {
    const port = Number(readFileSync(join(cacheFolder, 'browser-port'), 'utf8').trim());
    return Number.isInteger(port) && port > 1023 && port < 65_536 ? port : 0;
  } catch {
    // Nothing is remembered before the first time.
    return 0;
  }
}

export function rememberPort(cacheFolder: string, port: number): void {
  writeFileSync(join(cacheFolder, 'browser-port'), `${port}\n`, { mode: 0o600 });
}
