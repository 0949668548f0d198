/** The whole terminal output of `retroprobe run` and `retroprobe info`: plain text, no colour, 100 columns. */
import type { BundleInfo, LedgerCounts, MapResult, RunResult, SourceInfo } from '../host/contract.ts';
import {
  formatBytes,
  formatCount,
  formatDurationNs,
  formatMoment,
  formatSeconds,
  formatValue,
  printable,
} from './format.ts';
import { lossesOf } from './ledger.ts';
import { faultKind, messagesOf, phrase } from './messages.ts';
import { packetReports } from './packets.ts';
import { flowBlocks } from './flow-lines.ts';
import { stackLines } from './stack-lines.ts';
import { symbolLines } from './symbol-lines.ts';
import { textHistogram } from './text-histogram.ts';
import { clip, COLUMNS, page, section, table } from './text-page.ts';

const GROUPS_MAX = 10;
const ROWS_MAX = 20;
const OUTPUTS_MAX = 10;
const STACKS_MAX = 5;
const TYPES_MAX = 15;
const MEMBERS_MAX = 30;
const NAMES_MAX = 8;
const PATH_COLUMNS = 90;
const CONTEXT_COLUMNS = 40;
const FACT_COLUMNS = 8;
const TEXT_LINES_MAX = 200;
const HEX_COLUMNS = 64;
const HEX_LINE = new RegExp(`.{1,${HEX_COLUMNS}}`, 'g');
/** Hooks that no event calls. */
const NO_EVENTS = /^(begin|end|every:.*|iter:.*)$/;
const words = messagesOf('en');

function inPlaceOfBlock({ inPlaceOf }: RunResult): string[][] {
  if (inPlaceOf === undefined) return [];
  return [
    section(
      'Not attached: the tool takes either these or those above',
      inPlaceOf.map((program) => printable(program)),
    ),
  ];
}

/** What `run` prints; ends with a newline. */
export function renderRun(run: RunResult): string {
  return page([
    [`${printable(run.object.name)} on ${printable(run.bundle.name)}`],
    section(
      'Attached',
      table(
        run.attached.map((each) => [each.program, each.hook, eventsText(each), originOf(each, run)]),
        [2],
      ),
    ),
    ...inPlaceOfBlock(run),
    ...toolBlocks(run),
    ...packetBlocks(run),
    ...run.attached.flatMap(textBlock),
    ...flowBlocks(run),
    ...histogramBlocks(run),
    ...(run.tool === undefined ? run.maps : [])
      .filter(({ name }) => !run.histograms.some(({ map }) => map === name))
      .map(mapBlock),
    run.tool === undefined ? outputBlock(run) : [],
    section('Faults', faultLines(run)),
    section(
      'Not in the recording',
      run.missing.map(({ what, count }) => `${printable(what)}: asked for ${times(count)}`),
    ),
    section('Stacks without names', symbolLines(run.symbols)),
    section(
      "Left out: nothing relates their clocks to the others'; --clock SOURCE=+SECONDS puts them in",
      table(
        (run.leftOut ?? []).map(({ name, clock, events }) => [
          name,
          `${formatCount(events)} events`,
          `clock ${clock}`,
        ]),
        [1],
      ),
    ),
    section('Ledger', ledgerLines(run.ledger)),
  ]);
}

/** Of each program that sees packets: its answers, most first, and what it was not called for. */
function packetBlocks(run: RunResult): string[][] {
  return packetReports(run).flatMap(({ program, unit, verdicts, truncated, passedBy, flows }) => [
    section(phrase(words[`answered:${unit}`], { program: printable(program) }), [
      ...table(verdicts, [1]),
      ...sentence(words.truncated, truncated),
      ...sentence(words.passedBy, passedBy),
    ]),
    ...(flows === undefined
      ? []
      : [
          section(phrase(words.flows, { program: printable(program) }), [
            ...table(
              flows.rows.map(([keys, count]) => [count, keys]),
              [0],
            ),
            ...sentence(words.flowsMore, flows.packetsCut),
          ]),
        ]),
  ]);
}

/** None where there is nothing to count. */
function sentence(text: string, count: number): string[] {
  return count > 0 ? [phrase(text, { count: formatCount(count) })] : [];
}

/** What `info` prints; ends with a newline. */
export function renderInfo(bundle: BundleInfo): string {
  const { caseFile } = bundle;
  const facts: string[][] =
    caseFile === undefined
      ? []
      : (['what', 'where', 'kernel', 'how'] as const)
          .filter((key) => caseFile[key] !== '')
          .map((key) => [key, caseFile[key]]);
  return page([
    [`${printable(bundle.name)}  ${formatBytes(bundle.sizeBytes)}`, `SHA-256 ${bundle.sha256}`],
    caseFile === undefined ? [] : section(printable(caseFile.title), facts.flatMap(wrapFact)),
    ...(bundle.sources.length === 0
      ? [['No recording in it that can be read.']]
      : bundle.sources.map((source) => sourceBlock(source, bundle))),
    section('Beside the recordings', contextLines(bundle)),
    section('Not read', unreadLines(bundle)),
  ]);
}

