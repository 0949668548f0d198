/** The one table of what packs a file by itself, and a packed member as the member it holds. */
import type { ByteSource } from '../../event.ts';
import { HEAD_BYTES } from '../limits.ts';
import type { Member } from '../member.ts';
import type { Unpacker } from '../unpacker.ts';
import type { Compression } from './compression.ts';
import { gzip } from './gzip.ts';
import { xz } from './xz.ts';
import { zstd } from './zstd.ts';

export const COMPRESSIONS: readonly Compression[] = [gzip, xz, zstd];

/** The member as it was before it was packed, or itself. Throws what looking into it throws. */
export async function unwrapped(member: Member, unpacker: Unpacker): Promise<Member> {
  const head = await member.head();
  const compression = COMPRESSIONS.find((each) => each.detect(head));
  if (compression === undefined) return member;
  const { name, sizeBytes, modifiedAtMs } = member;
  const withPacked = async <T>(work: (file: ByteSource) => Promise<T>): Promise<T> => {
    const file = await member.open();
    try {
      return await work(file);
    } finally {
      file.close();
    }
  };
  let innerHead: Promise<Uint8Array> | undefined;
  return {
    name,
    sizeBytes,
    modifiedAtMs,
    head: () => (innerHead ??= withPacked((file) => unpacker.peek(compression.pieces(file), HEAD_BYTES))),
    open: () => withPacked((file) => unpacker.unpack(compression.pieces(file), name, sizeBytes)),
  };
}
