/** `retroprobe logs BUNDLE`: what a bundle's logs hold, and which log probes they call for. */
import { basename } from 'node:path';

import { performLogs } from '../host/jobs/logs.ts';
import { readObject } from '../host/jobs/read-object.ts';
import { renderLogs, toLogsJson } from '../report/logs.ts';
import { readArguments } from './arguments.ts';
import { terminalProgress } from './progress.ts';

export async function logs(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { names, values } = readArguments(
    args,
    { required: ['BUNDLE'] },
    {
      json: { type: 'boolean' },
      templates: { type: 'boolean' },
      probes: { type: 'string', multiple: true },
    },
  );
  const progress = terminalProgress(signal);
  const probeFiles = (values.probes ?? []).map((path) => ({ name: basename(path), bytes: readObject(path) }));
  const job = {
    kind: 'logs',
    path: names[0] ?? '',
    cacheFolder: undefined,
    probeFiles,
    areTemplatesWanted: values.templates === true,
  } as const;
  const answer = await performLogs(job, progress.control).finally(progress.end);
  process.stdout.write(values.json ? `${JSON.stringify(toLogsJson(answer))}\n` : renderLogs(answer));
}
