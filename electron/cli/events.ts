/** `retroprobe events BUNDLE`: the events themselves, a line each. */
import { once } from 'node:events';

import { listEvents } from '../host/jobs/list-events.ts';
import { openWithProgress } from '../host/jobs/perform.ts';
import { EVENT_HEADING, eventJson, renderEvent } from '../report/events.ts';
import { symbolLines } from '../report/symbol-lines.ts';
import { symbolFilesAt } from '../host/jobs/symbol-files.ts';
import type { Symboliser } from '../symbols/symboliser.ts';
import { printable } from '../report/format.ts';
import { readArguments } from './arguments.ts';
import { terminalProgress } from './progress.ts';
import { bundleOptions, readClocks } from './settings.ts';

/** Text written at once: a write a line would cost more than the line. */
const CHUNK_CHARACTERS = 64 * 1024;

export async function events(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { names, values } = readArguments(
    args,
    { required: ['BUNDLE'] },
    {
      json: { type: 'boolean' },
      type: { type: 'string', multiple: true },
      from: { type: 'string' },
      to: { type: 'string' },
      stacks: { type: 'boolean' },
      symbols: { type: 'string', multiple: true },
      ...bundleOptions,
    },
  );
  let symbols: Symboliser | undefined;
  const options = {
    types: values.type ?? [],
    from: values.from,
    to: values.to,
    clocks: readClocks(values.clock),
    // Who adds symbols wants to see stacks.
    symbolFiles:
      values.stacks === true || values.symbols !== undefined
        ? symbolFilesAt(values.symbols ?? [])
        : undefined,
    onSymbols: (opened: Symboliser) => (symbols = opened),
  };
  const isJson = values.json === true;
  const progress = terminalProgress(signal);
  const job = { path: names[0] ?? '', cacheFolder: undefined };
  const bundle = await openWithProgress(job, progress.control).finally(progress.end);
  const output = new Output();
  try {
    const isSourceShown = bundle.sources.length > 1;
    if (!isJson && process.stdout.isTTY) await output.write(`${EVENT_HEADING}\n`);
    let apart = '';
    for await (const event of listEvents(bundle, options, progress.control)) {
      if (!output.isBegun) progress.end();
      const { source, clock, isUnsynchronised } = event;
      if (isUnsynchronised && apart !== source && !isJson)
        await output.write(`\n${printable(source)}, by its own clock (${clock}):\n`);
      if (isUnsynchronised) apart = source;
      await output.write(isJson ? eventJson(event) : renderEvent(event, isSourceShown));
    }
    await output.end();
    if (!isJson) process.stderr.write(symbolNotes(symbols));
  } finally {
    bundle.close();
  }
}

/** Beside the events, so that they can be piped on. */
function symbolNotes(symbols: Symboliser | undefined): string {
  const lines = symbolLines(symbols?.facts());
  return lines.length === 0 ? '' : `\nStacks without names\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

/** Standard output in large pieces, waiting where whoever reads it is slower. */
class Output {
  isBegun = false;
  #text = '';

  async write(text: string): Promise<void> {
    this.#text += text;
    if (!this.isBegun || this.#text.length >= CHUNK_CHARACTERS) await this.end();
  }

  async end(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    this.isBegun = true;
    if (!process.stdout.write(text)) await once(process.stdout, 'drain');
  }
}
