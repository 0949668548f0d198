/**
 * Sockets as programs reach them: by address in linear memory. Who lays them out, from packets or from events
 * of sock and tcp, is the world's to know; helpers only pass addresses on.
 */
import type { Address } from '../vm/memory.ts';

export type SocketProtocol = 'tcp' | 'udp';

/** struct bpf_sock_tuple as a program fills it, in the byte order of the network. */
export interface SocketTuple {
  readonly protocol: SocketProtocol;
  /** Twelve bytes of IPv4, or thirty-six of IPv6. */
  readonly bytes: Uint8Array;
  /** Id of the network namespace, less than 0 for that of the context. */
  readonly namespaceId: number;
}

/** What is known of one socket; an address of 0 where it has none of these, undefined where unknown. */
export interface SocketFacts {
  /** Its struct bpf_sock. */
  readonly address: Address;
  /** Whether it is more than a request, or what waits for the last packets of a connection. */
  readonly isWhole: boolean;
  /** Its struct bpf_tcp_sock. */
  readonly tcp: Address | undefined;
  /** The struct bpf_sock of the socket that listens for it. */
  readonly listener: Address | undefined;
  readonly cookie: bigint | undefined;
  readonly namespaceCookie: bigint | undefined;
  readonly uid: number | undefined;
  /** Id of its cgroup of the default hierarchy, or of that one's ancestor at `level`; 0n where there is none. */
  cgroupId(level: number | undefined): bigint | undefined;
  /** Its object of the kernel, where it is one of this struct: `tcp_sock`. */
  object(struct: string): Address | undefined;
}

export interface SocketDirectory {
  /** The socket that an address stands for: that of one of its views, or of a context that has one. */
  at(address: bigint): SocketFacts | undefined;
  /** The socket that packets of the tuple go to; `none` where there surely is none, undefined where unknown. */
  byTuple(tuple: SocketTuple): SocketFacts | 'none' | undefined;
}

/** Of a world that knows no sockets. */
export const noSockets: SocketDirectory = { at: () => undefined, byTuple: () => undefined };
