/** What programs answered of packets, and which flows they found, as a report tells it in any form. */
import type { PacketTotals, RunResult } from '../host/contract.ts';
import { formatCount } from './format.ts';

/** As many as are read; `--json` has them all. */
const FLOWS_MAX = 20;

export interface PacketReport {
  readonly program: string;
  /** What the program is asked about. */
  readonly unit: 'packets' | NonNullable<PacketTotals['unit']>;
  /** Most first. */
  readonly verdicts: readonly (readonly [name: string, count: string])[];
  readonly truncated: number;
  readonly passedBy: number;
  /** Of a flow dissector. */
  readonly flows:
    | { readonly rows: readonly (readonly [keys: string, count: string])[]; readonly packetsCut: number }
    | undefined;
}

/** Of each program that sees packets. */
export function packetReports({ attached }: RunResult): PacketReport[] {
  return attached.flatMap(({ program, packets }) => {
    if (packets === undefined) return [];
    const { unit = 'packets', truncated, passedBy } = packets;
    const verdicts = Object.entries(packets.verdicts)
      .sort((a, b) => b[1] - a[1])
      .map(([name, count]) => [name, formatCount(count)] as const);
    return [{ program, unit, verdicts, truncated, passedBy, flows: flowsOf(packets) }];
  });
}

function flowsOf({ flows }: PacketTotals): PacketReport['flows'] {
  if (flows === undefined) return undefined;
  const rest = flows.rows.slice(FLOWS_MAX).reduce((sum, { packets }) => sum + packets, 0);
  const rows = flows.rows
    .slice(0, FLOWS_MAX)
    .map(({ keys, packets }) => [keys, formatCount(packets)] as const);
  return { rows, packetsCut: flows.packetsCut + rest };
}
