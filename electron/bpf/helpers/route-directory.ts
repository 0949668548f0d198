/**
 * Routes, neighbours and devices as programs ask for them (bpf_fib_lookup(), bpf_check_mtu()). Where they come
 * from is the world's to know (electron/replay/kernel/routes.ts); addresses are in the byte order of the network.
 */

export type AddressFamily = 'ipv4' | 'ipv6';

export interface Device {
  readonly index: number;
  readonly isUp: boolean;
  readonly mtu: number;
  /** Of its own header in front of a packet: 14 for Ethernet. */
  readonly linkHeaderBytes: number;
  /** Six bytes; all zero where it has none. */
  readonly address: Uint8Array;
  /** Whether what comes in there is sent on; undefined where unknown. */
  forwards(family: AddressFamily): boolean | undefined;
}

export interface RouteQuestion {
  readonly family: AddressFamily;
  readonly destination: Uint8Array;
  /** Device that the packet came in by, or is to go out by. */
  readonly device: number;
  readonly isOutput: boolean;
  /** Table to look into alone; undefined for those that the rules name. */
  readonly table: number | undefined;
}

/** Why nothing is sent on: the type of the route, where that is not unicast. */
export type Unforwarded = 'blackhole' | 'unreachable' | 'prohibit' | 'other';

export interface Forwarded {
  readonly device: number;
  /** The neighbour it is handed to, of either family; undefined for the destination itself. */
  readonly gateway: { readonly family: AddressFamily; readonly address: Uint8Array } | undefined;
  readonly metric: number;
  /** Set for the route and locked; undefined for that of the device. */
  readonly lockedMtu: number | undefined;
  /** Address of this host that packets are sent from; undefined where unknown. */
  readonly source: Uint8Array | undefined;
  /** Whether packets are put into others on their way. */
  readonly isEncapsulated: boolean;
  /** Whether Linux might have chosen another of several ways. */
  readonly isOneOfSeveral: boolean;
}

export interface RouteDirectory {
  /** `none` where there surely is none, undefined where unknown. */
  device(index: number): Device | 'none' | undefined;
  route(question: RouteQuestion): Forwarded | Unforwarded;
  /** Six bytes; undefined where nobody is known to have the address. */
  neighbour(device: number, family: AddressFamily, address: Uint8Array): Uint8Array | undefined;
}
