/** The one table of commands. */
import { infoCommand } from './info.ts';
import { openCommand, serveCommand } from './doors.ts';
import { reportCommand } from './report.ts';
import { runCommand } from './run.ts';

export interface Command {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  /** Throws Failure for what is refused; `usage` for arguments that make no sense. */
  run(args: readonly string[], signal: AbortSignal): Promise<void>;
}

export const commands: readonly Command[] = [
  infoCommand,
  runCommand,
  reportCommand,
  serveCommand,
  openCommand,
];
