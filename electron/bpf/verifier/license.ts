/** Which licenses of a program let it call what the kernel keeps for free software. */

/** Licenses that license_is_gpl_compatible() in Linux accepts. */
const GPL_COMPATIBLE: ReadonlySet<string> = new Set([
  'GPL',
  'GPL v2',
  'GPL and additional rights',
  'Dual BSD/GPL',
  'Dual MIT/GPL',
  'Dual MPL/GPL',
]);

/** `license`: text of the object's `license` section. */
export function isGplCompatible(license: string): boolean {
  return GPL_COMPATIBLE.has(license);
}
