/**
 * Which interface of the recorded host a packet came by. A capture may name it; else, of an Ethernet frame, the
 * device whose own address is in it, as `ip addr` in the bundle tells; else what the capture's other packets told. Where
 * nothing does, Linux's count from 1 stands in for the capture's from 0.
 */
import type { Source } from '../../trace/event.ts';
import type { RoutingTables } from '../kernel/routes.ts';

export interface PacketInterface {
  /** As Linux counts. */
  readonly index: number;
  readonly name: string | undefined;
}

const ADDRESS_BYTES = 6;

export class PacketInterfaces {
  readonly #source: Source;
  readonly #network: RoutingTables | undefined;
  readonly #byId = new Map<number, PacketInterface>();

  constructor(source: Source, network: RoutingTables | undefined) {
    this.#source = source;
    this.#network = network;
  }

  /** `id`: as the capture counts, undefined where it does not. Hot. */
  of(id: number | undefined, bytes: Uint8Array, isEthernet: boolean): PacketInterface {
    const number = id ?? 0;
    const known = this.#byId.get(number);
    if (known?.name !== undefined) return known;
    const found = this.#named(number) ?? (isEthernet ? this.#addressed(bytes) : undefined);
    if (found === undefined && known !== undefined) return known;
    const answer = found ?? { index: number + 1, name: undefined };
    this.#byId.set(number, answer);
    return answer;
  }

  /** `if7` where nothing names it, as `ip` writes it. */
  numbered(index: number): PacketInterface & { readonly name: string } {
    for (const { index: other, name } of this.#byId.values())
      if (other === index && name !== undefined) return { index, name };
    return { index, name: this.#network?.deviceName(index) ?? `if${index}` };
  }

  #named(id: number): PacketInterface | undefined {
    const name = this.#source.context.interfaceNames?.[id];
    if (name === undefined) return undefined;
    return { index: this.#network?.deviceCalled(name) ?? id + 1, name };
  }

  #addressed(bytes: Uint8Array): PacketInterface | undefined {
    const network = this.#network;
    if (network === undefined) return undefined;
    for (const at of [0, ADDRESS_BYTES]) {
      const index = network.deviceAddressed(bytes.subarray(at, at + ADDRESS_BYTES));
      if (index !== undefined) return { index, name: network.deviceName(index) };
    }
    return undefined;
  }
}
