/** The shape of what holds several files; table.ts lists them. */
import type { ByteSource } from '../../event.ts';
import type { MemberList } from '../member.ts';
import type { Unpacker } from '../unpacker.ts';

export interface Archive {
  /** As messages say it: `zip`. */
  readonly name: string;
  /** Whether it counts as a level of archives within archives; one text in sections does not. */
  readonly isLevel: boolean;
  detect(head: Uint8Array): boolean;
  /**
   * Its members, which read the file for as long as it stays open; their names are paths inside it behind `prefix`. Throws Failure
   * `corrupt`, `truncated`, `unsafe-path`, `limit`.
   */
  list(file: ByteSource, prefix: string, unpacker: Unpacker): Promise<MemberList>;
}
