/**
 * Opens what a user hands over: a zip, a folder, or a single recording. Names each file's format by
 * its bytes, reads case.yaml, and gives the recordings as sources. What is not read is listed, with
 * the reason.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Failure } from '../../failure.ts';
import type { ByteSource, Source } from '../event.ts';
import { FORMATS, openSources } from '../formats/registry.ts';
import { MemoryBytes } from './byte-source.ts';
import { parseCaseFile } from './case-file.ts';
import type { CaseFile } from './case-file.ts';
import { fileMember, listFolder } from './folder.ts';
import { hashFile, hashOfHashes } from './hash.ts';
import { CASE_FILE_BYTES_MAX } from './limits.ts';
import type { Member, MemberList } from './member.ts';
import { namingFile, systemFailure } from './system-failure.ts';
import { listZip } from './zip.ts';

const KNOWN_FORMATS = FORMATS.map(({ name }) => name).join(', ');

export interface UnreadMember {
  readonly name: string;
  readonly reason: string;
}

export interface Bundle {
  readonly name: string;
  /** Of the file; of a folder's files together. */
  readonly sizeBytes: number;
  /** Of the file; of a folder, over its files' names and hashes in order of name. Lower-case hex. */
  readonly sha256: string;
  readonly caseFile: CaseFile | undefined;
  readonly sources: readonly Source[];
  readonly unread: readonly UnreadMember[];
  /** Closes the sources and removes what was unpacked. */
  close(): void;
}

export interface OpenBundleOptions {
  /** Where large members are unpacked, in a folder of their own; the system's temporary folder by default. */
  readonly cacheFolder?: string | undefined;
  readonly signal?: AbortSignal | undefined;
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
    const list = await listMembers(path, name, stats, held, options);
    held.lists.push(list);
    const { sha256, sizeBytes } = await hashBundle(path, stats, list.members, options);
    const found = await openMembers(list, name, held, options);
    return { name, sizeBytes, sha256, ...found, close: () => held.close() };
  } catch (error) {
    held.close();
    throw systemFailure(error, name);
  }
}

/** All that an open bundle must let go of again. */
class Held {
  readonly lists: MemberList[] = [];
  readonly files: ByteSource[] = [];
  readonly sources: Source[] = [];
  readonly #parent: string | undefined;
  #folder: string | undefined;

