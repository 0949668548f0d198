/// <reference types="node" />
import { expect, it } from 'vitest';

import { UPLOAD_PIECE_BYTES_MAX, type HostApi } from '../../../electron/host/contract.ts';
import { failureOf } from '../../../renderer/host/host-error.ts';
import { uploadFile } from '../../../renderer/host/upload.ts';
import { fakeHost } from '../fake-host.ts';

const quiet = { signal: new AbortController().signal, onProgress: () => undefined };

it('sends every byte once, in order, in pieces no larger than allowed', async () => {
  const bytes = Uint8Array.from({ length: UPLOAD_PIECE_BYTES_MAX * 2 + 3 }, (_, at) => at % 251);
  const pieces: Uint8Array[] = [];
  const fractions: number[] = [];
  const { api } = fakeHost();
  const appendUpload: HostApi['appendUpload'] = async (call) => {
    pieces.push(call.bytes);
    return api.appendUpload(call);
  };
  const opened = await uploadFile({ ...api, appendUpload }, new File([bytes], 'big.zip'), {
    ...quiet,
    onProgress: (fraction) => fractions.push(fraction),
  });
  expect(opened).toMatchObject({ kind: 'bundle', bundle: { name: 'big.zip' } });
  expect(pieces.map(({ length }) => length)).toEqual([UPLOAD_PIECE_BYTES_MAX, UPLOAD_PIECE_BYTES_MAX, 3]);
  expect(Buffer.compare(Buffer.concat(pieces), bytes)).toBe(0);
  expect(fractions.at(-1)).toBe(1);
});

it('stops between pieces when cancelled, and has the other side drop what it got', async () => {
  const host = fakeHost();
  const abort = new AbortController();
  const file = new File([new Uint8Array(UPLOAD_PIECE_BYTES_MAX + 1)], 'big.zip');
  const upload = uploadFile(host.api, file, { signal: abort.signal, onProgress: () => abort.abort() });
  expect(await upload.catch(failureOf)).toMatchObject({ code: 'cancelled', file: 'big.zip' });
  expect(host.calls.map(({ method }) => method)).toEqual(['beginUpload', 'appendUpload', 'cancel']);
  expect(host.calls.at(-1)?.argument).toEqual({ jobId: 'upload-1' });
});

it('sends nothing of an empty file', async () => {
  const host = fakeHost();
  expect(await uploadFile(host.api, new File([], 'empty.zip'), quiet).catch(failureOf)).toMatchObject({
    code: 'empty-file',
  });
  expect(host.calls).toEqual([]);
});
