/**
 * `npm start` as a process, with stand-ins for Electron and Chromium on this test's own PATH: scripts that
 * write down how they were called.
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, onTestFinished, test } from 'vitest';

import { buildElectron, buildPage } from '../../build/build.ts';
import { sampleBundle, temporaryFolder } from './cli.ts';

const TOKEN = /token=[0-9a-f]{64}/;

beforeAll(async () => {
  await buildPage();
  await buildElectron();
});

interface Machine {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

/** A display that nothing draws on, a home of its own, the given programs. */
function makeMachine(programs: { electron?: string; chromium?: string }, display = ':99'): Machine {
  const folder = temporaryFolder();
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(
      join(bin, name),
      `#!/bin/sh\nprintf '%s\\n' "$@" > '${join(folder, name)}.args'\n${script}\n`,
    );
    chmodSync(join(bin, name), 0o755);
  }
  const cache = join(folder, 'cache');
  mkdirSync(cache);
  // No download is tried here.
  writeFileSync(join(cache, 'electron-download-tried'), '');
  return {
    folder,
    env: {
      PATH: `${bin}:/bin`,
      HOME: folder,
      DISPLAY: display,
      RETROPROBE_CACHE: cache,
      ELECTRON_OVERRIDE_DIST_PATH: bin,
    },
  };
}

/** `onOutput` sees all of it so far, and may end the process. */
async function start(
  { env }: Machine,
  args: readonly string[] = [],
  onOutput: (output: string, interrupt: () => void) => void = () => undefined,
): Promise<{ code: number | null; output: string; errors: string }> {
  const child = spawn(process.execPath, ['electron/start.ts', ...args], { env });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    onOutput(output, () => child.kill('SIGINT'));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  // Said where a source was saved since it was built here.
  return { code, output: output.replace(/^Retroprobe: building .*\n/gm, ''), errors };
}

function argumentsOf({ folder }: Machine, program: string): string[] {
  return readFileSync(join(folder, `${program}.args`), 'utf8')
    .trim()
    .split('\n');
}

test('opens Electron on the built entry, with the bundle named, and ends when its window is closed', async () => {
  const machine = makeMachine({ electron: 'exit 0', chromium: 'exit 0' });
  const { code, output, errors } = await start(machine, [sampleBundle]);
  expect([code, output, errors]).toEqual([0, '', '']);
  const args = argumentsOf(machine, 'electron');
  expect(args[0]).toBe(join(process.cwd(), 'dist/electron/main.js'));
  expect(args.at(-1)).toBe(join(process.cwd(), sampleBundle));
  expect(existsSync(join(machine.folder, 'chromium.args'))).toBe(false);
});

test('goes on to Chromium where Electron does not start, and says why', async () => {
  const machine = makeMachine({ electron: 'echo libnss3.so: cannot open >&2; exit 127', chromium: 'exit 0' });
  const { code, output } = await start(machine);
  expect(code).toBe(0);
  expect(output).toBe(
    "Retroprobe: Electron's binary is not here (it does not start: libnss3.so: cannot open); opening in Chromium\n",
  );
});

test('opens an app window that is led to the address, and ends when it is closed', async () => {
  const machine = makeMachine({ chromium: 'cp "${1#--app=file://}" "$HOME/launcher.html"' });
  const { code, output } = await start(machine);
  expect(code).toBe(0);
  expect(output).toMatch(/^Retroprobe: Electron's binary is not here \(.*\); opening in Chromium\n$/);
  const args = argumentsOf(machine, 'chromium');
  expect(args[0]).toMatch(/^--app=file:\/\/.*open\.html$/);
  const profile = args.find((each) => each.startsWith('--user-data-dir='));
  expect(profile).toContain(machine.env['RETROPROBE_CACHE']);
  expect(args.join('\n')).not.toMatch(TOKEN);
  expect(readFileSync(join(machine.folder, 'launcher.html'), 'utf8')).toMatch(TOKEN);
  // Nothing to find after the end: the token died with its server.
  expect(existsSync(fileURLToPath(args[0]?.slice('--app='.length) ?? ''))).toBe(false);
});

test('serves an address that answers, where there is no display, until it is interrupted', async () => {
  const machine = makeMachine({ electron: 'exit 0', chromium: 'exit 0' }, '');
  const { promise: answered, resolve } = Promise.withResolvers<number>();
  let isAsked = false;
  const { code, output } = await start(machine, [], (soFar, interrupt) => {
    const address = /http:\/\/127\.0\.0\.1:\d+\/#token=[0-9a-f]{64}(?=\n)/.exec(soFar)?.[0];
    if (address === undefined || isAsked) return;
    isAsked = true;
    void fetch(address).then(({ status }) => (resolve(status), interrupt()));
  });
  expect(await answered).toBe(200);
  expect(code).toBe(0);
  expect(output).toContain('there is no display here');
  expect(existsSync(join(machine.folder, 'electron.args'))).toBe(false);
});

test('closes the window when it is interrupted', async () => {
  const machine = makeMachine({ chromium: 'exec sleep 60' });
  const startedAt = performance.now();
  const { code } = await start(machine, [], (soFar, interrupt) => {
    if (soFar.includes('opening in Chromium')) interrupt();
  });
  expect(code).toBe(0);
  expect(performance.now() - startedAt).toBeLessThan(30_000);
});

test('refuses a bundle that is not there before any window opens', async () => {
  const machine = makeMachine({ electron: 'exit 0', chromium: 'exit 0' });
  const { code, output, errors } = await start(machine, ['missing.zip']);
  expect([code, output, errors]).toEqual([1, '', 'retroprobe: missing.zip: no such file\n']);
  expect(existsSync(join(machine.folder, 'electron.args'))).toBe(false);
});
