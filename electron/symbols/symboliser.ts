/**
 * Whose code an address was: the process's mapping, the file's function. What stays unknown is counted by reason, so
 * that whoever reads the stacks is told what would have named it.
 */
import type { FunctionAt } from '../bpf/object/function-table.ts';
import type { Source, SourceContext, SourceMapping } from '../trace/event.ts';
import { AddressSpaces } from './address-spaces.ts';
import { KernelSymbolNames, type KernelReference } from './kernel-names.ts';
import { RuntimeNames } from './runtime-names.ts';
import { COPIED_MAPPINGS_MAX, FRAMES_REMEMBERED_MAX } from './limits.ts';
import { SymbolFiles, type FileSymbols, type SymbolCandidate, type WantedFile } from './symbol-files.ts';

/** Why an address has no name. */
export type Unnamed =
  /** A kernel's address, and no kallsyms that tells addresses. */
  | 'no-kernel-symbols'
  /** Nothing tells what the process had mapped. */
  | 'no-mappings'
  /** The process had nothing mapped there that is known. */
  | 'not-mapped'
  /** What is mapped is no file: code made at run time, the kernel's vdso. */
  | 'no-file'
  /** No file of that name or build id was added. */
  | 'no-symbols'
  /** The file that was added is another version. */
  | 'other-build'
  /** The file has no function there: it was stripped. */
  | 'no-function'
  /** All its symbols were read, and none is of a function there: assembly, or a broken stack. */
  | 'outside-functions';

export interface Frame {
  /** undefined where it is not known. */
  readonly name: string | undefined;
  /** From the function's start. */
  readonly offset: number;
  /** The path of what is mapped there, where that is known. */
  readonly path: string | undefined;
  /** From the beginning of that file. */
  readonly fileOffset: bigint | undefined;
}

export interface UnnamedAddresses {
  readonly reason: Unnamed;
  /** The file that is mapped, or the process by its id. */
  readonly what: string;
  readonly buildId: string | undefined;
  /** The file that has what was stripped, as the one that was read names it. */
  readonly debugLink: string | undefined;
  /** Asked for so often. */
  readonly count: number;
}

/** A file whose symbols were used by its path alone. */
export interface SymbolFacts {
  readonly unnamed: readonly UnnamedAddresses[];
  readonly byPath: readonly { readonly path: string; readonly files: readonly string[] }[];
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

const KERNEL_FROM = 1n << 63n;
const KERNEL = -1;
/** `[kernel.kallsyms]_text`. */
const KERNEL_MAPPING = /^\[kernel\.kallsyms\](\w*)/;

export class Symboliser {
  readonly #kernel: KernelSymbolNames;
  readonly #spaces: readonly AddressSpaces[];
  readonly #buildIds: readonly ReadonlyMap<string, string>[];
  readonly #files: SymbolFiles;
  readonly #runtime = new Map<number, RuntimeNames>();
  readonly #remembered = new Map<
    string,
    { readonly frame: Frame; readonly unnamed: UnnamedCount | undefined }
  >();
  readonly #unnamed = new Map<string, UnnamedCount>();
  readonly #byPath = new Map<string, readonly string[]>();

  private constructor(sources: readonly Pick<Source, 'context'>[], files: SymbolFiles) {
    const contexts = sources.map(({ context }) => context);
    const recorded = new Set(contexts.flatMap(({ kallsyms }) => kallsyms ?? []));
    // What was added is what whoever added it wants.
    this.#kernel =
      files.kernelTexts.length > 0
        ? new KernelSymbolNames(files.kernelTexts, kernelReference(contexts))
        : new KernelSymbolNames([...recorded]);
    this.#spaces = contexts.map((context) => new AddressSpaces(context));
    this.#buildIds = contexts.flatMap(({ buildIds }) => buildIds ?? []);
    this.#files = files;
    for (const { runtimeFunctions } of contexts)
      for (const [pid, text] of runtimeFunctions ?? []) this.#runtime.set(pid, new RuntimeNames(text));
  }

