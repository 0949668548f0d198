/**
 * A tar, as POSIX.1-1988 (ustar), POSIX.1-2001 (pax) and GNU write it. Files are read where they lie. Links,
 * devices and sparse files are listed with the reason; an archive that is cut short gives the files before the cut.
 */
import { Failure } from '../../../failure.ts';
import type { ByteSource } from '../../event.ts';
import { SliceBytes } from '../byte-source.ts';
import { HEAD_BYTES, MEMBERS_MAX, PATH_BYTES_MAX } from '../limits.ts';
import type { Member, MemberList, UnreadMember } from '../member.ts';
import type { Unpacker } from '../unpacker.ts';
import type { Archive } from './archive.ts';
import { safePath } from './safe-path.ts';

const BLOCK = 512;
/** Attributes and long names are read whole; a path is the longest that is kept. */
const EXTENSION_BYTES_MAX = 16 * PATH_BYTES_MAX;

export const tar: Archive = { name: 'tar', isLevel: true, detect: isTarHeader, list: listTar };

interface Header {
  readonly name: string;
  readonly type: string;
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

/** What pax attributes and GNU's long names say of the entry that follows. */
interface Extension {
  path?: string | undefined;
  sizeBytes?: number | undefined;
  modifiedAtMs?: number | undefined;
  isSparse?: boolean;
}

/** By its checksum, which tars older than any magic have too. */
function isTarHeader(head: Uint8Array): boolean {
  if (head.length < BLOCK || head[0] === 0) return false;
  return checksumOf(head.subarray(0, BLOCK)) === octal(head, 148, 8);
}

async function listTar(file: ByteSource, prefix: string, unpacker: Unpacker): Promise<MemberList> {
  const members: Member[] = [];
  const refused: UnreadMember[] = [];
  let extension: Extension = {};
  let globals: Extension = {};
  for (let at = 0; at < file.sizeBytes;) {
    unpacker.signal?.throwIfAborted();
    if (file.sizeBytes - at < BLOCK) {
      refused.push(cutShort(file));
      break;
    }
    const block = file.read(at, BLOCK);
    // Zeros end the archive; what follows is padding of the tape's record.
    if (block.every((byte) => byte === 0)) break;
    const header = readHeader(block, file, at);
    const dataAt = at + BLOCK;
    const isExtension = 'xgLK'.includes(header.type);
    const sizeBytes = (isExtension ? undefined : extension.sizeBytes) ?? header.sizeBytes;
    at = dataAt + Math.ceil(sizeBytes / BLOCK) * BLOCK;
    if (isExtension) {
      if (dataAt + sizeBytes > file.sizeBytes) {
        refused.push(cutShort(file));
        break;
      }
      const text = extensionText(file, dataAt, sizeBytes);
      if (header.type === 'g') globals = { ...globals, ...paxAttributes(text) };
      else if (header.type === 'x') extension = { ...extension, ...paxAttributes(text) };
      else if (header.type === 'L') extension = { ...extension, path: textUntilNul(text) };
      continue;
    }
    const facts = { ...globals, ...extension };
    extension = {};
    if (header.type === '5' || header.type === 'V' || (facts.path ?? header.name).endsWith('/')) continue;
    if (members.length + refused.length >= MEMBERS_MAX)
      throw new Failure('bundle', 'limit', `it holds more than ${MEMBERS_MAX} entries`, { file: file.name });
    const name = prefix + safePath(facts.path ?? header.name, file.name, `byte ${dataAt - BLOCK}`);
    const reason = refusalOf(header.type, facts, dataAt + sizeBytes - file.sizeBytes);
    if (reason !== undefined) refused.push({ name, reason });
    else members.push(tarMember(file, name, dataAt, sizeBytes, facts.modifiedAtMs ?? header.modifiedAtMs));
  }
  return { members, refused, close() {} };
}

function tarMember(
  file: ByteSource,
  name: string,
  at: number,
  sizeBytes: number,
  modifiedAtMs: number,
): Member {
  return {
    name,
    sizeBytes,
    modifiedAtMs,
    head: async () => file.read(at, Math.min(HEAD_BYTES, sizeBytes)),
    open: async () => new SliceBytes(file, at, sizeBytes, name),
  };
}

function cutShort(file: ByteSource): UnreadMember {
  return {
    name: file.name,
    reason: `the archive is cut short: it ends within an entry at byte ${file.sizeBytes}`,
  };
}

function refusalOf(type: string, { isSparse }: Extension, missingBytes: number): string | undefined {
  if (type === '1' || type === '2') return 'a link, not a file';
  if (type === 'S' || isSparse === true) return 'a sparse file, which is not read';
  if (type !== '0' && type !== '\0' && type !== '7') return 'a device, not a file';
  return missingBytes > 0 ? `the archive is cut short: ${missingBytes} bytes of it are missing` : undefined;
}

function readHeader(block: Uint8Array, file: ByteSource, at: number): Header {
  const sizeBytes = numeric(block, 124, 12);
  if (checksumOf(block) !== octal(block, 148, 8) || sizeBytes === undefined) {
    const reason = 'the archive is damaged: what should be the header of an entry is none';
    throw new Failure('bundle', 'corrupt', reason, { file: file.name, at: `byte ${at}` });
  }
  // GNU has other fields where ustar has the first part of a long path.
  const isUstar = latin1(block, 257, 6) === 'ustar' && block[262] === 0;
  const prefix = isUstar ? utf8(block, 345, 155) : '';
  const name = utf8(block, 0, 100);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type: String.fromCharCode(block[156] ?? 0),
    sizeBytes,
    modifiedAtMs: (numeric(block, 136, 12) ?? 0) * 1000,
  };
}

