/**
 * Opens what a user hands over: an archive, a folder, or a single recording. Names each file's format by
 * its bytes, reads case.yaml, and gives the recordings as sources. What is not read is listed, with
 * the reason.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Failure } from '../../failure.ts';
import type { ContextMember, DeviceFacts } from '../context/context.ts';
import { completedSource } from '../context/completed-source.ts';
import { ContextGatherer, surroundingsOf } from '../context/gather.ts';
import type { ByteSource, Source } from '../event.ts';
import { FtraceFolders } from '../formats/ftrace-folder/collect.ts';
import { FORMATS, openSources } from '../formats/registry.ts';
import type { Surroundings } from '../surroundings.ts';
import { withSuspectedLosses } from '../suspected-losses.ts';
import type { Archive } from './archives/archive.ts';
import { ARCHIVES, archiveOf } from './archives/table.ts';
import { MemoryBytes } from './byte-source.ts';
import { parseCaseFile } from './case-file.ts';
import type { CaseFile } from './case-file.ts';
import { COMPRESSIONS, unwrapped } from './compressed/table.ts';
import { expand, type Keeper, type KnownMember } from './expand.ts';
import { fileMember, listFolder } from './folder.ts';
import { hashFile, hashOfHashes } from './hash.ts';
import { ProbeCollector } from '../log-probes/collector.ts';
import type { LogProbe } from '../log-probes/probe.ts';
import { CASE_FILE_BYTES_MAX } from './limits.ts';
import { unreadFor, type Member, type MemberList, type UnreadMember } from './member.ts';
import { namingFile, systemFailure } from './system-failure.ts';
import { Unpacker } from './unpacker.ts';

const KNOWN_FORMATS = FORMATS.map(({ name }) => name).join(', ');
const ARCHIVE_NAMES = [...ARCHIVES, ...COMPRESSIONS].map(({ name }) => name).join(', ');

export interface Bundle {
  readonly name: string;
  /** Of the file; of a folder's files together. */
  readonly sizeBytes: number;
  /** Of the file; of a folder, over its files' names and hashes in order of name. Lower-case hex. */
  readonly sha256: string;
  readonly caseFile: CaseFile | undefined;
  readonly sources: readonly Source[];
  /** What lies beside the recordings, as what it is. */
  readonly context: readonly ContextMember[];
  /** What the context says of the device, gathered. */
  readonly device: DeviceFacts;
  readonly unread: readonly UnreadMember[];
  /** Closes the sources and removes what was unpacked. */
  close(): void;
}

export interface OpenBundleOptions {
  /** Where large members are unpacked, in a folder of their own; the system's temporary folder by default. */
  readonly cacheFolder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Beside those that the bundle brings. */
  readonly logProbes?: readonly LogProbe[] | undefined;
  /** What hashes a file; one that remembers, perhaps. */
  readonly hashFile?: typeof hashFile | undefined;
  /** 0 to 1: half of it for reading the file's hash, half for its members. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

/**
 * Throws Failure `missing`, `no-permission`, `unreadable`, `empty`, `truncated`, `corrupt`, `unsafe-path`, `limit`,
 * `not-a-bundle`, `no-recording`, `bad-case-file`, and those of the formats.
 */
export async function openBundle(path: string, options: OpenBundleOptions = {}): Promise<Bundle> {
  const name = basename(path);
  const stats = statOf(path, name);
  const held = new Held(options.cacheFolder);
  try {
    const unpacker = new Unpacker(() => held.cacheFolder(), options.signal);
    const listing = await listMembers(path, name, stats, held, unpacker);
    held.keepList(listing.list);
    const { sha256, sizeBytes } = await hashBundle(path, stats, listing.list.members, options);
    const found = await openMembers(listing, name, held, unpacker, options);
    return { name, sizeBytes, sha256, ...found, close: () => held.close() };
  } catch (error) {
    held.close();
    throw systemFailure(error, name);
  }
}

/** A file that is itself a recording, opened without reading it: undefined for a folder, an archive, or neither. */
export async function openRecording(path: string): Promise<OpenRecording | undefined> {
  const name = basename(path);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined;
  const member = fileMember(path, name);
  if (!isRecording(await member.head(), name)) return undefined;
  const file = await member.open();
  try {
    const sources = openSources(file, surroundingsOf(new ContextGatherer().facts, member.modifiedAtMs)) ?? [];
    const close = (): void => [...sources, file].forEach((each) => each.close());
    return { name, sizeBytes: member.sizeBytes, sources, close };
  } catch (error) {
    file.close();
    throw error;
  }
}

export type OpenRecording = Pick<Bundle, 'name' | 'sizeBytes' | 'sources' | 'close'>;

export interface BundleIdentity {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** When its file, or the newest of its files, was last written: milliseconds since 1970. */
  readonly modifiedAtMs: number;
}

/** What a bundle is, without looking into it. Throws as openBundle() where it cannot be read. */
export async function identifyBundle(
  path: string,
  options: Omit<OpenBundleOptions, 'cacheFolder'> = {},
): Promise<BundleIdentity> {
  const name = basename(path);
  const stats = statOf(path, name);
  // A device would be read for ever.
  if (!stats.isDirectory() && !stats.isFile()) throw notABundle(name);
  try {
    const members = stats.isDirectory() ? listFolder(path, name).members : [];
    const { sha256, sizeBytes } = await hashBundle(path, stats, members, options);
    return { name, sizeBytes, sha256, modifiedAtMs: newestOf(members) ?? Math.trunc(stats.mtimeMs) };
  } catch (error) {
    throw systemFailure(error, name);
  }
}

/** All that an open bundle must let go of again. */
class Held implements Keeper {
  readonly #lists: MemberList[] = [];
  readonly #files: ByteSource[] = [];
  readonly sources: Source[] = [];
  readonly #parent: string | undefined;
  #folder: string | undefined;

