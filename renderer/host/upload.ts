/** Hands a file to the engine in pieces; the file is never held whole. */
import {
  UPLOAD_PIECE_BYTES_MAX,
  type HostApi,
  type OpenedFile,
  type SymbolFile,
} from '../../electron/host/contract.ts';
import { pageFailure } from './host-error.ts';

export interface UploadOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (fraction: number) => void;
}

/** Throws HostError `cancelled` when the signal fires; what was sent is dropped on the other side. */
export async function uploadFile(api: HostApi, file: File, options: UploadOptions): Promise<OpenedFile> {
  return api.finishUpload({ uploadId: await handOver(api, file, options) });
}

/** As uploadFile(), for its symbols. */
export async function uploadSymbols(api: HostApi, file: File, options: UploadOptions): Promise<SymbolFile> {
  return api.finishSymbols({ uploadId: await handOver(api, file, options) });
}

async function handOver(api: HostApi, file: File, { signal, onProgress }: UploadOptions): Promise<string> {
  if (file.size === 0) throw pageFailure('empty-file', file.name);
  const { uploadId } = await api.beginUpload({ name: file.name, sizeBytes: file.size });
  for (let sentBytes = 0; sentBytes < file.size;) {
    if (signal.aborted) {
      await api.cancel({ jobId: uploadId });
      throw pageFailure('cancelled', file.name);
    }
    const piece = await readPiece(file, sentBytes);
    await api.appendUpload({ uploadId, bytes: piece });
    sentBytes += piece.length;
    onProgress(sentBytes / file.size);
  }
  return uploadId;
}

/** A file that was changed or removed since it was chosen cannot be read; a folder neither. */
async function readPiece(file: File, fromByte: number): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.slice(fromByte, fromByte + UPLOAD_PIECE_BYTES_MAX).arrayBuffer());
  } catch (error) {
    throw pageFailure('unreadable-file', file.name, error instanceof Error ? error.message : '');
  }
}
