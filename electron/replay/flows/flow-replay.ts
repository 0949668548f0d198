/** One flow's sender under every algorithm of an object, from its first data on. */
import type { StructFields } from '../../bpf/struct-fields.ts';
import type { LinearMemory } from '../../bpf/vm/memory.ts';
import type { Algorithm } from './algorithm.ts';
import { FlowRecorder, type FlowSeries, type PointsKept } from './flow-series.ts';
import { Sender, type Start } from './sender.ts';
import { SenderSocket } from './sender-socket.ts';

/** Flows that are followed; each has an object of the kernel of its own, and a series. */
const FLOWS_MAX = 256;

/** What all flows share. */
export class FlowReplay {
  readonly #memory: LinearMemory;
  readonly #fields: StructFields;
  readonly #algorithms: readonly Algorithm[];
  readonly #jiffies: Start['jiffies'];
  readonly missing: (what: string) => void;
  readonly #flows: FlowSenders[] = [];
  readonly #kept: PointsKept = { count: 0 };
  /** Flows beyond those that are followed. */
  flowsCut = 0;

  constructor(
    memory: LinearMemory,
    fields: StructFields,
    algorithms: readonly Algorithm[],
    jiffies: Start['jiffies'],
    missing: (what: string) => void,
  ) {
    this.#memory = memory;
    this.#fields = fields;
    this.#algorithms = algorithms;
    this.#jiffies = jiffies;
    this.missing = missing;
  }

  /** undefined where there are too many flows already, which is counted. */
  open(flow: string, from: FlowSeries['from'], start: Omit<Start, 'jiffies'>): FlowSenders | undefined {
    if (this.#flows.length >= FLOWS_MAX) {
      this.flowsCut += 1;
      return undefined;
    }
    const senders = this.#algorithms.map((algorithm) => {
      const socket = new SenderSocket(this.#memory, this.#fields);
      return new Sender(socket, algorithm, new FlowRecorder(this.#kept), {
        ...start,
        jiffies: this.#jiffies,
      });
    });
    const opened = { flow, from, senders };
    this.#flows.push(opened);
    return opened;
  }

  /** The recording ends: connections that are still open are closed. */
  end(timeNs: bigint): FlowSeries[] {
    return this.#flows.flatMap(({ flow, from, senders }) =>
      senders.map((sender) => {
        sender.release(timeNs);
        return sender.series(flow, from);
      }),
    );
  }
}

export interface FlowSenders {
  readonly flow: string;
  readonly from: FlowSeries['from'];
  readonly senders: readonly Sender[];
}
