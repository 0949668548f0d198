/** /proc/PID/maps: what is mapped where in a process. */
import type { ContextKind } from '../context.ts';
import { MAPPINGS_MAX } from '../limits.ts';
import { counted, linesIn, textOf, wholeLines } from '../text.ts';

const LINE =
  /^([0-9a-f]+)-([0-9a-f]+) [r-][w-][x-][ps] ([0-9a-f]+) [0-9a-f]+:[0-9a-f]+ \d+(?:\s+(\S.*?))?\s*$/;

export const procMaps: ContextKind = {
  name: 'mappings of a process',
  detect({ text }) {
    const lines = wholeLines(text).slice(0, 10);
    return lines.length > 0 && lines.every((line) => LINE.test(line));
  },
  read(file, { path }, facts) {
    const lines = linesIn(textOf(file));
    const pid = pidOf(path);
    let mapped = 0;
    for (const line of lines) {
      const [, start, end, fileOffset, name] = LINE.exec(line) ?? [];
      if (start === undefined || end === undefined || fileOffset === undefined) continue;
      mapped += 1;
      if (pid === undefined || name === undefined || facts.mappings.length >= MAPPINGS_MAX) continue;
      facts.mappings.push({
        pid,
        start: BigInt(`0x${start}`),
        sizeBytes: BigInt(`0x${end}`) - BigInt(`0x${start}`),
        fileOffset: BigInt(`0x${fileOffset}`),
        file: name,
        timeNs: undefined,
      });
    }
    return `${counted(mapped, 'mapping')}${pid === undefined ? ', of a process its path does not tell' : ` of process ${pid}`}`;
  },
};

/** `proc/123/maps`, `123.maps`, `maps-123`. */
function pidOf(path: string): number | undefined {
  const digits =
    /(?:^|\/)(\d+)\/(?:task\/\d+\/)?s?maps$/.exec(path) ??
    /(?:^|\D)(\d+)[._-]maps(?:\.txt)?$/.exec(path) ??
    /maps[._-](\d+)(?:\.txt)?$/.exec(path);
  return digits?.[1] === undefined ? undefined : Number(digits[1]);
}
