/**
 * The report as one HTML file: nothing is fetched and no script is needed, so it can be mailed,
 * archived and printed. Same input, same bytes: no clock, no random ids.
 */
import type {
  BundleInfo,
  Heatmap,
  HistogramGroup,
  HistogramView,
  LedgerCounts,
  OutputRecord,
  RunResult,
} from '../host/contract.ts';
import { groupOfLargest, mergeSlots, quantileSlot, slotFrom, slotTo, sumOf, usedSlots } from './buckets.ts';
import { heatLegend, heatmapChart, histogramChart, slotName } from './charts.ts';
import { escapeHtml as text } from './escape.ts';
import {
  fieldsOf,
  formatBound,
  formatCount,
  formatMoment,
  formatNested,
  formatSeconds,
  shellWord,
} from './format.ts';
import { lossesOf } from './ledger.ts';
import { faultKind, messagesOf, phrase, type Locale, type Messages } from './messages.ts';
import { packetReports } from './packets.ts';
import { stackLines } from './stack-lines.ts';
import { unnamedSentences } from './symbol-lines.ts';
import { REPORT_STYLE } from './style.ts';

const GROUPS_MAX = 50;
const OUTPUTS_MAX = 50;
const FLOWS_MAX = 50;
const STACKS_MAX = 50;
const TEXT_CHARACTERS_MAX = 100_000;

export interface HtmlReportInput {
  readonly bundle: BundleInfo;
  readonly run: RunResult;
  readonly heatmaps: readonly Heatmap[];
  readonly versions: Readonly<Record<string, string>>;
  readonly locale: Locale;
  /** The words of the command line that gives this report again. */
  readonly command: readonly string[];
}

export function renderHtmlReport(input: HtmlReportInput): string {
  const { bundle, run, locale } = input;
  const words = messagesOf(locale);
  const title = text(bundle.caseFile?.title || bundle.name);
  const body = [
    `<header><p class="kind">${text(words.report)}</p><h1>${title}</h1>${caseFacts(bundle, words)}</header>`,
    ...(hasFinding(run) ? [] : [`<p class="finding">${text(words.noFinding)}</p>`]),
    toolPart(run, words),
    ...run.histograms.map((view, index) => viewPart(view, index, input, words)),
    packetPart(run, words),
    flowsPart(run, words),
    outputsPart(run, words),
    ...run.attached.map((program) => iteratorPart(program, words)),
    ...run.maps.map((map) => stacksPart(map, words)),
    attachedPart(run, words),
    ledgerPart(run.ledger, words),
    listPart(
      words.faults,
      run.faults.map((fault) => faultSentence(fault, words)),
    ),
    listPart(
      words.missing,
      run.missing.map(({ what, count }) => phrase(words.missingItem, { what, count: formatCount(count) })),
    ),
    listPart(words.unnamed, unnamedSentences(run.symbols, words)),
    listPart(
      words.notRead,
      bundle.unread.map(({ name, reason }) => `${name}: ${reason}`),
    ),
    provenancePart(input, words),
  ];
  return `<!doctype html>
<html lang="${locale === 'zh' ? 'zh-CN' : 'en'}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
${body.filter((part) => part !== '').join('\n')}
</body>
</html>
`;
}

/** Whether there is more than an account of what ran. */
function hasFinding(run: RunResult): boolean {
  const { histograms, tool, flows } = run;
  const isPrinted = tool?.lines.some((line) => line !== '') ?? false;
  return (
    histograms.length > 0 || isPrinted || (flows?.series.length ?? 0) > 0 || packetReports(run).length > 0
  );
}

function caseFacts({ caseFile }: BundleInfo, words: Messages): string {
  if (caseFile === undefined) return '';
  const keys = (['what', 'where', 'kernel', 'how'] as const).filter((key) => caseFile[key] !== '');
  return facts(keys.map((key) => [words[key], text(caseFile[key])]));
}

