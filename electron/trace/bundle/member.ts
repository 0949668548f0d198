/** One file inside a bundle, whatever the bundle is: what folders and archives give bundle.ts. */
import type { Failure } from '../../failure.ts';
import type { ByteSource } from '../event.ts';

export interface Member {
  /** Path inside the bundle, with slashes. */
  readonly name: string;
  /** Of a member whose size shows only once it is unpacked, the packed size. */
  readonly sizeBytes: number;
  /** Milliseconds since 1970 in UTC, where the archive or the file system says. */
  readonly modifiedAtMs?: number | undefined;
  /** The first bytes, at most HEAD_BYTES. */
  head(): Promise<Uint8Array>;
  /** The whole, unpacked where need be; the caller closes it. */
  open(): Promise<ByteSource>;
}

export interface UnreadMember {
  readonly name: string;
  readonly reason: string;
}

export interface MemberList {
  readonly members: readonly Member[];
  /** Entries that are never opened, with the reason. */
  readonly refused: readonly UnreadMember[];
  close(): void;
}

/** A member that was refused, its own name not said twice. */
export function unreadFor(name: string, { place, reason, message }: Failure): UnreadMember {
  if (place.file !== name) return { name, reason: message };
  return { name, reason: place.at === undefined ? reason : `${place.at}: ${reason}` };
}
