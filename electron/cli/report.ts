/** `retroprobe report BUNDLE --out FILE.html`: the same report the window exports. */
import { existsSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

import { Failure } from '../failure.ts';
import { performOpen } from '../host/jobs/perform.ts';
import { heatmapOf } from '../host/results.ts';
import { appVersions } from '../host/versions.ts';
import { renderHtmlReport } from '../report/html.ts';
import { readArguments } from './arguments.ts';
import { DEFAULT_PROGRAM } from './default-program.ts';
import { limitOptions, limitsGiven } from './limits.ts';
import { terminalProgress } from './progress.ts';
import { summaryFolder } from './summary-folder.ts';
import { runOnce } from './run-once.ts';
import {
  bundleOptions,
  readAttachTargets,
  readClocks,
  readIterators,
  readMapFiles,
  readSettings,
  userOptions,
} from './settings.ts';

export async function report(args: readonly string[], signal: AbortSignal): Promise<void> {
  const end = args.indexOf('--');
  const { names, values } = readArguments(
    end < 0 ? args : args.slice(0, end),
    { required: ['BUNDLE'] },
    {
      out: { type: 'string' },
      program: { type: 'string', default: DEFAULT_PROGRAM },
      language: { type: 'string', default: 'en' },
      ...userOptions,
      ...bundleOptions,
      map: { type: 'string', multiple: true },
      symbols: { type: 'string', multiple: true },
      at: { type: 'string' },
      'iter-map': { type: 'string', multiple: true },
      ...limitOptions,
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
    limits: limitsGiven(values),
    iterators: readIterators(values.at, values['iter-map']),
    toolArguments: end < 0 ? [] : args.slice(end + 1),
    clocks,
  });
  const heatmaps = result.histograms.flatMap(({ viewId }) => heatmapOf(answer, viewId, undefined) ?? []);
  // Where the files lay here says nothing to who reads the report elsewhere.
  const shown = new Map(
    [path, values.program].map((each) => [each, existsSync(each) ? basename(each) : each]),
  );
  const words = args.map((word) => (word === out ? 'report.html' : (shown.get(word) ?? word)));
  const command = ['retroprobe', 'report', ...words];
  const html = renderHtmlReport({ bundle, run: result, heatmaps, versions: appVersions(), locale, command });
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
