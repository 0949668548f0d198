/** What ran, for reports and the about box. */
import packageJson from '../../package.json' with { type: 'json' };

export function appVersions(): { readonly retroprobe: string; readonly node: string } & Record<
  string,
  string
> {
  const { electron } = process.versions;
  return {
    retroprobe: packageJson.version,
    node: process.versions.node,
    ...(electron === undefined ? {} : { electron }),
  };
}
