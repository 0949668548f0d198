import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

import { folder } from '../../trace/bundle/on-disk.ts';
import { udpFrame } from '../../trace/formats/pcap/make-pcap.ts';
import { replayOn, type Replayed } from './on-bundle.ts';
import { routedHost } from './routed-host.ts';

const OBJECT = 'test/programs/route-lookups.bpf.o';

/** Attaches an object's programs, says so, and at the end of its input prints a map: key and value in hexadecimal. */
const ATTACHER = `
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <unistd.h>

static void print(const unsigned char *bytes, int count, char after)
{
	for (int i = 0; i < count; i++)
		printf("%02x", bytes[i]);
	putchar(after);
}

int main(int argc, char **argv)
{
	struct bpf_object *object = argc < 3 ? NULL : bpf_object__open_file(argv[1], NULL);
	unsigned char key[256], next[256], value[8];
	struct bpf_program *program;
	int map, has_key = 0;

	if (!object || bpf_object__load(object))
		return 1;
	bpf_object__for_each_program(program, object)
		if (!bpf_program__attach(program))
			return 2;
	puts("ready");
	fflush(stdout);
	while (read(0, key, 1) > 0)
		;
	map = bpf_object__find_map_fd_by_name(object, argv[2]);
	int bytes = bpf_map__key_size(bpf_object__find_map_by_name(object, argv[2]));
	while (!bpf_map_get_next_key(map, has_key ? key : NULL, next)) {
		for (int i = 0; i < bytes; i++)
			key[i] = next[i];
		has_key = 1;
		bpf_map_lookup_elem(map, key, value);
		print(key, bytes, ' ');
		print(value, 8, '\\n');
	}
	return 0;
}
`;

/** To addresses that only this test asks routes for. */
const FRAMES = [
  ...[...'44445566'].map((second, index) => {
    const frame = udpFrame(index, 40 + index);
    frame.set([2, 0, 0, 0, 0, 1]);
    frame.set([10, 40 + Number(second), index % 3, 9], 30);
    frame.set([10, 1, 0, 99], 26);
    // The checksum of the header that udpFrame() left out.
    let sum = 0;
    for (let at = 14; at < 34; at += 2) sum += at === 24 ? 0 : frame.readUInt16BE(at);
    frame.writeUInt16BE(~((sum & 0xffff) + (sum >>> 16)) & 0xffff, 24);
    return frame;
  }),
  ...['0', '1', '9'].map((third) => {
    const address = `fd44${`000${third}`}`.padEnd(30, '0') + '05';
    const source = 'fd000001'.padEnd(30, '0') + '63';
    const ip = `6000000000083b40${source}${address}${'00'.repeat(8)}`;
    return Buffer.from(`02000000000102000000000286dd${ip}`, 'hex');
  }),
];

function lookupsIn({ attached }: Replayed): string[] {
  const map = attached.maps.find(({ definition }) => definition.name === 'lookups');
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return [...(map?.entries() ?? [])].map(({ key, value }) => `${hex(key)} ${hex(value)}`).sort();
}

test('programs at fib:* count the lookups that they counted live, from perf.data and from the text of ftrace', async (context) => {
  const path = folder();
  const [attacher, input, seen, data, trace] = ['attacher', 'input', 'seen', 'perf.data', 'trace'].map(
    (name) => join(path, name),
  );
  writeFileSync(`${attacher}.c`, ATTACHER);
  if (spawnSync('cc', ['-o', attacher ?? '', `${attacher}.c`, '-lbpf']).status !== 0)
    context.skip('no C compiler, or no libbpf to link to');
  const instance = `/sys/kernel/tracing/instances/retroprobe-test-${process.pid}`;
  onTestFinished(() => void spawnSync('rmdir', [instance]));
  const events = ['-e', 'fib:fib_table_lookup', '-e', 'fib6:fib6_table_lookup'];
  const { printed } = routedHost(context, {
    object: OBJECT,
    within: ['perf', 'record', '-q', '-a', ...events, '-o', data ?? ''],
    routes: [
      '10.44.0.0/16 via 10.9.0.2 dev w0',
      '10.45.0.0/16 via 10.8.0.2 dev x0',
      // Of a route without a gateway, the event holds whatever was there before.
      '10.45.2.0/24 via 10.9.0.2 dev w0',
      'blackhole 10.46.0.0/16',
      'fd44::/32 via fd00:9::2 dev w0',
      'unreachable fd44:1::/32',
    ],
    attach: [
      `mkdir ${instance} && echo 1 > ${instance}/events/fib/enable && echo 1 > ${instance}/events/fib6/enable`,
      `{ mkfifo ${input}; ${attacher} ${OBJECT} lookups < ${input} > ${seen} & exec 3> ${input}
until grep -q ready ${seen}; do kill -0 $! || break; done; grep -q ready ${seen}; }`,
    ],
    frames: FRAMES,
    ask: `cat ${instance}/trace > ${trace}; exec 3>&-; wait; cat ${seen}`,
  });
  const live = printed.trimEnd().split('\n').slice(1).sort();
  expect(live.length).toBeGreaterThan(6);
  const recording = readFileSync(data ?? '');
  expect(lookupsIn(await replayOn(OBJECT, { 'perf.data': recording }))).toEqual(live);
  const text = readFileSync(trace ?? '');
  expect(lookupsIn(await replayOn(OBJECT, { 'trace.txt': text }))).toEqual(live);
});
