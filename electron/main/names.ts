/** Names that the main process, the preload and the page agree on. No imports: the preload carries it. */

export const SCHEME = 'retroprobe';
export const PAGE_HOST = 'app';
/** As the page's own `location.origin` spells it. */
export const PAGE_ORIGIN = `${SCHEME}://${PAGE_HOST}`;

/** Preload to main: the page has loaded and wants its port. */
export const ASK_CHANNEL = 'retroprobe-ask';
/** Main to preload and preload to page, with the port beside it; `renderer/host/port-channel.ts` knows it. */
export const PORT_CHANNEL = 'retroprobe-port';

/** Whether an address is one of our page's. Node's URL has no origin for a scheme it does not know. */
export function isPageAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, host, username, password } = new URL(address);
  return protocol === `${SCHEME}:` && host === PAGE_HOST && username === '' && password === '';
}
