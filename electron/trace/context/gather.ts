/** All context of a bundle, read: what each member is, and the facts they give together. */
import type { ByteSource } from '../event.ts';
import type { Surroundings } from '../surroundings.ts';
import { DeviceFacts, type ContextHead, type ContextKind, type ContextMember } from './context.ts';
import { completeMoment } from './moment.ts';
import { contextKindOf } from './table.ts';

/** What is asked of a bundle's member. */
interface ReadableMember {
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedAtMs?: number | undefined;
  readonly firstBytes: Uint8Array;
  open(): Promise<ByteSource>;
}

export class ContextGatherer {
  readonly facts = new DeviceFacts();
  readonly #members: ContextMember[] = [];
  readonly #counted = new Map<ContextKind, { members: number; sizeBytes: number; first: string }>();

  /** Whether the member is of a kind of context, and was read. Throws what reading it throws. */
  async take(member: ReadableMember): Promise<boolean> {
    const head = headOf(member);
    const kind = contextKindOf(head);
    if (kind === undefined) return false;
    const file = await member.open();
    try {
      const detail = kind.read(file, head, this.facts);
      if (kind.isCounted === true) this.#count(kind, member);
      else this.#members.push({ name: member.name, kind: kind.name, detail, sizeBytes: file.sizeBytes });
    } finally {
      file.close();
    }
    return true;
  }

  /** To be called once all members were taken. */
  finish(): readonly ContextMember[] {
    completeMoment(this.facts);
    const together = [...this.#counted].map(([kind, { members, sizeBytes, first }]): ContextMember => {
      const detail = `${members} file${members === 1 ? '' : 's'}`;
      return { name: first, kind: kind.name, detail, sizeBytes };
    });
    return [...this.#members, ...together];
  }

  #count(kind: ContextKind, { name, sizeBytes }: ReadableMember): void {
    const so = this.#counted.get(kind);
    const folder = name.replace(/(events|per_cpu)\/.*$/, '$1/');
    if (so === undefined) this.#counted.set(kind, { members: 1, sizeBytes, first: folder });
    else {
      so.members += 1;
      so.sizeBytes += sizeBytes;
    }
  }
}

function headOf(member: ReadableMember): ContextHead {
  const { name, firstBytes } = member;
  const { buffer, byteOffset, byteLength } = firstBytes;
  return {
    path: name,
    bytes: firstBytes,
    text: Buffer.from(buffer, byteOffset, byteLength).toString('latin1'),
    open: () => member.open(),
  };
}

/** What formats are told of a bundle. `newestMs` is when the newest of its members was last written. */
export function surroundingsOf(facts: DeviceFacts, newestMs: number | undefined): Surroundings {
  return {
    eventFormat: (system, name) => facts.eventFormats.get(`${system}:${name}`),
    systemsOf: (name) => facts.systemsByEvent.get(name) ?? [],
    madeAtMs: facts.takenAtMs ?? facts.takenAtWallMs ?? newestMs,
    utcOffsetMinutes: facts.utcOffsetMinutes,
  };
}
