/** `retroprobe run OBJECT BUNDLE`: attaches an object to a bundle and prints what it counted. Behind `--` stand a tool's own arguments. */
import { toRunJson } from '../report/json.ts';
import { renderRun } from '../report/text.ts';
import { readArguments } from './arguments.ts';
import { limitOptions, limitsGiven } from './limits.ts';
import { findProgram, runOnce } from './run-once.ts';
import {
  bundleOptions,
  readAttachTargets,
  readClocks,
  readIterators,
  readMapFiles,
  readPins,
  readSettings,
  readSwaps,
  userOptions,
} from './settings.ts';

export async function run(args: readonly string[], signal: AbortSignal): Promise<void> {
  const end = args.indexOf('--');
  const { names, values } = readArguments(
    end < 0 ? args : args.slice(0, end),
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
      symbols: { type: 'string', multiple: true },
      at: { type: 'string' },
      'iter-map': { type: 'string', multiple: true },
      plain: { type: 'boolean' },
      'packets-out': { type: 'string' },
      ...limitOptions,
    },
  );
  const [object = '', bundle = ''] = names;
  const { result } = await runOnce(object, bundle, signal, {
    programs: values.program,
    settings: readSettings(values.set),
    attachTargets: readAttachTargets(values.attach),
    mapFiles: readMapFiles(values.map),
    pins: readPins(values.pin),
    others: values.with?.map(findProgram),
    swaps: readSwaps(values.swap),
    clocks: readClocks(values.clock),
    symbolPaths: values.symbols,
    packetsPath: values['packets-out'],
    limits: limitsGiven(values),
    iterators: readIterators(values.at, values['iter-map']),
    toolArguments: values.plain === true ? undefined : end < 0 ? [] : args.slice(end + 1),
  });
  process.stdout.write(
    values.json ? `${JSON.stringify(toRunJson(result, bundle, object))}\n` : renderRun(result),
  );
}
