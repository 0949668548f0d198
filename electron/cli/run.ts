/** `retroprobe run OBJECT BUNDLE`: attaches an object to a bundle and prints what it counted. */
import { toRunJson } from '../report/json.ts';
import { renderRun } from '../report/text.ts';
import { readArguments } from './arguments.ts';
import { runOnce } from './run-once.ts';
import {
  bundleOptions,
  readAttachTargets,
  readClocks,
  readMapFiles,
  readPins,
  readSettings,
  readSwaps,
  userOptions,
} from './settings.ts';

export async function run(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { names, values } = readArguments(
    args,
    { required: ['OBJECT', 'BUNDLE'] },
    {
      json: { type: 'boolean' },
      program: { type: 'string', multiple: true },
      ...userOptions,
      ...bundleOptions,
      map: { type: 'string', multiple: true },
      pin: { type: 'string', multiple: true },
      with: { type: 'string', multiple: true },
      swap: { type: 'string', multiple: true },
    },
  );
  const [object = '', bundle = ''] = names;
  const { result } = await runOnce(object, bundle, signal, {
    programs: values.program,
    settings: readSettings(values.set),
    attachTargets: readAttachTargets(values.attach),
    mapFiles: readMapFiles(values.map),
    pins: readPins(values.pin),
    otherPaths: values.with,
    swaps: readSwaps(values.swap),
    clocks: readClocks(values.clock),
  });
  process.stdout.write(
    values.json ? `${JSON.stringify(toRunJson(result, bundle, object))}\n` : renderRun(result),
  );
}
