/** One struct tcp_congestion_ops: its members called on modelled senders, at the time of what calls them. */
import type { Address, LinearMemory } from '../../bpf/vm/memory.ts';
import type { Call } from '../hooks/hook.ts';

const ARGUMENT_BYTES = 8;
const ARGUMENTS_MAX = 12;
const ACK_SAMPLE_BYTES = 16;

export interface AckSample {
  readonly packetsAcked: number;
  /** -1 where the acknowledgement measured none. */
  readonly rttUs: number;
  readonly inFlightBytes: number;
}

export class Algorithm {
  readonly name: string;
  readonly #calls = new Map<string, Call>();
  readonly #memory: LinearMemory;
  readonly #context: Address;
  readonly #sample: Address;
  readonly #at: (timeNs: bigint, run: () => void) => void;

  constructor(name: string, memory: LinearMemory, at: (timeNs: bigint, run: () => void) => void) {
    this.name = name;
    this.#memory = memory;
    this.#at = at;
    this.#context = memory.allocate(ARGUMENT_BYTES * ARGUMENTS_MAX, ARGUMENT_BYTES);
    this.#sample = memory.allocate(ACK_SAMPLE_BYTES, ARGUMENT_BYTES);
  }

  /** `call` runs the program that stands for the member. */
  use(member: string, call: Call): void {
    this.#calls.set(member, call);
  }

  has(member: string): boolean {
    return this.#calls.has(member);
  }

  /** What the member's program returned; undefined where there is none, or it failed. */
  call(timeNs: bigint, member: string, ...parameters: readonly number[]): bigint | undefined {
    const call = this.#calls.get(member);
    if (call === undefined) return undefined;
    const { view } = this.#memory;
    parameters.forEach((value, index) =>
      view.setBigUint64(this.#context + ARGUMENT_BYTES * index, BigInt.asUintN(64, BigInt(value)), true),
    );
    let returned: bigint | undefined;
    this.#at(timeNs, () => {
      returned = call(this.#context);
    });
    return returned;
  }

  /** pkts_acked(). */
  packetsAcked(timeNs: bigint, socket: Address, { packetsAcked, rttUs, inFlightBytes }: AckSample): void {
    if (!this.has('pkts_acked')) return;
    const { view } = this.#memory;
    view.setUint32(this.#sample, packetsAcked, true);
    view.setInt32(this.#sample + 4, rttUs, true);
    view.setUint32(this.#sample + 8, inFlightBytes, true);
    this.call(timeNs, 'pkts_acked', socket, this.#sample);
  }
}