function viewPart(view: HistogramView, index: number, input: HtmlReportInput, words: Messages): string {
  const title = view.title[input.locale];
  const heatmap = input.heatmaps.find(
    ({ viewId, groupId }) => viewId === view.viewId && groupId === undefined,
  );
  const bars = histogramChart(`bars${index}`, `${title}: ${words.distribution}`, view);
  const heat =
    heatmap && heatmapChart(`heat${index}`, `${title}: ${words.overTime}`, heatmap, view.unit, words);
  return [
    `<p class="finding">${text(findingOf(view, input.locale))}</p>`,
    bars === undefined ? '' : `<h2>${text(title)}: ${text(words.distribution)}</h2><figure>${bars}</figure>`,
    heat === undefined
      ? ''
      : `<h2>${text(title)}: ${text(words.overTime)}</h2><figure>${heat}${heatLegend(words)}</figure>`,
    groupTable(view, input.locale, words),
  ].join('\n');
}

/** The view in one sentence, made of its counts alone. */
export function findingOf(view: HistogramView, locale: Locale): string {
  const words = messagesOf(locale);
  const slots = mergeSlots(view.groups);
  const group = groupOfLargest(view.groups);
  const last = usedSlots(slots)?.last;
  if (group === undefined || last === undefined) return words.noFinding;
  return phrase(words.finding, {
    count: formatCount(sumOf(slots)),
    title: view.title[locale],
    half: quantileBound(slots, 0.5, view.unit),
    most: quantileBound(slots, 0.99, view.unit),
    from: formatBound(slotFrom(last), view.unit),
    longest: formatCount(slots[last] ?? 0),
    group: group.label,
    own: formatCount(group.slots[last] ?? 0),
  });
}

function quantileBound(slots: Float64Array, part: number, unit: string): string {
  const slot = quantileSlot(slots, part);
  return slot === undefined ? '–' : formatBound(slotTo(slot), unit);
}

function groupTable(view: HistogramView, locale: Locale, words: Messages): string {
  const shown = view.groups.slice(0, GROUPS_MAX);
  if (shown.length === 0) return '';
  const rest = view.groups.slice(GROUPS_MAX);
  const samples = rest.reduce((sum, { total }) => sum + total, 0);
  const more = { count: formatCount(rest.length), samples: formatCount(samples) };
  const heads = [words.group, words.samples, words.p50, words.p90, words.p99, words.largest];
  return `<h2>${text(phrase(words.byGroup, { noun: view.groupNoun[locale] }))}</h2>
${table(
  heads,
  shown.map((group) => groupRow(group, view.unit)),
  [1, 2, 3, 4, 5],
)}
<p class="note">${rest.length > 0 ? `${text(phrase(words.moreRows, more))} ` : ''}${text(words.shareNote)}</p>`;
}

function groupRow({ label, total, slots }: HistogramGroup, unit: string): string[] {
  const last = usedSlots(slots)?.last;
  const quantiles = [0.5, 0.9, 0.99].map((part) => quantileBound(slots, part, unit));
  return [label, formatCount(total), ...quantiles, last === undefined ? '–' : slotName(last, unit)];
}

function outputsPart(run: RunResult, words: Messages): string {
  const shown = run.outputs.slice(0, OUTPUTS_MAX);
  if (shown.length === 0 && run.outputsCut === 0) return '';
  const names = [...new Set(shown.flatMap(({ value }) => fieldsOf(value).map(([name]) => name)))];
  const rows = shown.map((each) => outputRow(each, names, run));
  const numeric = names.flatMap((name, column) =>
    rows.every((row) => /^-?[\d,.]*$/.test(row[column + 2] ?? '')) && name ? [column + 2] : [],
  );
  const rest = run.outputs.length - shown.length + run.outputsCut;
  const note =
    rest > 0 ? `<p class="note">${text(phrase(words.outputsMore, { count: formatCount(rest) }))}</p>` : '';
  return `<h2>${text(words.outputs)}</h2>\n${table([words.time, words.stream, ...names], rows, [0, ...numeric])}\n${note}`;
}

function outputRow(output: OutputRecord, names: readonly string[], run: RunResult): string[] {
  const fields = new Map(fieldsOf(output.value));
  const cells = names.map((name) => {
    const value = fields.get(name);
    return value === undefined ? '' : formatNested(value);
  });
  return [formatMoment(output.timeNs, run), output.stream, ...cells];
}

