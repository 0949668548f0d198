/** Programs attached to files of a bundle that a test writes, and what they counted and put out. */
import { readFileSync } from 'node:fs';
import { openObject } from '../../../electron/bpf/object/open.ts';
import { attachObject, type AttachedObject, type AttachOptions } from '../../../electron/replay/attach.ts';
import { replay, type ReplayResult } from '../../../electron/replay/engine.ts';
import { countEvents, folderOf, open } from '../../trace/bundle/on-disk.ts';

export interface Replayed extends ReplayResult {
  readonly attached: AttachedObject;
  /** Events each program was called for. */
  readonly calls: Readonly<Record<string, number>>;
}

const HEADER = '# tracer: nop\n#\n#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION\n';

/** The text of ftrace: lines of `TID event text`, a millisecond apart. */
export function traceText(
  lines: readonly (readonly [tid: number, event: string])[],
  comm = 'worker',
): string {
  return (
    HEADER +
    lines
      .map(([tid, event], index) => {
        const time = `${1 + Math.floor(index / 1000)}.${String(index % 1000).padStart(3, '0')}000`;
        return `          ${comm}-${tid}    [000] .....  ${time}: ${event}\n`;
      })
      .join('')
  );
}

export async function replayOn(
  object: string,
  files: Readonly<Record<string, string | Uint8Array>>,
  options: AttachOptions = {},
): Promise<Replayed> {
  const bundle = await open(folderOf(files));
  await countEvents(bundle);
  const attached = await attachObject(openObject(readFileSync(object), object), bundle.sources, options);
  const result = await replay(attached);
  const calls = Object.fromEntries(attached.programs.map(({ program, events }) => [program.name, events]));
  return { ...result, attached, calls };
}

/** Values of a map of 32-bit keys and 64-bit values. */
export function numbersIn({ attached }: Replayed, name: string): Record<number, bigint> {
  const map = attached.maps.find(({ definition }) => definition.name === name);
  if (map === undefined) throw new Error(`no map ${name}`);
  const numbers: Record<number, bigint> = {};
  for (const { key, value } of map.entries()) {
    const keyView = new DataView(key.buffer, key.byteOffset, 4);
    numbers[keyView.getUint32(0, true)] = new DataView(value.buffer, value.byteOffset, 8).getBigInt64(
      0,
      true,
    );
  }
  return numbers;
}
