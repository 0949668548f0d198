/** What congestion controls chose, as tables: a block for each, a line for each flow, most acknowledgements first. */
import type { FlowView, RunResult, WindowSummary } from '../host/contract.ts';
import { formatCount } from './format.ts';
import { section, table } from './text-page.ts';

const FLOWS_MAX = 20;
const HEAD = ['flow', 'ACKs', 'losses', 'timeouts', 'chosen', 'recorded'];
/** Columns of numbers. */
const RIGHT = [1, 2, 3, 4, 5];

export function flowBlocks({ flows }: RunResult): string[][] {
  if (flows === undefined) return [];
  const byAlgorithm = new Map<string, FlowView[]>();
  for (const each of flows.series) {
    const known = byAlgorithm.get(each.algorithm);
    if (known === undefined) byAlgorithm.set(each.algorithm, [each]);
    else known.push(each);
  }
  const cut = flows.flowsCut === 0 ? [] : [`${formatCount(flows.flowsCut)} more flows are not followed`];
  if (byAlgorithm.size === 0) return [['No flow that sends was recorded', ...cut]];
  return [...byAlgorithm].map(([algorithm, series]) =>
    section(`Windows that ${algorithm} chose (segments: least / median / most)`, [
      ...linesOf(series),
      ...cut,
    ]),
  );
}

function linesOf(series: readonly FlowView[]): string[] {
  const sorted = [...series].sort((a, b) => b.acks - a.acks);
  const shown = sorted.slice(0, FLOWS_MAX);
  const rest = sorted.length - shown.length;
  return [
    ...table(
      [
        HEAD,
        ...shown.map(({ flow, acks, recoveries, timeouts, chosen, recorded }) => [
          flow,
          formatCount(acks),
          formatCount(recoveries),
          formatCount(timeouts),
          windowText(chosen),
          windowText(recorded),
        ]),
      ],
      RIGHT,
    ),
    ...(rest > 0 ? [`and ${formatCount(rest)} more flows; --json has all`] : []),
  ];
}

function windowText(window: WindowSummary | undefined): string {
  return window === undefined ? 'not recorded' : `${window.min} / ${window.median} / ${window.max}`;
}
