/** A browser of the Chromium family, to show the page in a window of its own where Electron is not. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { rootFlags } from './child.ts';

export interface Browser {
  readonly name: string;
  readonly path: string;
}

interface Candidate {
  readonly name: string;
  /** Commands to look for in PATH. */
  readonly commands: readonly string[];
  readonly macApp: string;
  /** Below a `Program Files` folder. */
  readonly windowsPath: readonly string[];
}

const candidates: readonly Candidate[] = [
  {
    name: 'Chromium',
    commands: ['chromium', 'chromium-browser'],
    macApp: 'Chromium.app/Contents/MacOS/Chromium',
    windowsPath: ['Chromium', 'Application', 'chrome.exe'],
  },
  {
    name: 'Chrome',
    commands: ['google-chrome-stable', 'google-chrome'],
    macApp: 'Google Chrome.app/Contents/MacOS/Google Chrome',
    windowsPath: ['Google', 'Chrome', 'Application', 'chrome.exe'],
  },
  {
    name: 'Edge',
    commands: ['microsoft-edge-stable', 'microsoft-edge'],
    macApp: 'Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
    windowsPath: ['Microsoft', 'Edge', 'Application', 'msedge.exe'],
  },
];

export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  readonly exists: (path: string) => boolean;
}

export const thisMachine: Machine = { platform: process.platform, env: process.env, exists: existsSync };

export function findBrowser(machine: Machine = thisMachine): Browser | undefined {
  for (const candidate of candidates) {
    const path = pathsOf(candidate, machine).find((each) => machine.exists(each));
    if (path !== undefined) return { name: candidate.name, path };
  }
  return undefined;
}

function pathsOf({ commands, macApp, windowsPath }: Candidate, { platform, env }: Machine): string[] {
  if (platform === 'darwin')
    return [join('/Applications', macApp), join(env['HOME'] ?? '', 'Applications', macApp)];
  if (platform === 'win32') {
    const folders = [env['ProgramFiles'], env['ProgramFiles(x86)'], env['LOCALAPPDATA']];
    return folders.filter((folder) => folder !== undefined).map((folder) => join(folder, ...windowsPath));
  }
  const folders = (env['PATH'] ?? '').split(':').filter((folder) => folder.startsWith('/'));
  return commands.flatMap((command) => folders.map((folder) => join(folder, command)));
}

/**
 * A file that leads on to the address and that only this user can read: the address holds the token, and
 * a command line can be read by every user of the machine. `folder` must be closed to others.
 */
export function writeLauncher(folder: string, address: string): string {
  const path = join(folder, 'open.html');
  const script = `location.replace(${JSON.stringify(address)})`;
  // A new file, so that its mode is ours and no link is followed.
  rmSync(path, { force: true });
  writeFileSync(path, `<!doctype html><title>Retroprobe</title><script>${script}</script>\n`, {
    mode: 0o600,
    flag: 'wx',
  });
  return path;
}

/** A window with nothing of a browser around it, that asks nobody anything. */
export function browserArguments(launcherPath: string, profileFolder: string): string[] {
  return [
    `--app=${pathToFileURL(launcherPath).href}`,
    `--user-data-dir=${profileFolder}`,
    '--window-size=1440,900',
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-quic',
    ...rootFlags(),
  ];
}
