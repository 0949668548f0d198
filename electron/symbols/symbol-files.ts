/** Files that may have symbols of what a recording maps: found by build id first, by path after. */
import type { FunctionAt, FunctionTable } from '../bpf/object/function-table.ts';
import {
  isNativeElf,
  readNativeImage,
  type NativeImage,
  type NativeSegment,
} from '../bpf/object/native-image.ts';
import { Failure } from '../failure.ts';
import type { ByteSource, SourceMapping } from '../trace/event.ts';
import { isKernelSymbols } from './kernel-names.ts';
import { KERNEL_TEXT_BYTES_MAX, SYMBOL_FILES_MAX, SYMBOL_FILE_BYTES_MAX } from './limits.ts';

/** Two lines of a kernel's symbols are in it. */
const HEAD_BYTES = 512;
/** By one of these perf says where the kernel was. */
const REFERENCES = ['_text', '_stext'];
const PAGE_BYTES = 4096n;
/** What the kernel says of a file that is gone: an upgrade replaced it. */
const DELETED = / \(deleted\)$/;

/** A file that somebody added or that lies in the bundle; whether it has symbols is asked when it is read. */
export interface SymbolCandidate {
  /** As it is named in messages. */
  readonly name: string;
  open(): Promise<ByteSource>;
}

/** What a recording maps. */
export interface WantedFile {
  readonly path: string;
  readonly buildId: string | undefined;
}

/** What is kept of a file: its bytes are not. */
interface Known extends Pick<
  NativeImage,
  'buildId' | 'debugLink' | 'isRelocatable' | 'segments' | 'hasAllSymbols'
> {
  readonly name: string;
  readonly functions: FunctionTable;
  /** Where the kernel's reference symbols lie. */
  readonly references: ReadonlyMap<string, bigint>;
}

/** Symbols for one mapped file, perhaps of two files: itself and its debug information. */
export interface FileSymbols {
  readonly by: 'build id' | 'path';
  readonly names: readonly string[];
  readonly hasAllSymbols: boolean;
  readonly debugLink: string | undefined;
  /** undefined where the file has nothing at that place, or no function. */
  functionAt(mapping: SourceMapping, address: bigint): FunctionAt | undefined;
  /** Of a kernel that was moved as a whole: by the address that one of its symbols was at. */
  movedFunctionAt(symbol: string, symbolAddress: bigint, address: bigint): FunctionAt | undefined;
}

export class SymbolFiles {
  readonly #known: readonly Known[];
  /** What /proc/kallsyms or a System.map says, of candidates that are such. */
  readonly kernelTexts: readonly string[];
  /** Files that were refused, with the reason. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
  readonly #found = new Map<string, FileSymbols | 'none' | 'other-build'>();

  private constructor(
    known: readonly Known[],
    kernelTexts: readonly string[],
    refused: SymbolFiles['refused'],
  ) {
    this.#known = known;
    this.kernelTexts = kernelTexts;
    this.refused = refused;
  }

  /** Opens all candidates, and keeps what may be of use for what is wanted. Throws Failure `limit`. */
  static async open(
    candidates: readonly SymbolCandidate[],
    wanted: readonly WantedFile[],
  ): Promise<SymbolFiles> {
    if (candidates.length > SYMBOL_FILES_MAX) {
      const reason = `${candidates.length} files that may have symbols, more than ${SYMBOL_FILES_MAX}`;
      throw new Failure('bundle', 'limit', reason);
    }
    const refused: { name: string; reason: string }[] = [];
    const kernelTexts: string[] = [];
    const attempt = async <T>(candidate: SymbolCandidate, use: (image: NativeImage) => T): Promise<T[]> => {
      try {
        const content = await contentOf(candidate);
        if (typeof content === 'string') kernelTexts.push(content);
        return content === undefined || typeof content === 'string' ? [] : [use(content)];
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        refused.push({ name: candidate.name, reason: error.reason });
        return [];
      }
    };
    // First who they are: what a file was stripped of has its build id, and the file perhaps the path.
    const builds: { readonly candidate: SymbolCandidate; readonly buildId: string | undefined }[] = [];
    for (const candidate of candidates)
      builds.push(...(await attempt(candidate, ({ buildId }) => ({ candidate, buildId }))));
    const buildIds = new Set(wanted.map(({ buildId }) => buildId));
    const paths = pathsByLastPart(wanted);
    const isNamed = ({ name }: SymbolCandidate): boolean => paths.has(lastPart(name));
    for (const { candidate, buildId } of builds) if (isNamed(candidate)) buildIds.add(buildId);
    buildIds.delete(undefined);
    const known: Known[] = [];
    for (const { candidate, buildId } of builds) {
      if (!isNamed(candidate) && !buildIds.has(buildId)) continue;
      known.push(...(await attempt(candidate, (image) => knownOf(candidate, image))));
    }
    return new SymbolFiles(known, kernelTexts, refused);
  }

  /** `other-build`: there is a file of that name, and the recording tells that it is another version. */
  find({ path, buildId }: WantedFile): FileSymbols | 'none' | 'other-build' {
    const wanted = { path: path.replace(DELETED, ''), buildId };
    const key = `${wanted.buildId ?? ''} ${wanted.path}`;
    let found = this.#found.get(key);
    if (found === undefined) this.#found.set(key, (found = this.#look(wanted)));
    return found;
  }

