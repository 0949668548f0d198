/** One file inside a bundle, whatever the bundle is: what zip.ts and folder.ts give bundle.ts. */
import type { ByteSource } from '../event.ts';

export interface Member {
  /** Path inside the bundle, with slashes. */
  readonly name: string;
  readonly sizeBytes: number;
  /** The first bytes, at most HEAD_BYTES. */
  head(): Promise<Uint8Array>;
  /** The whole, unpacked where need be; the caller closes it. */
  open(): Promise<ByteSource>;
}

export interface MemberList {
  readonly members: readonly Member[];
  /** Entries that are never opened, with the reason. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
  close(): void;
}
