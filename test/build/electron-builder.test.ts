import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { configuration } from '../../build/electron-builder.config.ts';

/** Not exported by the package's index; the check that `electron-builder` runs before it packs. */
const { validateConfiguration } = createRequire(import.meta.url)(
  'app-builder-lib/out/util/config/config.js',
) as { validateConfiguration(config: unknown, logger: unknown): Promise<void> };

const logger = { isEnabled: false, add: () => undefined };

test("is a configuration by electron-builder's own schema", async () => {
  await validateConfiguration(configuration, logger);
});

test('would not pass with a name that electron-builder does not know', async () => {
  await expect(validateConfiguration({ ...configuration, fuses: {} }, logger)).rejects.toThrow(/fuses/);
});

test('has an icon that every platform can be made from', () => {
  const folder = configuration.directories?.buildResources ?? '';
  const icon = readFileSync(join(folder, 'icon.png'));
  // A PNG's header: width and height at 16 and 20.
  expect([icon.readUInt32BE(16), icon.readUInt32BE(20)]).toEqual([512, 512]);
  expect(existsSync(join(folder, 'icon.svg'))).toBe(true);
});
