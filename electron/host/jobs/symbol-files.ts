/** Files and folders that whoever runs a program adds for their symbols. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';

import { Failure } from '../../failure.ts';
import type { SymbolCandidate } from '../../symbols/symbol-files.ts';
import { fileMember, listFolder } from '../../trace/bundle/folder.ts';
import { systemFailure } from '../../trace/bundle/system-failure.ts';
import type { RunJob } from './protocol.ts';

type SymbolUpload = NonNullable<RunJob['symbolUploads']>[number];

/** A folder stands for all files in it. Throws Failure `missing`, `unreadable`, `limit`. */
export function symbolFilesAt(paths: readonly string[]): SymbolCandidate[] {
  return paths.flatMap((path) => {
    const name = path.replace(/\/+$/, '') || '/';
    try {
      const stats = statSync(path);
      if (stats.isFile()) return [fileMember(path, path)];
      if (!stats.isDirectory())
        throw new Failure('bundle', 'unreadable', 'it is neither a file nor a folder', {
          file: basename(path),
        });
      return listFolder(path, basename(name)).members.map((member) => ({
        name: `${name}/${member.name}`,
        open: () => member.open(),
      }));
    } catch (error) {
      throw systemFailure(error, path);
    }
  });
}

/** One that a page handed over; opening one that is not held any more throws Failure `not-held`. */
export function symbolUpload({ name, path }: SymbolUpload): SymbolCandidate {
  if (path !== undefined) return fileMember(path, name);
  const reason = 'the engine does not hold it any more: add it again';
  return { name, open: () => Promise.reject(new Failure('host', 'not-held', reason, { file: name })) };
}
