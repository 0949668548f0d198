/** `retroprobe run OBJECT BUNDLE`: attaches an object to a bundle and prints what it counted. */
import { toRunJson } from '../report/json.ts';
import { renderRun } from '../report/text.ts';
import { readArguments } from './arguments.ts';
import type { Command } from './commands.ts';
import { runOnce } from './run-once.ts';

export const runCommand: Command = {
  name: 'run',
  usage: 'run OBJECT BUNDLE [--program NAME]... [--json]',
  summary: 'attach an eBPF object (a file, or a bundled program such as scheduling/runqlat) to a bundle',
  async run(args, signal) {
    const { names, values } = readArguments(args, ['OBJECT', 'BUNDLE'], {
      json: { type: 'boolean' },
      program: { type: 'string', multiple: true },
    });
    const [object = '', bundle = ''] = names;
    const { result } = await runOnce(object, bundle, signal, values.program);
    process.stdout.write(
      values.json ? `${JSON.stringify(toRunJson(result, bundle, object))}\n` : renderRun(result),
    );
  },
};
