/** perf-PID.map: what a runtime such as node or a JVM says of the code that it made itself. */
import type { ContextKind } from '../context.ts';
import { KALLSYMS_BYTES_MAX } from '../limits.ts';
import { counted, linesIn, textOf, wholeLines } from '../text.ts';

const LINE = /^(?:0x)?[0-9a-f]+ (?:0x)?[0-9a-f]+ \S.*$/i;
const PATH = /(?:^|\/)perf-(\d+)\.map$/;

export const perfMap: ContextKind = {
  name: 'functions made at run time',
  detect({ path, text }) {
    return (
      PATH.test(path) &&
      wholeLines(text)
        .slice(0, 10)
        .every((line) => LINE.test(line))
    );
  },
  read(file, { path }, facts) {
    const text = textOf(file, KALLSYMS_BYTES_MAX);
    const pid = Number(PATH.exec(path)?.[1] ?? -1);
    if (!facts.runtimeFunctions.has(pid)) facts.runtimeFunctions.set(pid, text);
    return `${counted(linesIn(text).length, 'function')} of process ${pid}`;
  },
};