  #look({ path, buildId }: WantedFile): FileSymbols | 'none' | 'other-build' {
    const sameBuild = buildId === undefined ? [] : this.#known.filter((each) => each.buildId === buildId);
    if (sameBuild.length > 0) return symbolsOf(sameBuild, 'build id');
    const named = this.#known
      .filter(({ name }) => commonParts(name, path) > 0)
      .sort((a, b) => commonParts(b.name, path) - commonParts(a.name, path) || (a.name < b.name ? -1 : 1));
    const [best] = named;
    if (best === undefined) return 'none';
    // What tells no build id on either side may be the file; what tells another one is not.
    const first = named.find((each) => each.buildId === undefined || buildId === undefined);
    if (first === undefined) return 'other-build';
    const together = this.#known.filter(
      (each) => each === first || (first.buildId !== undefined && each.buildId === first.buildId),
    );
    return symbolsOf(together, 'path');
  }
}

/** A text is of a kernel's symbols; undefined for what is no such file at all. */
async function contentOf({ name, open }: SymbolCandidate): Promise<NativeImage | string | undefined> {
  const file = await open();
  try {
    const head = file.read(0, Math.min(HEAD_BYTES, file.sizeBytes));
    const isElf = isNativeElf(head);
    if (!isElf && !isKernelSymbols(head)) return undefined;
    const bytesMax = isElf ? SYMBOL_FILE_BYTES_MAX : KERNEL_TEXT_BYTES_MAX;
    if (file.sizeBytes > bytesMax) {
      const reason = `it has ${file.sizeBytes} bytes, more than the ${bytesMax} that are read of its kind`;
      throw new Failure('bundle', 'limit', reason, { file: name });
    }
    const bytes = file.read(0, file.sizeBytes);
    return isElf ? readNativeImage(bytes, name) : Buffer.from(bytes).toString('latin1');
  } finally {
    file.close();
  }
}

function knownOf({ name }: SymbolCandidate, image: NativeImage): Known {
  const { buildId, debugLink, isRelocatable, segments, hasAllSymbols } = image;
  const references = REFERENCES.flatMap((symbol) => {
    const address = image.addressOf(symbol);
    return address === undefined ? [] : [[symbol, address] as const];
  });
  return {
    name,
    buildId,
    debugLink,
    isRelocatable,
    segments,
    hasAllSymbols,
    functions: image.functions(),
    references: new Map(references),
  };
}

function pathsByLastPart(wanted: readonly WantedFile[]): ReadonlySet<string> {
  return new Set(wanted.map(({ path }) => lastPart(path.replace(DELETED, ''))));
}

/** Separate debug information has `.debug` behind its name. */
function lastPart(path: string): string {
  return (
    path
      .replace(/\.debug$/, '')
      .split('/')
      .at(-1) ?? ''
  );
}

/** How many parts two paths share from their end. */
function commonParts(name: string, path: string): number {
  const ours = name
    .replace(/\.debug$/, '')
    .split('/')
    .reverse();
  const theirs = path.split('/').reverse();
  let common = 0;
  while (common < ours.length && ours[common] === theirs[common] && ours[common] !== '') common += 1;
  return common;
}

/** Segments of the file itself where it is there, functions of the one that has most. */
function symbolsOf(files: readonly Known[], by: FileSymbols['by']): FileSymbols {
  const hasBytes = ({ segments }: Known): boolean =>
    segments.some(({ isExecutable, fileBytes }) => isExecutable && fileBytes > 0n);
  const placed = files.find(hasBytes);
  const best = [...files].sort(
    (a, b) => Number(b.hasAllSymbols) - Number(a.hasAllSymbols) || b.functions.size - a.functions.size,
  )[0];
  const { functions, hasAllSymbols = false, isRelocatable = false } = best ?? {};
  return {
    by,
    names: [...new Set([placed, best].flatMap((each) => (each === undefined ? [] : [each.name])))],
    hasAllSymbols,
    debugLink: files.find(({ debugLink }) => debugLink !== undefined)?.debugLink,
    movedFunctionAt(symbol, symbolAddress, address) {
      const linked = best?.references.get(symbol);
      return linked === undefined ? undefined : functions?.at(address - symbolAddress + linked);
    },
    functionAt(mapping, address) {
      if (isRelocatable) return functions?.at(address - mapping.start);
      const place =
        placed === undefined
          ? onlyPlace(best?.segments ?? [], mapping, address)
          : placeIn(placed.segments, mapping, address);
      return place === undefined ? undefined : functions?.at(place);
    },
  };
}

/** The address that the file itself knows the place by. */
function placeIn(
  segments: readonly NativeSegment[],
  { start, fileOffset }: SourceMapping,
  address: bigint,
): bigint | undefined {
  const offset = address - start + fileOffset;
  const over = segments.filter(
    (each) => offset >= each.fileOffset && offset < each.fileOffset + each.fileBytes,
  );
  const segment = over.find(({ isExecutable }) => isExecutable) ?? over[0];
  return segment && offset - segment.fileOffset + segment.address;
}

/**
 * In debug information alone, whose segments no longer say where in the file they were: a mapping of as many pages as
 * its only executable segment is that segment.
 */
function onlyPlace(
  segments: readonly NativeSegment[],
  { start, sizeBytes }: SourceMapping,
  address: bigint,
): bigint | undefined {
  const [segment, another] = segments.filter(({ isExecutable }) => isExecutable);
  if (segment === undefined || another !== undefined) return undefined;
  const first = (segment.address / PAGE_BYTES) * PAGE_BYTES;
  const pages = (segment.address + segment.memoryBytes - first + PAGE_BYTES - 1n) / PAGE_BYTES;
  return pages * PAGE_BYTES === sizeBytes ? address - start + first : undefined;
}
