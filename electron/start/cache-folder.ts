/** Where this user's files that may be lost are kept: other users of the machine cannot enter it. */
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export function userCacheFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (env['RETROPROBE_CACHE'] !== undefined && env['RETROPROBE_CACHE'] !== '') return env['RETROPROBE_CACHE'];
  if (platform === 'win32')
    return join(env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local'), 'Retroprobe');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'Retroprobe');
  // The XDG Base Directory Specification: a relative path is to be ignored.
  const base = env['XDG_CACHE_HOME'];
  return join(base?.startsWith('/') === true ? base : join(homedir(), '.cache'), 'retroprobe');
}

export function makeUserCacheFolder(): string {
  const folder = userCacheFolder();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
