/**
 * A network namespace of the test's own, in which a program that chooses sockets is attached around a workload, and all
 * packets are captured. Skips where this machine has none.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';

/** Attaches a pinned program to its namespace, and becomes the command that follows. */
const LINK = `
  #include <fcntl.h>
  #include <linux/bpf.h>
  #include <stdint.h>
  #include <string.h>
  #include <sys/syscall.h>
  #include <unistd.h>
  int main(int argc, char **argv)
  {
    union bpf_attr attr;
    memset(&attr, 0, sizeof(attr));
    attr.pathname = (uintptr_t)argv[1];
    int prog = syscall(SYS_bpf, BPF_OBJ_GET, &attr, sizeof(attr));
    memset(&attr, 0, sizeof(attr));
    attr.link_create.prog_fd = prog;
    attr.link_create.target_fd = open("/proc/self/ns/net", O_RDONLY);
    attr.link_create.attach_type = BPF_SK_LOOKUP;
    int link = syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));
    if (prog < 0 || link < 0 || argc < 3)
      return 99;
    fcntl(link, F_SETFD, 0);
    execv(argv[2], argv + 2);
    return 98;
  }`;

/** Where the packet is sent that tells that all others are captured. */
export const MARKED_PORT = 4444;
const MARK = 'end of the workload';

/** In the namespace: $1 the capture, then the command. */
const SCRIPT = `
  ip link set lo up || exit 97
  capture_file=$1
  shift
  tcpdump -i any --immediate-mode -B 65536 -s 2048 -U -w "$capture_file" 2> "$capture_file.log" & capture=$!
  until grep -q 'listening on' "$capture_file.log"; do kill -0 $capture || exit 96; done
  "$@" || exit 95
  until grep -q '${MARK}' "$capture_file"; do echo '${MARK}' > /dev/udp/127.0.0.1/${MARKED_PORT}; done 2> /dev/null
  kill -INT $capture
  wait $capture
  grep -q '^0 packets dropped' "$capture_file.log" || { tail -1 "$capture_file.log" >&2; exit 94; }`;

/** Runs a command in a namespace of its own, of which all packets are captured into a file. */
export function capturing(file: string, command: readonly string[]): readonly string[] {
  return ['unshare', '-n', 'bash', '-c', SCRIPT, 'bash', file, ...command];
}

export interface LivePackets {
  readonly capture: Uint8Array;
  pairs(map: string): readonly { readonly key: Uint8Array; readonly value: Uint8Array }[];
}

export function livePackets(
  context: TestContext,
  object: string,
  program: string,
  workload: string,
): LivePackets {
  if (process.getuid?.() !== 0) context.skip('not root');
  const folder = mkdtempSync(join(tmpdir(), 'retroprobe-namespace-'));
  const pins = join('/sys/fs/bpf', `retroprobe-namespace-${process.pid}`);
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
    rmSync(pins, { recursive: true, force: true });
  });
  const link = join(folder, 'link');
  writeFileSync(`${link}.c`, LINK);
  const run = (...[command = '', ...rest]: readonly string[]): string => {
    const { status, stdout, stderr, error } = spawnSync(command, rest, { encoding: 'utf8', timeout: 30_000 });
    if (status !== 0) context.skip(`${command} ends with ${status ?? error?.message}: ${stderr}`);
    return stdout;
  };
  run('cc', '-o', link, `${link}.c`);
  try {
    mkdirSync(pins);
  } catch {
    context.skip('no file system for programs');
  }
  run('bpftool', 'prog', 'loadall', object, pins, 'pinmaps', pins);
  const capture = join(folder, 'capture.pcap');
  run(...capturing(capture, [link, join(pins, program), workload]));
  return {
    capture: readFileSync(capture),
    pairs(map) {
      const dump = run('bpftool', '-j', 'map', 'dump', 'pinned', join(pins, map));
      const bytes = (words: readonly string[]): Uint8Array => Uint8Array.from(words, Number);
      return (JSON.parse(dump) as { key: string[]; value: string[] }[]).map(({ key, value }) => ({
        key: bytes(key),
        value: bytes(value),
      }));
    },
  };
}
