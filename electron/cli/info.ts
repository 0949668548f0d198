/** `retroprobe info BUNDLE`: what a bundle holds, counted. */
import { performOpen } from '../host/jobs/perform.ts';
import { toInfoJson } from '../report/json.ts';
import { renderInfo } from '../report/text.ts';
import { readArguments } from './arguments.ts';
import { terminalProgress } from './progress.ts';
import { summaryFolder } from './summary-folder.ts';
import { bundleOptions, readClocks } from './settings.ts';

export async function info(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { names, values } = readArguments(
    args,
    { required: ['BUNDLE'] },
    { json: { type: 'boolean' }, ...bundleOptions },
  );
  const progress = terminalProgress(signal);
  const info = await performOpen(
    {
      kind: 'open',
      bundleId: '',
      path: names[0] ?? '',
      cacheFolder: undefined,
      summaryFolder: summaryFolder(),
      clocks: readClocks(values.clock),
    },
    progress.control,
  ).finally(progress.end);
  process.stdout.write(values.json ? `${JSON.stringify(toInfoJson(info))}\n` : renderInfo(info));
}
