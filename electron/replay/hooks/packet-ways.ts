/**
 * Where packets go on to that a program was asked about: by the interface they came by, by those it redirected them
 * to, or nowhere. What redirect helpers were asked for is an effect (bpf/helpers/packet/redirect.ts); of several, the
 * last holds, once the program answers that the packet is redirected. Clones go by themselves, whatever it answers.
 */
import type { Effect } from '../../bpf/helpers/effect.ts';
import type { ProgramType } from '../../bpf/program.ts';
import type { PacketInterface, PacketInterfaces } from './packet-interfaces.ts';
import { fateOf } from './packet-verdicts.ts';

/** RecordedPacket.direction. */
export const INBOUND = 1;
export const OUTBOUND = 2;

export interface PacketWay {
  readonly on: PacketInterface;
  /** 0 where the capture does not tell. */
  readonly direction: number;
}

/** BPF_F_INGRESS, BPF_F_BROADCAST and BPF_F_EXCLUDE_INGRESS. */
const INGRESS = 1;
const BROADCAST = 8;
const EXCLUDE_INGRESS = 16;

/** Takes the effects of one call after another. */
export class PacketWays {
  readonly #type: ProgramType;
  readonly #interfaces: PacketInterfaces;
  #redirect: Effect | undefined;
  #clones: Effect[] = [];

  constructor(type: ProgramType, interfaces: PacketInterfaces) {
    this.#type = type;
    this.#interfaces = interfaces;
  }

  begin(): void {
    this.#redirect = undefined;
    this.#clones = [];
  }

  readonly take = (effect: Effect): void => {
    if (effect.kind === 'clone_redirect') this.#clones.push(effect);
    else if (effect.kind.startsWith('redirect')) this.#redirect = effect;
  };

  /** Copies that were sent, in their order, each from its link header on. */
  clones(): readonly { readonly way: PacketWay; readonly bytes: Uint8Array }[] {
    return this.#clones.flatMap(({ facts: { ifindex, flags, packet } }) =>
      packet instanceof Uint8Array ? [{ way: this.#to(Number(ifindex), Number(flags)), bytes: packet }] : [],
    );
  }

  /** Of the packet itself, that came by `came`; none where it ends here. */
  ways(answer: number, came: PacketWay): readonly PacketWay[] {
    switch (fateOf(this.#type, answer)) {
      case 'dropped':
        return [];
      case 'sent back':
        return [{ on: came.on, direction: OUTBOUND }];
      case 'redirected':
        return this.#redirected(came);
      case 'goes on':
        return [came];
    }
  }

  #redirected(came: PacketWay): readonly PacketWay[] {
    // Without a call before it the kernel finds no device, and drops.
    if (this.#redirect === undefined) return [];
    const { ifindex, target, targets, flags = 0, type } = this.#redirect.facts;
    // To another CPU, or a socket that takes packets: they do not leave by a device.
    if (type === 'cpumap' || type === 'xskmap') return [came];
    if ((Number(flags) & BROADCAST) !== 0 && typeof targets === 'string') {
      const isExcluded = (index: number): boolean =>
        (Number(flags) & EXCLUDE_INGRESS) !== 0 && index === came.on.index;
      const indexes = targets.split(' ').map(Number);
      return indexes.filter((index) => index !== 0 && !isExcluded(index)).map((index) => this.#to(index, 0));
    }
    const index = Number(ifindex ?? target ?? 0);
    if (index === 0) return [];
    // The device's peer, in a namespace of its own, has no number here.
    if (this.#redirect.kind === 'redirect_peer')
      return [
        { on: { index: 0, name: `peer of ${this.#interfaces.numbered(index).name}` }, direction: INBOUND },
      ];
    return [this.#to(index, this.#redirect.kind === 'redirect' ? Number(flags) : 0)];
  }

  #to(index: number, flags: number): PacketWay {
    return { on: this.#interfaces.numbered(index), direction: (flags & INGRESS) !== 0 ? INBOUND : OUTBOUND };
  }
}
