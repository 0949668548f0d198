/** A cgroup of the test's own, with programs of an object attached by bpftool; skips where this machine has none. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';

export interface LiveCgroup {
  /** Runs a command in it; what it printed. */
  run(command: readonly string[]): string;
  /** A pinned map's pairs, hex. */
  pairs(map: string): readonly { readonly key: Uint8Array; readonly value: Uint8Array }[];
}

/** A program of the sockets in a map. */
export interface MapProgram {
  readonly program: string;
  /** As bpftool names it; its versions differ. */
  readonly places: readonly string[];
  readonly map: string;
}

/** Programs by what bpftool calls their place: `cgroup_inet4_connect`. */
export function liveCgroup(
  context: TestContext,
  object: string,
  places: Readonly<Record<string, string>>,
  onMaps: readonly MapProgram[] = [],
): LiveCgroup {
  const mounted = /^cgroup2 (\S+) cgroup2 rw/m.exec(readFileSync('/proc/mounts', 'utf8'))?.[1];
  if (process.getuid?.() !== 0 || mounted === undefined) context.skip('no root, or no cgroup2 to write to');
  const name = `retroprobe-test-${process.pid}`;
  const [group, pins] = [join(mounted ?? '', name), join('/sys/fs/bpf', name)];
  onTestFinished(() => {
    rmSync(pins, { recursive: true, force: true });
    // Programs go with their cgroup.
    rmdirSync(group);
  });
  mkdirSync(group);
  try {
    mkdirSync(pins);
  } catch {
    context.skip('no file system for programs');
  }
  const loaded = spawnSync('bpftool', ['prog', 'loadall', object, pins, 'pinmaps', pins], {
    encoding: 'utf8',
  });
  if (loaded.status !== 0) context.skip(`the kernel loads none of it: ${loaded.stderr ?? 'no bpftool'}`);
  for (const { program, places: names, map } of onMaps) {
    const isAttached = names.some((name) => {
      const asked = ['prog', 'attach', 'pinned', join(pins, program), name, 'pinned', join(pins, map)];
      return spawnSync('bpftool', asked).status === 0;
    });
    if (!isAttached) context.skip(`the kernel does not attach ${program} to a map`);
  }
  for (const [program, place] of Object.entries(places)) {
    const asked = ['cgroup', 'attach', group, place, 'pinned', join(pins, program), 'multi'];
    const { status, stderr } = spawnSync('bpftool', asked, { encoding: 'utf8' });
    if (status !== 0) context.skip(`the kernel does not attach ${program}: ${stderr}`);
  }
  return {
    run(command) {
      const inside = ['-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', group, ...command];
      return execFileSync('sh', inside, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    },
    pairs(map) {
      const dump = execFileSync('bpftool', ['-j', 'map', 'dump', 'pinned', join(pins, map)], {
        encoding: 'utf8',
      });
      const bytes = (words: readonly string[]): Uint8Array => Uint8Array.from(words, Number);
      return (JSON.parse(dump) as { key: string[]; value: string[] }[]).map(({ key, value }) => ({
        key: bytes(key),
        value: bytes(value),
      }));
    },
  };
}
