/** gzip, RFC 1952: any number of members one after another, with their checksums. */
import { createGunzip } from 'node:zlib';
import type { ByteSource } from '../../event.ts';
import type { Compression } from './compression.ts';
import { decoded } from './node-stream.ts';

const DEFLATED = 8;

export const gzip: Compression = {
  name: 'gzip',
  detect: ([first, second, method]) => first === 0x1f && second === 0x8b && method === DEFLATED,
  pieces: (file: ByteSource) => decoded(file, 0, file.sizeBytes, () => createGunzip(), 'gzip'),
};
