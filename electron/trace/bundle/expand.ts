/**
 * All members of a bundle, those of archives within it too, under their paths: `logs.tar.gz/var/log/kern.log`.
 * Packed files stand for what they hold. A part that cannot be read is listed with the reason; the rest is.
 */
import { Failure } from '../../failure.ts';
import type { ByteSource } from '../event.ts';
import { archiveOf } from './archives/table.ts';
import type { Archive } from './archives/archive.ts';
import { unwrapped } from './compressed/table.ts';
import { ARCHIVE_LEVELS_MAX, MEMBERS_MAX } from './limits.ts';
import type { Member, MemberList, UnreadMember } from './member.ts';
import type { Unpacker } from './unpacker.ts';

/** What must be closed once the bundle is: archives that members are read from. */
export interface Keeper {
  keepFile(file: ByteSource): void;
  keepList(list: MemberList): void;
}

/** Where a member's first bytes are, unpacked; read once, and asked for by everybody who recognises something. */
export interface KnownMember extends Member {
  readonly firstBytes: Uint8Array;
}

export interface Expanded {
  readonly members: readonly KnownMember[];
  readonly refused: readonly UnreadMember[];
  /** Refusals of archives and members, in the order they came. */
  readonly failures: readonly Failure[];
}

/** `level` counts the archives that `list` is within. Throws Failure `limit` for too many members, and signal.reason. */
export async function expand(
  list: MemberList,
  level: number,
  unpacker: Unpacker,
  keeper: Keeper,
  onProgress: (fraction: number) => void,
): Promise<Expanded> {
  const expansion = new Expansion(unpacker, keeper);
  await expansion.add(list, level, onProgress);
  return expansion;
}

class Expansion implements Expanded {
  readonly members: KnownMember[] = [];
  readonly refused: UnreadMember[] = [];
  readonly failures: Failure[] = [];
  readonly #unpacker: Unpacker;
  readonly #keeper: Keeper;

  constructor(unpacker: Unpacker, keeper: Keeper) {
    this.#unpacker = unpacker;
    this.#keeper = keeper;
  }

  async add(
    list: MemberList,
    level: number,
    onProgress: (fraction: number) => void = () => {},
  ): Promise<void> {
    this.refused.push(...list.refused);
    const last = lastOfEachName(list.members);
    for (const [index, member] of list.members.entries()) {
      this.#unpacker.signal?.throwIfAborted();
      onProgress(index / list.members.length);
      const { name } = member;
      if (last.get(name) !== member) {
        this.refused.push({ name, reason: 'another entry of the same name follows it in the archive' });
        continue;
      }
      if (this.members.length + this.refused.length >= MEMBERS_MAX)
        throw new Failure('bundle', 'limit', `it holds more than ${MEMBERS_MAX} files`, { file: name });
      await this.#addMember(member, level);
    }
  }

  async #addMember(packed: Member, level: number): Promise<void> {
    try {
      if (packed.sizeBytes === 0) {
        this.refused.push({ name: packed.name, reason: 'it is empty' });
        return;
      }
      const member = await unwrapped(packed, this.#unpacker);
      const firstBytes = await member.head();
      const archive = archiveOf(firstBytes);
      if (archive === undefined) this.members.push(known(member, firstBytes));
      else await this.#addArchive(member, archive, level);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.failures.push(error);
      this.refused.push({ name: packed.name, reason: error.message });
    }
  }

  async #addArchive(member: Member, archive: Archive, level: number): Promise<void> {
    const innerLevel = level + (archive.isLevel ? 1 : 0);
    if (innerLevel > ARCHIVE_LEVELS_MAX) {
      this.refused.push({
        name: member.name,
        reason: 'an archive within an archive within an archive is not opened',
      });
      return;
    }
    const file = await member.open();
    this.#keeper.keepFile(file);
    const list = await archive.list(file, `${member.name}/`, this.#unpacker);
    this.#keeper.keepList(list);
    await this.add(list, innerLevel);
  }
}

/** An archive may be appended to: of entries with one name the last is meant. */
function lastOfEachName(members: readonly Member[]): ReadonlyMap<string, Member> {
  return new Map(members.map((member) => [member.name, member]));
}

function known(member: Member, firstBytes: Uint8Array): KnownMember {
  const { name, sizeBytes, modifiedAtMs } = member;
  return {
    name,
    sizeBytes,
    modifiedAtMs,
    firstBytes,
    head: async () => firstBytes,
    open: () => member.open(),
  };
}
