/** `retroprobe info BUNDLE`: what a bundle holds, counted. */
import { performOpen } from '../host/jobs/perform.ts';
import { toInfoJson } from '../report/json.ts';
import { renderInfo } from '../report/text.ts';
import { readArguments } from './arguments.ts';
import type { Command } from './commands.ts';
import { terminalProgress } from './progress.ts';

export const infoCommand: Command = {
  name: 'info',
  usage: 'info BUNDLE [--json]',
  summary: 'what a bundle holds: sources, clocks, counts, and everything lost or not read',
  async run(args, signal) {
    const { names, values } = readArguments(args, ['BUNDLE'], { json: { type: 'boolean' } });
    const progress = terminalProgress(signal);
    const info = await performOpen(
      { kind: 'open', bundleId: '', path: names[0] ?? '', cacheFolder: undefined },
      progress.control,
    ).finally(progress.end);
    process.stdout.write(values.json ? `${JSON.stringify(toInfoJson(info))}\n` : renderInfo(info));
  },
};
