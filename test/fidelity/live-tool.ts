/** The real tool, running until it is interrupted. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { interrupt, start, type Child } from './child.ts';
import { Unavailable } from './unavailable.ts';
import { until } from './wait.ts';

const FOLDER = '/usr/sbin';
/** poll, nanosleep, pause, clock_nanosleep, epoll_wait, ppoll, epoll_pwait of x86-64: what a tool waits in once it is attached. */
const WAITING = new Set(['7', '35', '34', '230', '232', '271', '281']);

export interface LiveTool {
  readonly pid: number;
  /** Ends it, and gives the lines it printed, and those of its errors. */
  stop(): Promise<{ readonly lines: readonly string[]; readonly errors: readonly string[] }>;
  abandon(): Promise<void>;
}

export function toolPath(tool: string): string {
  const path = join(FOLDER, tool);
  if (!existsSync(path)) throw new Unavailable(`${path} is not installed (Debian's libbpf-tools)`);
  return path;
}

/** Started and attached. Throws Unavailable with what it says where it ends instead. */
export async function startLive(
  tool: string,
  args: readonly string[],
  wrap: readonly string[] = ['stdbuf', '-oL'],
): Promise<LiveTool> {
  const command = [...wrap, toolPath(tool), ...args];
  const child = start(command[0] ?? '', command.slice(1));
  try {
    await until(`${tool} to attach`, () => child.isOver() || isAttached(child.pid));
  } catch (error) {
    await interrupt(child);
    throw error;
  }
  if (child.isOver()) throw new Unavailable(lastLine(child));
  return {
    pid: child.pid,
    async stop() {
      // What was sent to it wakes it at once: once it waits again, it has read and printed that.
      await until(`${tool} to wait for more`, () => child.isOver() || isAttached(child.pid));
      await interrupt(child);
      return { lines: child.output().split('\n'), errors: child.errors().split('\n') };
    },
    abandon: () => interrupt(child),
  };
}

/** It has links, and waits for what they bring. */
function isAttached(pid: number): boolean {
  try {
    const [call = ''] = readFileSync(`/proc/${pid}/syscall`, 'utf8').split(' ');
    if (!WAITING.has(call)) return false;
    const folder = `/proc/${pid}/fdinfo`;
    return readdirSync(folder).some((fd) => readFileSync(join(folder, fd), 'utf8').includes('link_type'));
  } catch {
    // It ends, or one of its descriptors was closed meanwhile.
    return false;
  }
}

function lastLine(child: Child): string {
  const lines = `${child.output()}\n${child.errors()}`.split('\n').filter((line) => line.trim() !== '');
  return lines.at(-1) ?? 'it ended without a word';
}
