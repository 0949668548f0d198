/** `retroprobe report BUNDLE --out FILE.html`: the same report the window exports. */
import { writeFileSync } from 'node:fs';

import { Failure } from '../failure.ts';
import { performOpen } from '../host/jobs/perform.ts';
import { heatmapOf } from '../host/results.ts';
import { appVersions } from '../host/versions.ts';
import { renderHtmlReport } from '../report/html.ts';
import { readArguments } from './arguments.ts';
import { DEFAULT_PROGRAM } from './default-program.ts';
import { terminalProgress } from './progress.ts';
import { summaryFolder } from './summary-folder.ts';
import { runOnce } from './run-once.ts';
import {
  bundleOptions,
  readAttachTargets,
  readClocks,
  readMapFiles,
  readSettings,
  userOptions,
} from './settings.ts';

export async function report(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { names, values } = readArguments(
    args,
    { required: ['BUNDLE'] },
    {
      out: { type: 'string' },
      program: { type: 'string', default: DEFAULT_PROGRAM },
      language: { type: 'string', default: 'en' },
      ...userOptions,
      ...bundleOptions,
      map: { type: 'string', multiple: true },
      symbols: { type: 'string', multiple: true },
    },
  );
  const [path = ''] = names;
  const { out, language: locale } = values;
  if (out === undefined) throw new Failure('usage', 'missing-option', '--out FILE.html is missing');
  if (locale !== 'en' && locale !== 'zh') throw new Failure('usage', 'bad-option', '--language is en or zh');
  const clocks = readClocks(values.clock);
  const progress = terminalProgress(signal);
  const bundle = await performOpen(
    { kind: 'open', bundleId: '', path, cacheFolder: undefined, summaryFolder: summaryFolder(), clocks },
    progress.control,
  ).finally(progress.end);
  const { answer, result } = await runOnce(values.program, path, signal, {
    settings: readSettings(values.set),
    attachTargets: readAttachTargets(values.attach),
    mapFiles: readMapFiles(values.map),
    symbolPaths: values.symbols,
    clocks,
  });
  const heatmaps = result.histograms.flatMap(({ viewId }) => heatmapOf(answer, viewId, undefined) ?? []);
  const html = renderHtmlReport({ bundle, run: result, heatmaps, versions: appVersions(), locale });
  write(out, html);
  process.stdout.write(`${out}: ${Buffer.byteLength(html).toLocaleString('en')} bytes\n`);
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new Failure('host', 'unwritable', `cannot be written (${code})`, { file: path });
  }
}
