/** A window's process: ends with the signal, tells how it ended. */
import { spawn } from 'node:child_process';

/** A window that has not closed by then is killed. */
const CLOSE_GRACE_MS = 3_000;
/** Kept of what it said on stderr, to name a reason. */
const STDERR_BYTES_MAX = 16 * 1024;

export interface ChildEnd {
  /** undefined where a signal ended it, or it never started. */
  readonly code: number | undefined;
  readonly aliveMs: number;
  /** The last of it. */
  readonly stderr: string;
}

export function runChild(command: string, args: readonly string[], signal: AbortSignal): Promise<ChildEnd> {
  const startedAt = performance.now();
  const { promise, resolve } = Promise.withResolvers<ChildEnd>();
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'pipe'] });
  let stderr = '';
  let killer: NodeJS.Timeout | undefined;
  const close = (): void => {
    child.kill('SIGTERM');
    killer = setTimeout(() => child.kill('SIGKILL'), CLOSE_GRACE_MS);
  };
  const end = (code: number | undefined): void => {
    clearTimeout(killer);
    signal.removeEventListener('abort', close);
    resolve({ code, aliveMs: performance.now() - startedAt, stderr });
  };
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_BYTES_MAX);
  });
  child.once('error', (error) => {
    stderr += error.message;
    end(undefined);
  });
  child.once('close', (code) => end(code ?? undefined));
  if (signal.aborted) close();
  else signal.addEventListener('abort', close, { once: true });
  return promise;
}

/** Chromium and Electron refuse to start their sandbox as root, and only then. */
export function rootFlags(): readonly string[] {
  return process.platform === 'linux' && process.getuid?.() === 0 ? ['--no-sandbox'] : [];
}
