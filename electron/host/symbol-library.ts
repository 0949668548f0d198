/** Files with symbols that pages handed over: any run may name them. */
import { Failure } from '../failure.ts';
import { isNativeElf } from '../bpf/object/native-image.ts';
import { isKernelSymbols } from '../symbols/kernel-names.ts';
import type { SymbolFile } from './contract.ts';
import type { RunJob } from './jobs/protocol.ts';
import { headOf } from './program-library.ts';
import type { FinishedUpload } from './uploads.ts';

export class SymbolLibrary {
  readonly #paths = new Map<string, string>();

  /** Throws Failure `not-symbols` for what is neither an ELF file of a machine's own code nor a list of a kernel's symbols. */
  add({ name, path, sha256 }: FinishedUpload): SymbolFile {
    const head = headOf(path);
    if (!isNativeElf(head) && !isKernelSymbols(head)) {
      const reason =
        'it has no symbols: an ELF file (a program, a library, vmlinux or what was stripped of one) or /proc/kallsyms is meant';
      throw new Failure('host', 'not-symbols', reason, { file: name });
    }
    // Of one content under two names each is found by its own path.
    const fileId = `${sha256.slice(0, 16)}-${name}`;
    this.#paths.set(fileId, path);
    return { fileId, name };
  }

  uploadOf({ fileId, name }: SymbolFile): NonNullable<RunJob['symbolUploads']>[number] {
    return { name, path: this.#paths.get(fileId) };
  }
}
