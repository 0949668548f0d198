/** What `retroprobe logs` prints. */
import type { LogInfo, LogsAnswer } from '../host/contract.ts';
import { formatCount, formatDurationNs, printable } from './format.ts';
import { toJsonTime } from './json.ts';
import { page, section, table } from './text-page.ts';

const TAGS_MAX = 10;
const TEMPLATES_MAX = 40;

export function renderLogs({ bundle, logs }: LogsAnswer): string {
  if (logs.length === 0) return page([[printable(bundle)], ['No log in it that can be read.']]);
  return page([[printable(bundle)], ...logs.flatMap(logBlocks)]);
}

function logBlocks(log: LogInfo): string[][] {
  const { name, format, formatDetail, clock, lines, levels, tags, probes, unparsed, spanNs } = log;
  const span = spanNs === undefined ? '' : `, ${formatDurationNs(Number(spanNs[1] - spanNs[0]))}`;
  const facts = [
    `${format} (${printable(formatDetail)}), clock ${clock}`,
    `${formatCount(lines)} ${lines === 1 ? 'entry' : 'entries'}${span}`,
    ...(unparsed > 0 ? [`${formatCount(unparsed)} not understood; info says where`] : []),
  ];
  const known = levels.filter(({ level }) => level !== 'unknown');
  return [
    section(printable(name), facts),
    section('By severity', known.length === 0 ? [] : counts(levels.map((each) => [each.level, each.lines]))),
    section('By tag', [
      ...counts(tags.slice(0, TAGS_MAX).map((each) => [each.tag, each.lines])),
      ...more(tags.length - TAGS_MAX),
    ]),
    section('Log probes', counts(probes.map((each) => [each.name, each.events]))),
    section('Templates, as patterns of log probes', templateLines(log)),
  ];
}

function templateLines({ templates = [], otherLines }: LogInfo): string[] {
  return [
    ...counts(templates.slice(0, TEMPLATES_MAX).map((each) => [each.pattern, each.lines])),
    ...more(templates.length - TEMPLATES_MAX),
    ...(otherLines > 0 ? [`${formatCount(otherLines)} lines are of none of them: there are too many`] : []),
  ];
}

function counts(rows: readonly (readonly [name: string, count: number])[]): string[] {
  return table(
    rows.map(([name, count]) => [formatCount(count), name]),
    [0],
  );
}

function more(count: number): string[] {
  return count > 0 ? [`and ${formatCount(count)} more; --json has all`] : [];
}

export function toLogsJson({ bundle, logs }: LogsAnswer): unknown {
  return {
    bundle,
    sources: logs.map(({ spanNs, ...log }) => ({
      ...log,
      span: spanNs === undefined ? null : spanNs.map(toJsonTime),
    })),
  };
}
