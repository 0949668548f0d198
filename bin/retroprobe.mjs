#!/usr/bin/env node
// The command line. The sources run as TypeScript on Node 24: an older node hands over to the one
// that the project's own `node` package brings.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../electron/cli.ts', import.meta.url));
const major = Number(process.versions.node.split('.')[0]);
if (major >= 24) {
  await import(cli);
} else {
  const node = createRequire(import.meta.url).resolve('node/bin/node');
  const child = spawnSync(node, [cli, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = child.status ?? 1;
}
