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
import { unreadFor, type Member, type MemberList, type UnreadMember } from './member.ts';
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

/** `archive` is what `list` is of. Throws Failure `limit` for too many members, and signal.reason. */
export async function expand(
  list: MemberList,
  archive: Archive | undefined,
  unpacker: Unpacker,
  keeper: Keeper,
  onProgress: (fraction: number) => void,
): Promise<Expanded> {
  const expansion = new Expansion(unpacker, keeper);
  const where = { level: archive?.isLevel === true ? 1 : 0, isInSections: archive?.isLevel === false };
  await expansion.add(list, where, onProgress);
  return expansion;
}

interface Where {
  /** Archives that it is within. */
  readonly level: number;
  readonly isInSections: boolean;
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
    where: Where,
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
      await this.#addMember(member, where);
    }
  }

  async #addMember(packed: Member, where: Where): Promise<void> {
    try {
      if (packed.sizeBytes === 0) {
        this.refused.push({ name: packed.name, reason: 'it is empty' });
        return;
      }
      const member = await unwrapped(packed, this.#unpacker);
      const firstBytes = await member.head();
      const archive = archiveOf(firstBytes);
      // The first section of a report begins as the report does.
      const isSection = archive?.isLevel === false && where.isInSections;
      if (archive === undefined || isSection) this.members.push(known(member, firstBytes));
      else await this.#addArchive(member, archive, where);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.failures.push(error);
      this.refused.push(unreadFor(packed.name, error));
    }
  }

  async #addArchive(member: Member, archive: Archive, where: Where): Promise<void> {
    const level = where.level + (archive.isLevel ? 1 : 0);
    if (level > ARCHIVE_LEVELS_MAX) {
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
    await this.add(list, { level, isInSections: where.isInSections || !archive.isLevel });
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
