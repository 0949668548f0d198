/** events/SYSTEM/NAME/format: how the kernel lays out an event's record. */
import { Failure } from '../../../failure.ts';
import type { ContextKind } from '../context.ts';
import { EVENT_FORMAT_BYTES_MAX, EVENT_FORMATS_MAX } from '../limits.ts';
import { textOf } from '../text.ts';

const START = /^name: (\S+)\s*\nID: \d+\s*\nformat:/;
const PATH = /(?:^|\/)([\w.-]+)\/([\w.-]+)\/format$/;

export const eventFormat: ContextKind = {
  name: 'event formats',
  isCounted: true,
  detect: ({ text, path }) => START.test(text) && PATH.test(path),
  read(file, { text: head, path }, facts) {
    const name = START.exec(head)?.[1] ?? '';
    const system = PATH.exec(path)?.[1] ?? '';
    if (facts.eventFormats.size >= EVENT_FORMATS_MAX) {
      const reason = `there are more than ${EVENT_FORMATS_MAX} format files`;
      throw new Failure('bundle', 'limit', reason, { file: file.name });
    }
    const key = `${system}:${name}`;
    if (facts.eventFormats.has(key)) return '';
    facts.eventFormats.set(key, textOf(file, EVENT_FORMAT_BYTES_MAX));
    const systems = facts.systemsByEvent.get(name);
    if (systems === undefined) facts.systemsByEvent.set(name, [system]);
    else systems.push(system);
    return '';
  },
};
