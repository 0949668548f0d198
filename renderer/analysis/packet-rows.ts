/** What a program answered of packets as rows: most first, those of the same count by name. */
import type { PacketTotals } from '../../electron/host/contract.ts';

export interface VerdictRow {
  /** As the kernel's headers call it: `XDP_DROP`. */
  readonly name: string;
  readonly packets: number;
  /** Of all answers, 0 to 1. */
  readonly share: number;
}

export interface FlowRows {
  readonly rows: readonly { readonly keys: string; readonly packets: number }[];
  /** Packets of other flows. */
  readonly packetsCut: number;
}

export function verdictRows({ verdicts }: PacketTotals): VerdictRow[] {
  const counted = Object.entries(verdicts);
  const all = counted.reduce((sum, [, packets]) => sum + packets, 0);
  return counted
    .map(([name, packets]) => ({ name, packets, share: packets / all }))
    .sort((a, b) => b.packets - a.packets || (a.name < b.name ? -1 : 1));
}

/** The first of a flow dissector's flows; undefined of other programs. */
export function flowRows({ flows }: PacketTotals, most: number): FlowRows | undefined {
  if (flows === undefined) return undefined;
  const rest = flows.rows.slice(most).reduce((sum, { packets }) => sum + packets, 0);
  return { rows: flows.rows.slice(0, most), packetsCut: flows.packetsCut + rest };
}
