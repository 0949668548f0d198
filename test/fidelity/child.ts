/** A process that is started, read, and ended. */
import { spawn, type ChildProcess } from 'node:child_process';

export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** So far. */
  readonly output: () => string;
  readonly errors: () => string;
  readonly isOver: () => boolean;
  /** Exit code, or the signal's name. */
  readonly ended: Promise<string>;
}

export function start(command: string, args: readonly string[]): Child {
  const child = spawn(command, [...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  let end: string | undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  // It may have ended before it is told anything.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve((end = String(code ?? signal))));
  });
  ended.catch((error: unknown) => (end = String(error)));
  return {
    process: child,
    pid: child.pid ?? -1,
    output: () => output,
    errors: () => errors,
    isOver: () => end !== undefined,
    ended,
  };
}

/** Ends it with a signal that it can answer, and waits; one that does not end is killed. */
export async function interrupt(child: Child, limitMs = 10_000): Promise<void> {
  const kill = setTimeout(() => child.process.kill('SIGKILL'), limitMs);
  child.process.kill('SIGINT');
  await child.ended.finally(() => clearTimeout(kill));
}
