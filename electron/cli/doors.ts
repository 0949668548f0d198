/** `retroprobe serve` and `retroprobe open`: the page, from this machine. */
import { openWorkbench, serveWorkbench } from '../start.ts';
import { Failure } from '../failure.ts';
import { readArguments } from './arguments.ts';

export async function serve(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { names, values } = readArguments(
    args,
    { required: [], optional: ['BUNDLE'] },
    { port: { type: 'string', default: '0' } },
  );
  await serveWorkbench({ startupPath: names[0], port: portOf(values.port), signal });
}

export async function open(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { names } = readArguments(args, { required: [], optional: ['BUNDLE'] }, {});
  await openWorkbench({ startupPath: names[0], signal });
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new Failure('usage', 'bad-option', '--port is 0 to 65535');
  return port;
}
