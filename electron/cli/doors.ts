/** `retroprobe serve` and `retroprobe open`: the page, from this machine. */
import { openWorkbench, serveWorkbench } from '../start.ts';
import { Failure } from '../failure.ts';
import { readArguments } from './arguments.ts';
import type { Command } from './commands.ts';

export const serveCommand: Command = {
  name: 'serve',
  usage: 'serve [BUNDLE] [--port N]',
  summary: 'serve the page to a browser on this machine, print the address, until interrupted',
  async run(args, signal) {
    const { names, values } = readArguments(args, ['BUNDLE'], { port: { type: 'string', default: '0' } }, 0);
    await serveWorkbench({ startupPath: names[0], port: portOf(values.port), signal });
  },
};

export const openCommand: Command = {
  name: 'open',
  usage: 'open [BUNDLE]',
  summary: 'open the workbench in a window',
  async run(args, signal) {
    const { names } = readArguments(args, ['BUNDLE'], {}, 0);
    await openWorkbench({ startupPath: names[0], signal });
  },
};

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new Failure('usage', 'bad-option', '--port is 0 to 65535');
  return port;
}
