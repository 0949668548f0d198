/** The built page's files, by the path part of an address; the same for every door. */
import { readFile } from 'node:fs/promises';
import { extname, join, resolve, sep } from 'node:path';

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
};

export interface PageFile {
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

/** undefined for a path that names no file below `folder`, of a kind that a page is made of. */
export async function readPageFile(folder: string, pathname: string): Promise<PageFile | undefined> {
  const path = safePath(folder, pathname);
  const mediaType = path === undefined ? undefined : mediaTypes[extname(path)];
  if (path === undefined || mediaType === undefined) return undefined;
  try {
    return { bytes: await readFile(path), mediaType };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function safePath(folder: string, pathname: string): string | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  if (decoded.includes('\0') || decoded.includes('\\')) return undefined;
  const root = resolve(folder);
  const path = resolve(join(root, decoded.endsWith('/') ? `${decoded}index.html` : decoded));
  return path.startsWith(root + sep) ? path : undefined;
}
