/**
 * Files that a page hands over in pieces: written to the cache folder as they arrive, in a folder named
 * by their content, removed when the host closes.
 */
import { createHash, randomUUID, type Hash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { Failure } from '../failure.ts';

/** A recording of an hour on a busy machine is a few GB. */
const UPLOAD_BYTES_MAX = 64 * 1024 ** 3;
const UPLOADS_MAX = 4;
/** What file systems take. */
const FILE_NAME_BYTES_MAX = 255;

interface Upload {
  /** The page it comes from. */
  readonly owner: object;
  readonly name: string;
  readonly sizeBytes: number;
  readonly path: string;
  readonly fd: number;
  readonly hash: Hash;
  receivedBytes: number;
}

export interface FinishedUpload {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
}

export class Uploads {
  readonly #folder: string;
  readonly #uploads = new Map<string, Upload>();

  constructor(cacheFolder: string) {
    this.#folder = join(cacheFolder, `uploads-${process.pid}-${randomUUID().slice(0, 8)}`);
  }

  begin(name: string, sizeBytes: number, owner: object): string {
    if (sizeBytes > UPLOAD_BYTES_MAX) {
      throw new Failure('host', 'too-large', `${sizeBytes} bytes, more than ${UPLOAD_BYTES_MAX}`, {
        file: name,
      });
    }
    if (this.#uploads.size >= UPLOADS_MAX) {
      throw new Failure('host', 'too-many-uploads', `${UPLOADS_MAX} files are arriving already`, {
        file: name,
      });
    }
    const uploadId = randomUUID();
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const path = join(this.#folder, `${uploadId}.part`);
    const upload = {
      owner,
      name,
      sizeBytes,
      path,
      fd: openSync(path, 'wx', 0o600),
      hash: createHash('sha256'),
      receivedBytes: 0,
    };
    this.#uploads.set(uploadId, upload);
    return uploadId;
  }

  /** Gives the bytes received so far. A piece that goes beyond the announced size ends the upload. */
  append(uploadId: string, bytes: Uint8Array): number {
    const upload = this.#find(uploadId);
    if (upload.receivedBytes + bytes.length > upload.sizeBytes) {
      this.drop(uploadId);
      throw new Failure(
        'host',
        'upload-too-long',
        `more arrived than the ${upload.sizeBytes} bytes announced`,
        { file: upload.name },
      );
    }
    for (let written = 0; written < bytes.length;) written += writeSync(upload.fd, bytes, written);
    upload.hash.update(bytes);
    upload.receivedBytes += bytes.length;
    return upload.receivedBytes;
  }

  finish(uploadId: string): FinishedUpload {
    const upload = this.#find(uploadId);
    this.#uploads.delete(uploadId);
    closeSync(upload.fd);
    if (upload.receivedBytes !== upload.sizeBytes) {
      rmSync(upload.path, { force: true });
      throw new Failure(
        'host',
        'upload-too-short',
        `${upload.receivedBytes} of ${upload.sizeBytes} bytes arrived`,
        { file: upload.name },
      );
    }
    const sha256 = upload.hash.digest('hex');
    const folder = join(this.#folder, sha256);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, safeFileName(upload.name));
    renameSync(upload.path, path);
    return { name: upload.name, path, sha256 };
  }

  /** Forgets an upload and what it wrote; an unknown one is none. */
  drop(uploadId: string): boolean {
    const upload = this.#uploads.get(uploadId);
    if (upload === undefined) return false;
    this.#uploads.delete(uploadId);
    closeSync(upload.fd);
    rmSync(upload.path, { force: true });
    return true;
  }

  /** Forgets what a page that went away had not finished. */
  dropOf(owner: object): void {
    for (const [uploadId, upload] of [...this.#uploads]) if (upload.owner === owner) this.drop(uploadId);
  }

  close(): void {
    for (const uploadId of [...this.#uploads.keys()]) this.drop(uploadId);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #find(uploadId: string): Upload {
    const upload = this.#uploads.get(uploadId);
    if (upload === undefined) throw new Failure('host', 'unknown-upload', 'no such upload');
    return upload;
  }
}

/** The name as the user knows it, so that errors speak of it: nothing in it leaves its folder, none is too long. */
function safeFileName(name: string): string {
  const safe = name.replace(/[/\\\0]/g, '_');
  if (safe === '.' || safe === '..') return '_';
  let bytes = 0;
  let kept = '';
  for (const character of safe) {
    bytes += Buffer.byteLength(character);
    if (bytes > FILE_NAME_BYTES_MAX) break;
    kept += character;
  }
  return kept;
}