  /** To be called once the sources were read: their mappings grow until then. Throws Failure `limit`. */
  static async open(
    sources: readonly Pick<Source, 'context'>[],
    candidates: readonly SymbolCandidate[],
  ): Promise<Symboliser> {
    const wanted = new Map<string, WantedFile>();
    for (const { context } of sources) {
      for (const mapping of context.mappings ?? []) {
        const file = wantedBy(mapping, context.buildIds);
        wanted.set(`${file.buildId ?? ''} ${file.path}`, file);
      }
    }
    return new Symboliser(sources, await SymbolFiles.open(candidates, [...wanted.values()]));
  }

  kernelFrame(address: bigint): Frame {
    return this.frame(undefined, address);
  }

  /** `pid` undefined for an address that no process is known of. */
  frame(pid: number | undefined, address: bigint, timeNs?: bigint): Frame {
    if (timeNs !== undefined) {
      const { frame, unnamed } = this.#look(pid, address, timeNs);
      if (unnamed !== undefined) unnamed.count += 1;
      return frame;
    }
    const key = `${pid ?? ''} ${address}`;
    let found = this.#remembered.get(key);
    if (found === undefined) {
      found = this.#look(pid, address, undefined);
      if (this.#remembered.size < FRAMES_REMEMBERED_MAX) this.#remembered.set(key, found);
    }
    if (found.unnamed !== undefined) found.unnamed.count += 1;
    return found.frame;
  }

  facts(): SymbolFacts {
    return {
      unnamed: [...this.#unnamed.values()]
        .filter(({ count }) => count > 0)
        .map((each) => ({ ...each }))
        .sort((a, b) => b.count - a.count || (a.what < b.what ? -1 : 1)),
      byPath: [...this.#byPath].map(([path, files]) => ({ path, files })),
      refused: [...this.#files.refused, ...this.#spaces.flatMap(cutCopies)],
    };
  }

  #look(
    pid: number | undefined,
    address: bigint,
    timeNs: bigint | undefined,
  ): { readonly frame: Frame; readonly unnamed: UnnamedCount | undefined } {
    const unknown = { name: undefined, offset: 0, path: undefined, fileOffset: undefined };
    if (address >= KERNEL_FROM) {
      const found = this.#kernel.at(address) ?? this.#inKernelFile(address, timeNs);
      if (found === undefined)
        return { frame: unknown, unnamed: this.#count('no-kernel-symbols', 'the kernel') };
      return { frame: { ...unknown, ...found }, unnamed: undefined };
    }
    const whose = pid === undefined ? 'addresses of processes' : `process ${pid}`;
    const made = pid === undefined ? undefined : this.#runtime.get(pid)?.at(address);
    if (made !== undefined) return { frame: { ...unknown, ...made }, unnamed: undefined };
    if (pid === undefined || !this.#spaces.some((space) => space.knows(pid)))
      return { frame: unknown, unnamed: this.#count('no-mappings', whose) };
    const mapping = this.#mappingAt(pid, address, timeNs);
    if (mapping === undefined) return { frame: unknown, unnamed: this.#count('not-mapped', whose) };
    return this.#within(mapping, address);
  }

  /** In a kernel or module that somebody added, where the recording says where it was. */
  #inKernelFile(address: bigint, timeNs: bigint | undefined): FunctionAt | undefined {
    const mapping = this.#mappingAt(KERNEL, address, timeNs);
    if (mapping === undefined) return undefined;
    const symbols = this.#files.find(this.#wantedBy(mapping));
    if (typeof symbols === 'string') return undefined;
    const [, reference] = KERNEL_MAPPING.exec(mapping.file) ?? [];
    const found =
      reference === undefined
        ? symbols.functionAt(mapping, address)
        : symbols.movedFunctionAt(reference, mapping.fileOffset, address);
    if (found !== undefined && symbols.by === 'path') this.#byPath.set(mapping.file, symbols.names);
    return found;
  }

  #wantedBy(mapping: SourceMapping): WantedFile {
    const ids = this.#buildIds.find((each) => wantedBy(mapping, each).buildId !== undefined);
    return wantedBy(mapping, ids);
  }

  #mappingAt(pid: number, address: bigint, timeNs: bigint | undefined): SourceMapping | undefined {
    for (const space of this.#spaces) {
      const mapping = space.find(pid, address, timeNs);
      if (mapping !== undefined) return mapping;
    }
    return undefined;
  }

  #within(
    mapping: SourceMapping,
    address: bigint,
  ): { readonly frame: Frame; readonly unnamed: UnnamedCount | undefined } {
    const path = mapping.file;
    const { buildId } = this.#wantedBy(mapping);
    const frame = {
      name: undefined,
      offset: 0,
      path,
      fileOffset: address - mapping.start + mapping.fileOffset,
    };
    const symbols = this.#files.find({ path, buildId });
    if (typeof symbols === 'string') {
      const reason = symbols === 'other-build' ? symbols : isFile(path) ? 'no-symbols' : 'no-file';
      return { frame, unnamed: this.#count(reason, path, buildId) };
    }
    const found = symbols.functionAt(mapping, address);
    if (found === undefined) return { frame, unnamed: this.#countOutside(symbols, path, buildId) };
    if (symbols.by === 'path') this.#byPath.set(path, symbols.names);
    return { frame: { ...frame, ...found }, unnamed: undefined };
  }

  #countOutside(
    { hasAllSymbols, debugLink }: FileSymbols,
    path: string,
    buildId: string | undefined,
  ): UnnamedCount {
    if (hasAllSymbols) return this.#count('outside-functions', path, buildId);
    return this.#count('no-function', path, buildId, debugLink);
  }

  #count(reason: Unnamed, what: string, buildId?: string, debugLink?: string): UnnamedCount {
    const key = `${reason} ${what} ${buildId ?? ''}`;
    let counted = this.#unnamed.get(key);
    if (counted === undefined)
      this.#unnamed.set(key, (counted = { reason, what, buildId, debugLink, count: 0 }));
    return counted;
  }
}

/** What a fork copied and was not kept. */
function cutCopies({ copiesCut }: AddressSpaces): SymbolFacts['refused'] {
  const reason = `${copiesCut} that forks copied are not followed: ${COPIED_MAPPINGS_MAX} are`;
  return copiesCut === 0 ? [] : [{ name: 'mappings', reason }];
}

/** perf names the kernel's mapping after a symbol whose address it keeps as the mapping's offset. */
function wantedBy({ pid, file, buildId }: SourceMapping, ids: SourceContext['buildIds']): WantedFile {
  if (KERNEL_MAPPING.test(file))
    return { path: 'vmlinux', buildId: buildId ?? ids?.get('[kernel.kallsyms]') };
  return {
    path: pid === KERNEL ? file.replace(/^\[(\w+)\]$/, '$1.ko') : file,
    buildId: buildId ?? ids?.get(file),
  };
}

/** Of perf's mapping of the kernel, which has the symbol's address as its offset. */
function kernelReference(contexts: readonly SourceContext[]): KernelReference | undefined {
  for (const { mappings } of contexts)
    for (const { file, fileOffset } of mappings ?? []) {
      const [, symbol = ''] = KERNEL_MAPPING.exec(file) ?? [];
      if (symbol !== '') return { symbol, address: fileOffset };
    }
  return undefined;
}

interface UnnamedCount extends UnnamedAddresses {
  count: number;
}

/** `[vdso]`, `//anon`, `anon_inode:[perf_event]`, `/memfd:code (deleted)` have nothing that could be added. */
function isFile(path: string): boolean {
  return path.startsWith('/') && !/^\/(\/|memfd:|anon_hugepage|dev\/zero|SYSV)/.test(path);
}
