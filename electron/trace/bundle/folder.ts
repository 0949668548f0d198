/** A folder as a bundle: its files, without following links out of it. */
import { readdirSync, statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../../failure.ts';
import { FileBytes } from './byte-source.ts';
import { FOLDER_DEPTH_MAX, HEAD_BYTES, MEMBERS_MAX } from './limits.ts';
import type { Member, MemberList } from './member.ts';
import { systemFailure } from './system-failure.ts';

export function listFolder(path: string, name: string): MemberList {
  const members: Member[] = [];
  const refused: { name: string; reason: string }[] = [];
  const walk = (folder: string, prefix: string, depth: number): void => {
    for (const entry of entriesOf(join(path, folder), folder === '' ? name : folder)) {
      const entryName = `${prefix}${entry.name}`;
      if (members.length + refused.length >= MEMBERS_MAX) {
        throw new Failure('bundle', 'limit', `it holds more than ${MEMBERS_MAX} files`, { file: name });
      }
      if (entry.isDirectory()) {
        if (depth >= FOLDER_DEPTH_MAX) refused.push({ name: entryName, reason: 'folders nest too deeply' });
        else walk(join(folder, entry.name), `${entryName}/`, depth + 1);
      } else if (entry.isFile()) {
        members.push(fileMember(join(path, folder, entry.name), entryName));
      } else {
        refused.push({ name: entryName, reason: 'a link or a device, not a file' });
      }
    }
  };
  walk('', '', 1);
  members.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { members, refused, close() {} };
}

function entriesOf(path: string, name: string): Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    throw systemFailure(error, name);
  }
}

/** A file on disk as a bundle's only member, or one of a folder's. */
export function fileMember(path: string, name: string): Member {
  const stats = statSync(path);
  return {
    name,
    sizeBytes: stats.size,
    modifiedAtMs: Math.trunc(stats.mtimeMs),
    async head() {
      const file = new FileBytes(path, name);
      try {
        return file.read(0, Math.min(HEAD_BYTES, file.sizeBytes));
      } finally {
        file.close();
      }
    },
    async open() {
      return new FileBytes(path, name);
    },
  };
}