function contextLines({ context }: BundleInfo): string[] {
  const shown = context.slice(0, MEMBERS_MAX);
  const rest = context.length - shown.length;
  return [
    ...table(shown.map(({ name, kind, detail }) => [shortPath(name, CONTEXT_COLUMNS), `${kind}: ${detail}`])),
    ...(rest > 0 ? [`and ${formatCount(rest)} more; --json has all`] : []),
  ];
}

/** Members that share a reason stand together: a bug report has a hundred texts that nobody reads. */
function unreadLines({ unread }: BundleInfo): string[] {
  const byReason = new Map<string, string[]>();
  for (const { name, reason } of unread) {
    const names = byReason.get(reason);
    if (names === undefined) byReason.set(reason, [name]);
    else names.push(name);
  }
  return [...byReason].flatMap(([reason, names]) => {
    if (names.length === 1) return [`${printable(names[0] ?? '')}: ${printable(reason)}`];
    const shown = names.slice(0, NAMES_MAX);
    const rest = names.length - shown.length;
    return [
      `${formatCount(names.length)} files: ${printable(reason)}`,
      ...shown.map((name) => `  ${shortPath(name, PATH_COLUMNS)}`),
      ...(rest > 0 ? [`  and ${formatCount(rest)} more; --json has all`] : []),
    ];
  });
}

/** The end of a long path says more than its start. */
function shortPath(path: string, columns: number): string {
  const text = printable(path);
  return text.length <= columns ? text : `…${text.slice(1 - columns)}`;
}