  constructor(parent: string | undefined) {
    this.#parent = parent;
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
    for (const file of this.files.splice(0)) file.close();
    for (const list of this.lists.splice(0)) list.close();
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

async function listMembers(
  path: string,
  name: string,
  stats: Stats,
  held: Held,
  options: OpenBundleOptions,
): Promise<MemberList> {
  if (stats.isDirectory()) return listFolder(path, name);
  if (!stats.isFile())
    throw new Failure('bundle', 'not-a-bundle', 'it is neither a file nor a folder', { file: name });
  if (stats.size === 0)
    throw new Failure('bundle', 'empty', 'the file is empty', { file: name, at: 'byte 0' });
  const member = fileMember(path, name);
  const head = await member.head();
  if (isZip(head))
    return listZip(path, name, { cacheFolder: () => held.cacheFolder(), signal: options.signal });
  if (!isRecording(head, name)) {
    const reason = `it is neither a zip archive nor a recording this version reads (${KNOWN_FORMATS})`;
    throw new Failure('bundle', 'not-a-bundle', reason, { file: name, at: 'byte 0' });
  }
  return { members: [member], refused: [], close() {} };
}

async function hashBundle(
  path: string,
  stats: Stats,
  members: readonly Member[],
  { signal, onProgress }: OpenBundleOptions,
): Promise<{ sha256: string; sizeBytes: number }> {
  const files = stats.isDirectory()
    ? members.map((member) => ({ member, path: join(path, member.name) }))
    : undefined;
  const sizeBytes = files?.reduce((sum, { member }) => sum + member.sizeBytes, 0) ?? stats.size;
  let before = 0;
  const report = (bytes: number) => onProgress?.(((before + bytes) / Math.max(1, sizeBytes)) * 0.5);
  if (files === undefined) return { sha256: await hashFile(path, signal, report), sizeBytes };
  const hashes: { name: string; sha256: string }[] = [];
  for (const file of files) {
    const sha256 = await namingFile(file.member.name, () => hashFile(file.path, signal, report));
    hashes.push({ name: file.member.name, sha256 });
    before += file.member.sizeBytes;
  }
  return { sha256: hashOfHashes(hashes), sizeBytes };
}

async function openMembers(
  list: MemberList,
  name: string,
  held: Held,
  { signal, onProgress }: OpenBundleOptions,
): Promise<Pick<Bundle, 'caseFile' | 'sources' | 'unread'>> {
  const unread: UnreadMember[] = [...list.refused];
  const refusals: Failure[] = [];
  const caseMember = caseFileOf(list.members);
  let caseFile: CaseFile | undefined;
  for (const [index, member] of list.members.entries()) {
    signal?.throwIfAborted();
    onProgress?.(0.5 + (index / list.members.length) * 0.5);
    if (member === caseMember) {
      caseFile = await readCaseFile(member);
      continue;
    }
    try {
      const reason = await openMember(member, held);
      if (reason !== undefined) unread.push({ name: member.name, reason });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      refusals.push(error);
      unread.push({ name: member.name, reason: error.message });
    }
  }
  if (held.sources.length === 0) {
    // A recording that was refused says more than that there is none.
    if (refusals[0] !== undefined) throw refusalWithin(name, refusals[0]);
    throw new Failure(
      'bundle',
      'no-recording',
      `there is no recording in it that this version reads (${KNOWN_FORMATS})`,
      {
        file: name,
      },
    );
  }
  onProgress?.(1);
  return { caseFile, sources: [...held.sources], unread };
}

/** The refusal of a member, named as a part of its bundle. */
function refusalWithin(bundle: string, { layer, code, reason, place, facts }: Failure): Failure {
  const file = place.file === undefined || place.file === bundle ? bundle : `${bundle}: ${place.file}`;
  return new Failure(layer, code, reason, { ...place, file }, facts);
}

/** Adds the member's sources to what is held, or says why it has none. */
async function openMember(member: Member, held: Held): Promise<string | undefined> {
  if (member.sizeBytes === 0) return 'it is empty';
  const head = await member.head();
  if (isZip(head)) return 'an archive within the archive is not opened';
  if (!isRecording(head, member.name)) return 'not a recording this version reads';
  const file = await member.open();
  held.files.push(file);
  held.sources.push(...(openSources(file) ?? []));
  return undefined;
}

/** case.yaml, in the folder nearest the top that has one. */
function caseFileOf(members: readonly Member[]): Member | undefined {
  const depth = (member: Member) => member.name.split('/').length;
  return members
    .filter((member) => /(^|\/)case\.ya?ml$/.test(member.name))
    .sort((a, b) => depth(a) - depth(b))[0];
}

async function readCaseFile(member: Member): Promise<CaseFile> {
  if (member.sizeBytes > CASE_FILE_BYTES_MAX)
    return parseCaseFile(new Uint8Array(CASE_FILE_BYTES_MAX + 1), member.name);
  const file = await member.open();
  try {
    return parseCaseFile(file.read(0, file.sizeBytes), member.name);
  } finally {
    file.close();
  }
}

function isZip(head: Uint8Array): boolean {
  const [p, k, a, b] = head;
  if (p !== 0x50 || k !== 0x4b) return false;
  // An entry, or the directory's end in an archive of no entries.
  return (a === 3 && b === 4) || (a === 5 && b === 6);
}

function isRecording(head: Uint8Array, name: string): boolean {
  const file = new MemoryBytes(head, name);
  return FORMATS.some((format) => format.detect(file));
}
