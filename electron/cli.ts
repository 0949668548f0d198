/**
 * The command line: the same jobs as the window, with no page.
 *
 * Exit codes: 0 done; 1 the input was refused (one line on standard error says file, place, reason);
 * 2 the command was not understood; 130 interrupted.
 */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

import { commands } from './cli/commands.ts';
import { failureLine } from './cli/failure-line.ts';
import { Failure } from './failure.ts';
import { makeUserCacheFolder } from './start/cache-folder.ts';

const EXIT_REFUSED = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

const interrupt = new AbortController();

keepCompiledCode();

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that has seen enough (`| head`) closes the pipe: not a failure of ours.
  if (error.code === 'EPIPE') process.exit();
  process.stderr.write(`retroprobe: standard output: cannot be written (${error.code ?? error.message})\n`);
  process.exit(EXIT_REFUSED);
});

const [name, ...args] = process.argv.slice(2);
const command = commands.find((each) => each.name === name);

if (command === undefined) {
  const isHelp = name === 'help' || name === '--help' || name === '-h';
  const text = [
    'usage: retroprobe COMMAND ...',
    '',
    ...commands.map(({ usage, summary }) => `  ${usage}\n      ${summary}`),
  ];
  (isHelp ? process.stdout : process.stderr).write(`${text.join('\n')}\n`);
  process.exitCode = isHelp ? 0 : EXIT_USAGE;
} else if (args.includes('--help') || args.includes('-h')) {
  process.stdout.write(`usage: retroprobe ${command.usage}\n\n${command.summary}\n`);
} else {
  if (!command.isUninterrupted) process.once('SIGINT', () => interrupt.abort());
  try {
    await command.run(args, interrupt.signal);
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    if (error instanceof Failure) process.stderr.write(failureLine(error));
    else if (!interrupt.signal.aborted) throw error;
    if (error instanceof Failure && error.layer === 'usage')
      process.stderr.write(`usage: retroprobe ${command.usage}\n`);
  }
}

function exitCodeOf(error: unknown): number {
  if (interrupt.signal.aborted) return EXIT_INTERRUPTED;
  if (error instanceof Failure && error.layer === 'usage') return EXIT_USAGE;
  return EXIT_REFUSED;
}

/** What a command loads is compiled once a version, not once a start; where it cannot be kept, it is not. */
function keepCompiledCode(): void {
  try {
    // A folder that cannot be made is not handed on: Node would try for ever.
    enableCompileCache(join(makeUserCacheFolder(), 'compiled'));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}
