/**
 * The secret that lets this page talk to the engine. It arrives in the address's fragment, which no
 * server and no referrer sees, is taken out of the address bar, and lives as long as the tab.
 */
const STORAGE_KEY = 'retroprobe.token';
const TOKEN = /^#token=([0-9a-f]{16,128})$/i;

/** undefined where the address has none and the tab knows none. */
export function takeToken(
  target: Pick<Window, 'location' | 'history' | 'sessionStorage'>,
): string | undefined {
  const [, token] = TOKEN.exec(target.location.hash) ?? [];
  if (token === undefined) return target.sessionStorage.getItem(STORAGE_KEY) ?? undefined;
  target.sessionStorage.setItem(STORAGE_KEY, token);
  target.history.replaceState(null, '', target.location.pathname + target.location.search);
  return token;
}