/** Of each program that sees packets: what it answered, and which flows it found. */
/** Of many lines, tabs in them as they are. */
function lined(lines: string): string {
  return lines.replaceAll(/[^\n\t]+/g, text);
}

/** The tool's own lines. */
function toolPart({ tool }: RunResult, words: Messages): string {
  if (tool === undefined || tool.lines.every((line) => line === '')) return '';
  const lines = tool.lines.join('\n').replace(/^\n+/, '').slice(0, TEXT_CHARACTERS_MAX);
  const heading = `<h2>${text(phrase(words.tool, { tool: tool.name }))}</h2>`;
  if (tool.withoutEvent.length === 0) return `${heading}\n<pre>${lined(lines)}</pre>`;
  const note = phrase(words.toolWithoutEvent, { programs: tool.withoutEvent.join(', ') });
  return `${heading}\n<pre>${lined(lines)}</pre>\n<p class="note">${text(note)}</p>`;
}

/** What congestion controls chose, in segments. */
function flowsPart({ flows }: RunResult, words: Messages): string {
  if (flows === undefined || flows.series.length === 0) return '';
  const shown = [...flows.series].sort((a, b) => b.acks - a.acks).slice(0, FLOWS_MAX);
  const rows = shown.map(({ algorithm, flow, acks, recoveries, timeouts, chosen, recorded }) => [
    algorithm,
    flow,
    ...[acks, recoveries, timeouts].map(formatCount),
    ...[chosen, recorded].map((window) =>
      window === undefined ? '–' : `${window.min} / ${window.median} / ${window.max}`,
    ),
  ]);
  const { algorithm, flow, acks, recoveries, timeouts, chosenWindow, recordedWindow } = words;
  const heads = [algorithm, flow, acks, recoveries, timeouts, chosenWindow, recordedWindow];
  const rest = flows.series.length - shown.length + flows.flowsCut;
  const note =
    rest === 0 ? '' : `\n<p class="note">${text(phrase(words.moreFlows, { count: formatCount(rest) }))}</p>`;
  return `<h2>${text(words.windows)}</h2>\n${table(heads, rows, [2, 3, 4, 5, 6])}${note}`;
}

function packetPart(run: RunResult, words: Messages): string {
  const note = (sentence: string, count: number): string =>
    count > 0 ? `<p class="note">${text(phrase(sentence, { count: formatCount(count) }))}</p>` : '';
  const parts = packetReports(run).flatMap(({ program, unit, verdicts, truncated, passedBy, flows }) => [
    `<h2>${text(phrase(words[`answered:${unit}`], { program }))}</h2>`,
    table([words.verdict, words.counted], verdicts, [1]),
    note(words.truncated, truncated),
    note(words.passedBy, passedBy),
    ...(flows === undefined
      ? []
      : [
          `<h2>${text(phrase(words.flows, { program }))}</h2>`,
          table([words.flow, words.packetCount], flows.rows, [1]),
          note(words.flowsMore, flows.packetsCut),
        ]),
  ]);
  return parts.filter((part) => part !== '').join('\n');
}

function attachedPart(run: RunResult, words: Messages): string {
  const rows = run.attached.map(({ program, hook, events }) => [
    program,
    hook,
    events === 0 ? words.noEvents : formatCount(events),
  ]);
  const note =
    run.inPlaceOf === undefined
      ? ''
      : `\n<p class="note">${text(phrase(words.inPlaceOf, { programs: run.inPlaceOf.join(', ') }))}</p>`;
  return `<h2>${text(words.attached)}</h2>\n${table([words.program, words.hook, words.events], rows, [2])}${note}`;
}

