/** What became of the packets of a capture, by program. */

export interface PacketCounts {
  /** What programs see in place of packets. */
  readonly unit?: 'calls' | 'connections' | 'messages';
  /** Packets that the program was called for. */
  seen: number;
  /** Of them, those that the capture cut. */
  truncated: number;
  /**
   * Packets that the kernel would not hand to the program: of another link layer, not IP, of the other direction,
   * of another route, or longer than a frame can be.
   */
  passedBy: number;
  /** By the name the kernel's headers give the answer: `XDP_DROP`. */
  readonly verdicts: Map<string, number>;
  /** Of a flow dissector. */
  readonly flows?: FlowCounts;
}

/** The keys that a flow dissector found, as packets had them. */
export interface FlowCounts {
  readonly keys: Map<string, number>;
  /** Packets of keys beyond those that are kept. */
  beyond: number;
}

export function newPacketCounts(): PacketCounts {
  return { seen: 0, truncated: 0, passedBy: 0, verdicts: new Map() };
}

export function countIn(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