  constructor(parent: string | undefined) {
    this.#parent = parent;
  }

  keepFile(file: ByteSource): void {
    this.#files.push(file);
  }

  keepList(list: MemberList): void {
    this.#lists.push(list);
  }

  /** The bundle's own folder for unpacked members, made when it is first needed. */
  cacheFolder(): string {
    if (this.#folder === undefined) {
      const parent = this.#parent ?? tmpdir();
      mkdirSync(parent, { recursive: true });
      this.#folder = mkdtempSync(join(parent, 'retroprobe-bundle-'));
    }
    return this.#folder;
  }

  close(): void {
    for (const source of this.sources.splice(0)) source.close();
    for (const list of this.#lists.splice(0)) list.close();
    for (const file of this.#files.splice(0)) file.close();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }
}

function statOf(path: string, name: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw systemFailure(error, name);
  }
}

function notABundle(file: string): Failure {
  return new Failure('bundle', 'not-a-bundle', 'it is neither a file nor a folder', { file });
}

interface Listing {
  readonly list: MemberList;
  /** What its members are within. */
  readonly archive: Archive | undefined;
}

async function listMembers(
  path: string,
  name: string,
  stats: Stats,
  held: Held,
  unpacker: Unpacker,
): Promise<Listing> {
  if (stats.isDirectory()) return { list: listFolder(path, name), archive: undefined };
  if (!stats.isFile()) throw notABundle(name);
  if (stats.size === 0)
    throw new Failure('bundle', 'empty', 'the file is empty', { file: name, at: 'byte 0' });
  const member = await unwrapped(fileMember(path, name), unpacker);
  const head = await member.head();
  const archive = archiveOf(head);
  if (archive !== undefined) {
    const file = await member.open();
    held.keepFile(file);
    return { list: await archive.list(file, '', unpacker), archive };
  }
  if (!isRecording(head, name)) {
    const reason = `it is neither an archive (${ARCHIVE_NAMES}) nor a recording this version reads (${KNOWN_FORMATS})`;
    throw new Failure('bundle', 'not-a-bundle', reason, { file: name, at: 'byte 0' });
  }
  return { list: { members: [member], refused: [], close() {} }, archive: undefined };
}

async function hashBundle(
  path: string,
  stats: Stats,
  members: readonly Member[],
  { signal, onProgress, hashFile: hash = hashFile }: OpenBundleOptions,
): Promise<{ sha256: string; sizeBytes: number }> {
  const files = stats.isDirectory()
    ? members.map((member) => ({ member, path: join(path, member.name) }))
    : undefined;
  const sizeBytes = files?.reduce((sum, { member }) => sum + member.sizeBytes, 0) ?? stats.size;
  let before = 0;
  const report = (bytes: number) => onProgress?.(((before + bytes) / Math.max(1, sizeBytes)) * 0.5);
  if (files === undefined) return { sha256: await hash(path, signal, report), sizeBytes };
  const hashes: { name: string; sha256: string }[] = [];
  for (const file of files) {
    const sha256 = await namingFile(file.member.name, () => hash(file.path, signal, report));
    hashes.push({ name: file.member.name, sha256 });
    before += file.member.sizeBytes;
  }
  return { sha256: hashOfHashes(hashes), sizeBytes };
}

async function openMembers(
  { list, archive }: Listing,
  name: string,
  held: Held,
  unpacker: Unpacker,
  { signal, onProgress, logProbes }: OpenBundleOptions,
): Promise<Pick<Bundle, 'caseFile' | 'sources' | 'context' | 'device' | 'unread'>> {
  const listed = await expand(list, archive, unpacker, held, (part) => onProgress?.(0.5 + part * 0.25));
  const unread: UnreadMember[] = [...listed.refused];
  const refusals: Failure[] = [...listed.failures];
  const caseMember = caseFileOf(listed.members);
  const caseFile = caseMember === undefined ? undefined : await readCaseFile(caseMember, name);
  const gatherer = new ContextGatherer();
  const recordings: KnownMember[] = [];
  const probes = new ProbeCollector(logProbes);
  const folders = new FtraceFolders();
  const attempt = async (member: Pick<KnownMember, 'name'>, work: () => Promise<void>): Promise<void> => {
    signal?.throwIfAborted();
    try {
      await work();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      refusals.push(error);
      unread.push(unreadFor(member.name, error));
    }
  };
  for (const member of listed.members) {
    if (probes.isProbeFile(member)) await attempt(member, () => probes.add(member));
  }
  for (const [index, member] of listed.members.entries()) {
    onProgress?.(0.75 + (index / listed.members.length) * 0.25);
    if (member === caseMember || probes.isProbeFile(member)) continue;
    await attempt(member, async () => {
      if ((await gatherer.take(member)) || folders.take(member)) return;
      if (probes.isLaidOut(member.name)) recordings.push(member);
      else if (isRecording(member.firstBytes, member.name)) recordings.push(member);
      else unread.push({ name: member.name, reason: 'not a recording this version reads' });
    });
  }
  const context = gatherer.finish();
  // Recordings last: how they are read may lie in what is beside them.
  const surroundings = {
    ...surroundingsOf(gatherer.facts, newestOf(listed.members)),
    logProbes: probes.probes,
    logLayouts: probes.layouts,
  };
  for (const member of recordings) await attempt(member, () => openMember(member, surroundings, held));
  for (const folder of folders.names) {
    await attempt({ name: folder }, async () => {
      const source = await folders.open(folder, gatherer.facts, (file) => held.keepFile(file));
      held.sources.push(withSuspectedLosses(source));
    });
  }
  if (held.sources.length === 0) {
    // A recording that was refused says more than that there is none.
    if (refusals[0] !== undefined) throw refusalWithin(name, refusals[0]);
    const reason = `there is no recording in it that this version reads (${KNOWN_FORMATS})`;
    throw new Failure('bundle', 'no-recording', reason, { file: name });
  }
  onProgress?.(1);
  unread.sort((a, b) => (a.name < b.name ? -1 : 1));
  const sources = held.sources.map((source) => completedSource(source, gatherer.facts));
  return { caseFile, sources, context, device: gatherer.facts, unread };
}

/** The refusal of a member, named as a part of its bundle. */
function refusalWithin(bundle: string, { layer, code, reason, place, facts }: Failure): Failure {
  const file = place.file === undefined || place.file === bundle ? bundle : `${bundle}: ${place.file}`;
  return new Failure(layer, code, reason, { ...place, file }, facts);
}

async function openMember(member: Member, surroundings: Surroundings, held: Held): Promise<void> {
  const file = await member.open();
  held.keepFile(file);
  held.sources.push(...(openSources(file, surroundings) ?? []));
}

function newestOf(members: readonly Member[]): number | undefined {
  return members.reduce<number | undefined>((newest, { modifiedAtMs }) => {
    return modifiedAtMs === undefined || modifiedAtMs < (newest ?? 0) ? newest : modifiedAtMs;
  }, undefined);
}

/** case.yaml, in the folder nearest the top that has one. */
function caseFileOf<M extends Member>(members: readonly M[]): M | undefined {
  const depth = (member: M) => member.name.split('/').length;
  return members
    .filter((member) => /(^|\/)case\.ya?ml$/.test(member.name))
    .sort((a, b) => depth(a) - depth(b))[0];
}

/** Throws Failure `bad-case-file` naming the bundle and the file within it. */
async function readCaseFile(member: Member, bundle: string): Promise<CaseFile> {
  const file = await member.open();
  try {
    const bytes = file.read(0, Math.min(file.sizeBytes, CASE_FILE_BYTES_MAX + 1));
    return parseCaseFile(bytes, member.name);
  } catch (error) {
    throw error instanceof Failure ? refusalWithin(bundle, error) : error;
  } finally {
    file.close();
  }
}

function isRecording(head: Uint8Array, name: string): boolean {
  const file = new MemoryBytes(head, name);
  return FORMATS.some((format) => format.detect(file));
}
