/**
 * What the kernel's own Reno does, for programs that stand in for a congestion control and ask it:
 * net/ipv4/tcp_cong.c of Linux 6.18, on the modelled tcp_sock.
 */
import type { Btf } from '../object/btf.ts';
import { StructFields } from '../struct-fields.ts';
import type { HelperContext, HelperFunction } from './helper.ts';
import { u32 } from './call.ts';

const WORD = 2 ** 32;
/** tcp_init_sock(): no clamp. */
const CLAMP_NONE = WORD - 1;

const known = new WeakMap<Btf, StructFields>();

function fieldsOf({ kernelTypes }: Pick<HelperContext, 'kernelTypes'>): StructFields | undefined {
  const btf = kernelTypes();
  if (btf === undefined) return undefined;
  let fields = known.get(btf);
  if (fields === undefined) known.set(btf, (fields = new StructFields(btf, 'tcp_sock')));
  return fields;
}

/** One socket's windows, read and written by name. */
class Windows {
  readonly #context: HelperContext;
  readonly #fields: StructFields | undefined;
  readonly #socket: number;

  constructor(context: HelperContext, socket: bigint) {
    this.#context = context;
    this.#fields = fieldsOf(context);
    this.#socket = Number(socket);
  }

  get(path: string, absent = 0): number {
    return this.#fields?.get(this.#context.memory, this.#socket, path) ?? absent;
  }

  set(path: string, value: number): void {
    this.#fields?.set(this.#context.memory, this.#socket, path, value);
  }

  get clamp(): number {
    return this.get('snd_cwnd_clamp', CLAMP_NONE);
  }

  get isInSlowStart(): boolean {
    return this.get('snd_cwnd') < this.get('snd_ssthresh');
  }

  /** tcp_is_cwnd_limited(). */
  get isLimited(): boolean {
    if (this.get('is_cwnd_limited') !== 0) return true;
    return this.isInSlowStart && this.get('snd_cwnd') < 2 * this.get('max_packets_out');
  }

  /** tcp_slow_start(): what is left of `acked` once the threshold is reached. */
  slowStart(acked: number): number {
    const before = this.get('snd_cwnd');
    const after = Math.min((before + acked) % WORD, this.get('snd_ssthresh'));
    this.set('snd_cwnd', Math.min(after, this.clamp));
    return acked - (after - before);
  }

  /** tcp_cong_avoid_ai(): one more for each `every` that are acknowledged. */
  increase(every: number, acked: number): void {
    let window = this.get('snd_cwnd');
    let count = this.get('snd_cwnd_cnt');
    if (count >= every) {
      count = 0;
      window += 1;
    }
    count += acked;
    if (count >= every && every > 0) {
      window += Math.floor(count / every);
      count %= every;
    }
    this.set('snd_cwnd_cnt', count);
    this.set('snd_cwnd', Math.min(window, this.clamp));
  }
}

export const congestionFunctionRuns: Readonly<Record<string, HelperFunction>> = {
  tcp_reno_ssthresh: (context, socket) =>
    BigInt(Math.max(Math.floor(new Windows(context, socket).get('snd_cwnd') / 2), 2)),

  tcp_reno_undo_cwnd(context, socket) {
    const windows = new Windows(context, socket);
    return BigInt(Math.max(windows.get('snd_cwnd'), windows.get('prior_cwnd')));
  },

  tcp_reno_cong_avoid(context, socket, _ack, acked) {
    const windows = new Windows(context, socket);
    if (!windows.isLimited) return 0n;
    const left = windows.isInSlowStart ? windows.slowStart(u32(acked)) : u32(acked);
    if (left > 0) windows.increase(windows.get('snd_cwnd'), left);
    return 0n;
  },

  tcp_slow_start: (context, socket, acked) => BigInt(new Windows(context, socket).slowStart(u32(acked))),

  tcp_cong_avoid_ai(context, socket, every, acked) {
    new Windows(context, socket).increase(u32(every), u32(acked));
    return 0n;
  },
};
