/** What a recording's kernel calls its own version, as programs that ask for it expect it. */

const SUBLEVEL_MAX = 255;

/** LINUX_VERSION_CODE of a release such as `6.18.44-generic`; undefined where it does not begin with a version. */
export function linuxVersionCode(release: string | undefined): number | undefined {
  const match = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(release ?? '');
  if (match === null) return undefined;
  const [, major, minor, sublevel = '0'] = match;
  // KERNEL_VERSION() of Linux 5.x and later clamps the sublevel to a byte.
  return Number(major) * 65_536 + Number(minor) * 256 + Math.min(Number(sublevel), SUBLEVEL_MAX);
}