/** The sum of all bytes, those of the checksum itself taken as spaces. */
function checksumOf(block: Uint8Array): number {
  let sum = 8 * 0x20;
  for (let at = 0; at < BLOCK; at++) if (at < 148 || at >= 156) sum += block[at] ?? 0;
  return sum;
}

function octal(block: Uint8Array, at: number, length: number): number | undefined {
  const text = latin1(block, at, length).trim();
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

/** Octal, or as GNU writes what octal cannot hold: binary, the first bit set. */
function numeric(block: Uint8Array, at: number, length: number): number | undefined {
  if (((block[at] ?? 0) & 0x80) === 0)
    return latin1(block, at, length).trim() === '' ? 0 : octal(block, at, length);
  let value = (block[at] ?? 0) & 0x7f;
  for (let index = at + 1; index < at + length; index++) value = value * 256 + (block[index] ?? 0);
  return Number.isSafeInteger(value) ? value : undefined;
}

function extensionText(file: ByteSource, at: number, sizeBytes: number): string {
  if (sizeBytes > EXTENSION_BYTES_MAX) {
    const reason = `the attributes of an entry take ${sizeBytes} bytes, more than ${EXTENSION_BYTES_MAX}`;
    throw new Failure('bundle', 'limit', reason, { file: file.name, at: `byte ${at}` });
  }
  return Buffer.from(file.read(at, sizeBytes)).toString('utf8');
}

/** Lines of `LENGTH KEY=VALUE`; the length, which allows line ends in a value, is not needed for these keys. */
function paxAttributes(text: string): Extension {
  const value = (key: string): string | undefined =>
    new RegExp(`^\\d+ ${key.replace('.', '\\.')}=(.*)$`, 'm').exec(text)?.[1];
  const number = (key: string): number | undefined => {
    const digits = value(key);
    return digits !== undefined && /^\d{1,15}(\.\d+)?$/.test(digits) ? Number(digits) : undefined;
  };
  const mtime = number('mtime');
  const path = value('path');
  const sizeBytes = number('size');
  return {
    ...(path === undefined ? {} : { path }),
    ...(sizeBytes === undefined ? {} : { sizeBytes: Math.trunc(sizeBytes) }),
    ...(mtime === undefined ? {} : { modifiedAtMs: Math.trunc(mtime * 1000) }),
    ...(/^\d+ GNU\.sparse\./m.test(text) ? { isSparse: true } : {}),
  };
}

function textUntilNul(text: string): string {
  return text.split('\0', 1)[0] ?? '';
}

function utf8(block: Uint8Array, at: number, length: number): string {
  return textUntilNul(Buffer.from(block.subarray(at, at + length)).toString('utf8'));
}

function latin1(block: Uint8Array, at: number, length: number): string {
  return textUntilNul(Buffer.from(block.subarray(at, at + length)).toString('latin1'));
}
