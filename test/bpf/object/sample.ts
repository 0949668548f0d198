/** Objects and types the tests in this folder share. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Btf } from '../../../electron/bpf/object/btf.ts';
import { embeddedObjects } from '../../../electron/bpf/object/embedded.ts';

const ROOT = new URL('../../../', import.meta.url);
const KERNEL_BTF = '/sys/kernel/btf/vmlinux';
const TOOLS_DIRECTORY = '/usr/sbin';
/** libbpf-tools are under 2 MB; bpftool itself carries objects for its own use and is larger. */
const TOOL_BYTES_MAX = 4_000_000;

export const COMMITTED_OBJECTS = [
  'programs/scheduling/runqlat.bpf.o',
  'test/programs/callback.bpf.o',
  'test/programs/calls.bpf.o',
  'test/programs/counter.bpf.o',
  'test/programs/externs.bpf.o',
  'test/programs/kernel-functions.bpf.o',
  'test/programs/refused.bpf.o',
];

/** Path of a file of the project. */
export function pathOf(relative: string): string {
  return fileURLToPath(new URL(relative, ROOT));
}

export function bytesOf(relative: string): Uint8Array {
  return new Uint8Array(readFileSync(pathOf(relative)));
}

let kernel: Btf | undefined;

/** The running kernel's types; undefined where it publishes none. */
export function kernelTypes(): Btf | undefined {
  if (kernel === undefined && existsSync(KERNEL_BTF)) kernel = Btf.parse(readFileSync(KERNEL_BTF), 'vmlinux');
  return kernel;
}

export interface Tool {
  readonly name: string;
  readonly objects: readonly Uint8Array[];
}

/** Installed programs that carry BPF objects. */
export function installedTools(): Tool[] {
  if (!existsSync(TOOLS_DIRECTORY)) return [];
  return readdirSync(TOOLS_DIRECTORY)
    .filter((name) => {
      const status = statSync(`${TOOLS_DIRECTORY}/${name}`, { throwIfNoEntry: false });
      return status?.isFile() === true && status.size < TOOL_BYTES_MAX && name !== 'bpftool';
    })
    .map((name) => ({ name, objects: embeddedObjects(readFileSync(`${TOOLS_DIRECTORY}/${name}`), name) }))
    .filter(({ objects }) => objects.length > 0);
}

/** Whether a tool is there; what it makes of the flag does not matter. */
export function isInstalled(tool: string): boolean {
  return spawnSync(tool, ['--version'], { stdio: 'ignore' }).error === undefined;
}

export function textOf(tool: string, parameters: readonly string[]): string {
  return execFileSync(tool, parameters, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}
