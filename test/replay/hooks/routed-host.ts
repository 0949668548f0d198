/**
 * A host in a network namespace of its own, with programs on its routes, that is sent frames: what a kernel makes of
 * them, beside a replay of the same frames.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';
import { folder } from '../../trace/bundle/on-disk.ts';

/** Sends the frames of a file, each behind its length of 16 bits, out of an interface. */
const SENDER = `
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	static unsigned char frame[65536];
	uint16_t length;
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	FILE *file = fopen(argv[2], "rb");
	to.sll_ifindex = if_nametoindex(argv[1]);
	if (argc < 3 || fd < 0 || !file || !to.sll_ifindex)
		return 1;
	while (fread(&length, sizeof length, 1, file) == 1 && fread(frame, length, 1, file) == 1)
		if (sendto(fd, frame, length, 0, (struct sockaddr *)&to, sizeof to) != length)
			return 2;
	return 0;
}
`;

/** Frames come in by v1 and go out by w0 or x0; nobody is behind those, and what comes out shows at w1 and x1. */
const SETUP = `
set -e
ip link set lo up
ip link add v0 index 2 type veth peer name v1 index 3 address 02:00:00:00:00:01
ip link add w0 index 4 type veth peer name w1 index 5 address 02:00:00:00:00:09
ip link add x0 index 6 type veth peer name x1 index 7
for device in v0 v1 w0 w1 x0 x1; do ip link set $device addrgenmode none; ip link set $device up; done
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.v1.rp_filter=0
ip addr add 10.1.0.1/16 dev v1
ip addr add 10.9.0.1/16 dev w0
ip -6 addr add fd00:1::1/64 dev v1 nodad
ip -6 addr add fd00:9::1/64 dev w0 nodad
ip addr add 10.8.0.1/16 dev x0
ip neigh add 10.8.0.2 lladdr 02:00:00:00:00:78 dev x0
for place in 10.9.0.2 fd00:9::2; do ip neigh add $place lladdr 02:00:00:00:00:77 dev w0; done
`;

/** Of the script, where a test cannot be made here. */
const NOT_HERE = 77;

export interface HostAnswer {
  /** What `ip` printed of the host, to lie beside a capture. */
  readonly files: Readonly<Record<string, string>>;
  /** What the last commands printed. */
  readonly printed: string;
  /** By device: captures of tcpdump. */
  readonly captures: Readonly<Record<string, Uint8Array>>;
}

export interface HostRequest {
  /** Programs to pin: `$PINS/NAME`, their maps under `$PINS/maps`. */
  readonly object: string;
  /** A command that runs all of it. */
  readonly within?: readonly string[];
  /** Arguments of `ip route add`. */
  readonly routes?: readonly string[];
  /** Commands that attach programs. */
  readonly attach?: readonly string[];
  /** Devices to capture on what comes in there: until each has had a frame of more than 700 bytes. */
  readonly captured?: readonly string[];
  /** Of tcpdump. */
  readonly filter?: string;
  readonly frames: readonly Uint8Array[];
  /** Commands that say what was seen. */
  readonly ask?: string;
}

/** Skips the test where a namespace, bpf or a tool is not to be had. */
export function routedHost(
  context: TestContext,
  {
    object,
    routes = [],
    attach = [],
    captured = [],
    filter = 'udp port 9',
    within = [],
    frames,
    ask = '',
  }: HostRequest,
): HostAnswer {
  if (spawnSync('unshare', ['-n', 'true']).status !== 0) context.skip('no network namespace can be had');
  const path = folder();
  const pins = `/sys/fs/bpf/retroprobe-test-${process.pid}`;
  onTestFinished(() => void spawnSync('rm', ['-rf', pins]));
  writeFileSync(join(path, 'send.c'), SENDER);
  if (spawnSync('cc', ['-O1', '-o', join(path, 'send'), join(path, 'send.c')]).status !== 0)
    context.skip('no C compiler');
  const lengths = frames.map((frame) => Buffer.from(Uint16Array.of(frame.length).buffer));
  writeFileSync(
    join(path, 'frames'),
    Buffer.concat(frames.flatMap((frame, index) => [lengths[index] ?? frame, frame])),
  );
  const tools = ['ip', 'tc', 'sysctl', 'bpftool', ...(captured.length > 0 ? ['tcpdump'] : [])];
  const script = `for tool in ${tools.join(' ')}; do command -v $tool > /dev/null || exit ${NOT_HERE}; done
${SETUP}
mkdir -p $PINS
bpftool prog loadall ${object} $PINS pinmaps $PINS/maps || exit ${NOT_HERE}
${[...routes.map((route) => `ip route add ${route}`), ...attach].map((line) => `${line} || exit ${NOT_HERE}`).join('\n')}
${captured.map((device) => startCapture(device, filter)).join('\n')}
ip addr > "$1/ip_addr"
ip route show table all > "$1/ip_route"
ip neigh > "$1/ip_neigh"
sysctl -a -r '^net[.]ipv[46]' > "$1/sysctl"
"$1/send" v0 "$1/frames"
${captured.map(endCapture).join('\n')}
${ask}`;
  const [command = 'unshare', ...rest] = [...within, 'unshare'];
  const { status, stdout, stderr } = spawnSync(command, [...rest, '-n', 'sh', '-c', script, 'sh', path], {
    encoding: 'utf8',
    env: { ...process.env, PINS: pins },
  });
  if (status === null) context.skip(`there is no ${command}`);
  if (status === NOT_HERE) context.skip(`the kernel or its tools take no such program: ${stderr}`);
  if (status !== 0) throw new Error(stderr);
  const names = ['ip_addr', 'ip_route', 'ip_neigh', 'sysctl'];
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(path, name), 'utf8')]));
  const captures = Object.fromEntries(
    captured.map((name) => [name, readFileSync(join(path, `${name}.pcap`))]),
  );
  return { files, printed: stdout, captures };
}

function startCapture(device: string, filter: string): string {
  return `tcpdump --immediate-mode -U -n -Q in -i ${device} -w "$1/${device}.pcap" "${filter}" 2> "$1/${device}.log" &
${device}=$!
for try in $(seq 200); do grep -q listening "$1/${device}.log" && break; sleep 0.02; done`;
}

function endCapture(device: string): string {
  return `for try in $(seq 100); do tcpdump -r "$1/${device}.pcap" greater 700 2> /dev/null | grep -q . && break; sleep 0.02; done
kill $${device}`;
}
