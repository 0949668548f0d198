/** `retroprobe://app/`: the page's files under an origin of their own, with the headers of every door. */
import type { Protocol } from 'electron';

import { readPageFile } from '../page-files.ts';
import { securityHeaders } from '../security-headers.ts';
import { isPageAddress, SCHEME } from './names.ts';

/** To be called before the app is ready. */
export function registerScheme(protocol: Pick<Protocol, 'registerSchemesAsPrivileged'>): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

export function serveScheme(protocol: Pick<Protocol, 'handle'>, pageFolder: string): void {
  protocol.handle(SCHEME, (request) => answer(request, pageFolder));
}

async function answer(request: Request, pageFolder: string): Promise<Response> {
  if (!isPageAddress(request.url)) return refusal(403, 'This address is not served here.');
  if (request.method !== 'GET' && request.method !== 'HEAD') return refusal(405, 'Only GET and HEAD.');
  const file = await readPageFile(pageFolder, new URL(request.url).pathname);
  if (file === undefined) return refusal(404, 'No such file.');
  return new Response(request.method === 'HEAD' ? null : new Uint8Array(file.bytes), {
    headers: { ...securityHeaders, 'Content-Type': file.mediaType },
  });
}

function refusal(status: number, text: string): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { ...securityHeaders, 'Content-Type': 'text/plain; charset=utf-8' },
  });
}