function ledgerPart(ledger: LedgerCounts, words: Messages): string {
  const prior =
    ledger.priorState > 0 ? ` ${phrase(words.priorState, { count: formatCount(ledger.priorState) })}.` : '';
  const read = text(phrase(words.read, { count: formatCount(ledger.read) }) + prior);
  const losses = lossesOf(ledger);
  if (losses.length === 0) return `<h2>${text(words.ledger)}</h2>\n<p>${read} ${text(words.nothingLost)}</p>`;
  const items = losses.map(({ kind, count }) => `<li><b>${formatCount(count)}</b> ${text(words[kind])}</li>`);
  const places = ledger.places.map(({ file, at, reason }) => `<li>${text(`${file}: ${at}: ${reason}`)}</li>`);
  return `<h2>${text(words.ledger)}</h2>
<p>${read}</p><div class="loss"><p>${text(words.lossesNote)}</p><ul>${items.join('')}</ul>${places.length > 0 ? `<ul class="note">${places.join('')}</ul>` : ''}</div>`;
}

/** What reading an iterator gives, as it is. */
function stacksPart(map: RunResult['maps'][number], words: Messages): string {
  if (map.type !== 'stack_trace' || map.rows.length === 0) return '';
  const lines = stackLines(map, STACKS_MAX, words).join('\n');
  return `<h2>${text(phrase(words.stacks, { map: map.name }))}</h2>\n<pre>${lined(lines)}</pre>`;
}

function iteratorPart({ program, text: read }: RunResult['attached'][number], words: Messages): string {
  if (read === undefined) return '';
  const shown = read.text.slice(0, TEXT_CHARACTERS_MAX);
  const cut = read.text.length - shown.length + read.bytesCut;
  const notes = [
    phrase(words.iteratorObjects, { count: formatCount(read.objects) }),
    ...(read.isText ? [] : [words.iteratorBinary]),
    ...(cut > 0 ? [phrase(words.iteratorCut, { count: formatCount(cut) })] : []),
    ...(read.error === undefined ? [] : [phrase(words.iteratorError, { error: read.error })]),
  ];
  return `<h2>${text(phrase(words.iterator, { program }))}</h2>\n<pre>${lined(shown)}</pre>\n<p class="note">${text(notes.join(' '))}</p>`;
}

function faultSentence(fault: RunResult['faults'][number], words: Messages): string {
  const { program, count, firstEvent } = fault;
  const values = { program, kind: faultKind(words, fault), count: formatCount(count) };
  if (firstEvent === undefined) return phrase(words.fault, values);
  return phrase(words.faultFirst, { ...values, first: formatCount(firstEvent) });
}

function provenancePart({ bundle, run, versions, command }: HtmlReportInput, words: Messages): string {
  const named = (name: string, sha256: string): string =>
    `${text(name)}<br><code>SHA-256 ${text(sha256)}</code>`;
  const span = run.spanNs === undefined ? '–' : formatSeconds(run.spanNs[1] - run.spanNs[0]);
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `<h2>${text(words.provenance)}</h2>\n${facts([
    [words.bundle, named(bundle.name, bundle.sha256)],
    [words.object, named(run.object.name, run.object.sha256)],
    [words.program, text(run.programId)],
    [words.span, text(span)],
    [words.versions, text(list.join(', '))],
    [words.reproduce, `<code>${text(command.map(shellWord).join(' '))}</code>`],
  ])}`;
}

function listPart(title: string, sentences: readonly string[]): string {
  if (sentences.length === 0) return '';
  return `<h2>${text(title)}</h2>\n<ul>${sentences.map((sentence) => `<li>${text(sentence)}</li>`).join('')}</ul>`;
}

/** `rows`' second cells are HTML already. */
function facts(rows: readonly (readonly [string, string])[]): string {
  return `<dl>${rows.map(([name, html]) => `<dt>${text(name)}</dt><dd>${html}</dd>`).join('')}</dl>`;
}

function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  numeric: readonly number[],
): string {
  const kind = (column: number): string => (numeric.includes(column) ? ' class="n"' : '');
  const head = heads.map((name, column) => `<th${kind(column)}>${text(name)}</th>`).join('');
  const body = rows.map(
    (row) =>
      `<tr>${row.map((cell, column) => `<td${kind(column)}><bdi>${text(cell)}</bdi></td>`).join('')}</tr>`,
  );
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}