/** `what    text`, the text wrapped at words into its own column. */
function wrapFact([name = '', text = '']: readonly string[]): string[] {
  const lines = [''];
  for (const word of printable(text.replace(/\s+/g, ' ').trim()).split(' ')) {
    const last = lines[lines.length - 1] ?? '';
    if (last !== '' && last.length + 1 + word.length > COLUMNS - FACT_COLUMNS - 2) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.map((line, index) => `${(index === 0 ? name : '').padEnd(FACT_COLUMNS)}${line}`);
}

function sourceBlock(source: SourceInfo, bundle: BundleInfo): string[] {
  const events = source.types
    .slice(0, TYPES_MAX)
    .map(({ name, events }) => [`  ${name}`, formatCount(events)]);
  const rest = source.types.length - events.length;
  const [from, to] = source.spanNs ?? [undefined, undefined];
  const span = from === undefined ? 'no events' : `${formatSeconds(to - from)}, from ${formatSeconds(from)}`;
  const facts = [
    ['format', `${source.format} ${source.formatDetail}`.trim()],
    [
      'kernel',
      [source.kernelRelease, source.machine].filter((part) => part !== undefined).join(' ') || 'not recorded',
    ],
    ...(source.cpuCount === 0 ? [] : [['CPUs', String(source.cpuCount)]]),
    ['clock', clockText(source, bundle)],
    ...placementLines(source, bundle),
    ['span', span],
  ];
  return section(printable(source.name), [
    ...table(facts),
    ...ledgerLines(source.ledger),
    'event types',
    ...table(events, [1]),
    ...(rest > 0 ? [`  and ${formatCount(rest)} more types`] : []),
  ]);
}

/** With one source alone there is nothing to be on one clock with. */
function clockText({ clock, placement }: SourceInfo, bundle: BundleInfo): string {
  if (bundle.sources.length === 1 && placement?.offsetNs === 0n) return clock;
  if (placement === undefined)
    return `${clock}  ! unsynchronised: ${unrelatedText(bundle)}; --clock SOURCE=+SECONDS sets it`;
  if (placement.origins.length === 0) return clock;
  const { offsetNs, spreadNs } = placement;
  const sign = offsetNs < 0n ? '' : '+';
  const spread = spreadNs === 0n ? '' : `, drifting by up to ${formatDurationNs(Number(spreadNs))}`;
  return `${clock}, ${sign}${formatSeconds(offsetNs)} to be on ${bundle.clock}${spread}`;
}

function unrelatedText({ clock }: BundleInfo): string {
  return clock === 'unknown' ? "nothing relates it to the trace's" : `nothing relates it to ${clock}`;
}

function placementLines({ placement }: SourceInfo, bundle: BundleInfo): string[][] {
  if (bundle.sources.length === 1 && placement?.offsetNs === 0n) return [];
  return (placement?.origins ?? []).map((origin) => ['', `by ${printable(origin)}`]);
}

/** The tool's own lines, as wide as they are. */
function toolBlocks({ tool }: RunResult): string[][] {
  if (tool === undefined) return [];
  const first = tool.lines.findIndex((line) => line !== '');
  return [
    section(
      'Not attached: the recording does not describe their events',
      tool.withoutEvent.map((program) => program),
    ),
    first < 0 ? [`${tool.name} prints nothing: it counted nothing`] : tool.lines.slice(first).map(printable),
  ];
}

function histogramBlocks(run: RunResult): string[][] {
  return run.histograms.flatMap((view) => {
    const shown = view.groups.slice(0, GROUPS_MAX);
    const blocks = shown.map((group) => [
      clip(
        `${printable(view.title.en)} (${view.unit}), ${printable(group.label)}: ${formatCount(group.total)} samples`,
      ),
      ...textHistogram(group.slots),
    ]);
    const rest = view.groups.slice(GROUPS_MAX);
    const samples = rest.reduce((sum, { total }) => sum + total, 0);
    if (rest.length > 0)
      blocks.push([`and ${formatCount(rest.length)} smaller groups with ${formatCount(samples)} samples`]);
    if (view.groups.length === 0) blocks.push([`${printable(view.title.en)}: no samples`]);
    return blocks;
  });
}

function mapBlock(map: MapResult): string[] {
  const all = map.rows.length + map.rowsCut;
  const title = `Map ${printable(map.name)} (${map.type}, ${formatCount(all)} rows)`;
  if (map.type === 'stack_trace') return section(title, stackLines(map, STACKS_MAX, words), true);
  const rows = map.rows
    .slice(0, ROWS_MAX)
    .map(({ key, value }) => `${formatValue(key)}: ${formatValue(value)}`);
  const rest = all - rows.length;
  return section(title, [...rows, ...(rest > 0 ? [`and ${formatCount(rest)} more rows`] : [])], true);
}

function outputBlock(run: RunResult): string[] {
  const all = run.outputs.length + run.outputsCut;
  const shown = run.outputs.slice(0, OUTPUTS_MAX);
  const lines = table(
    shown.map((each) => [
      formatMoment(each.timeNs, run),
      each.type === undefined ? each.stream : `${each.stream}, struct ${each.type}`,
      formatValue(each.value),
    ]),
  );
  const rest = all - shown.length;
  return section(`Outputs (${formatCount(all)})`, [
    ...lines,
    ...(rest > 0 ? [`and ${formatCount(rest)} more`] : []),
  ]);
}

/** Which object a program is of, where there is more than one, and since when. */
function originOf({ object, fromNs }: RunResult['attached'][number], run: RunResult): string {
  const isOther = object !== undefined && run.attached.some((each) => each.object !== object);
  const since = fromNs === undefined ? '' : `from ${formatMoment(fromNs, run)}`;
  return [isOther ? printable(object) : '', since].filter((part) => part !== '').join(' ');
}

/** What reading an iterator gives, as it is. */
function textBlock({ program, text: read }: RunResult['attached'][number]): string[][] {
  if (read === undefined) return [];
  const { objects, text, isText, bytesCut, error } = read;
  const all = isText ? text.replace(/\n$/, '').split('\n') : (text.match(HEX_LINE) ?? []);
  const lines = all.slice(0, TEXT_LINES_MAX).map((line) => printable(line));
  const rest = all.length - lines.length;
  const more = rest > 0 || bytesCut > 0 ? `and ${formatCount(rest)} more lines` : '';
  return [
    section(`Text of ${program}, shown ${formatCount(objects)} ${objects === 1 ? 'object' : 'objects'}`, [
      ...(text === '' ? [] : lines),
      ...(more === ''
        ? []
        : [bytesCut > 0 ? `${more}, and ${formatCount(bytesCut)} bytes that were not kept` : more]),
      ...(error === undefined ? [] : [`! reading ended early: ${error}`]),
    ]),
  ];
}

function faultLines(run: RunResult): string[] {
  return run.faults.map((fault) => {
    const { program, count, firstEvent } = fault;
    const first = firstEvent === undefined ? '' : `, first at event ${formatCount(firstEvent)}`;
    return `${printable(program)}: ${printable(faultKind(words, fault))}, ${formatCount(count)}${first}`;
  });
}

function ledgerLines(ledger: LedgerCounts): string[] {
  const losses = lossesOf(ledger);
  const read = `${formatCount(ledger.read)} events read`;
  const prior =
    ledger.priorState > 0 ? [phrase(words.priorState, { count: formatCount(ledger.priorState) })] : [];
  if (losses.length === 0) return [`${read}; nothing was lost`, ...prior];
  return [
    read,
    ...prior,
    ...losses.map(({ kind, count }) => `! ${formatCount(count)} ${words[kind]}`),
    ...ledger.places.map(({ file, at, reason }) => `    ${printable(file)}: ${at}: ${printable(reason)}`),
  ];
}

function times(count: number): string {
  return count === 1 ? 'once' : `${formatCount(count)} times`;
}

/** No event is worth a word: the program did nothing, and its numbers lack what it would have counted. */
function eventsText({ events, hook }: RunResult['attached'][number]): string {
  const noun = NO_EVENTS.test(hook) ? 'call' : 'event';
  if (events === 0) return `! no ${noun === 'call' ? 'call' : 'event recorded'}`;
  return `${formatCount(events)} ${events === 1 ? noun : `${noun}s`}`;
}
