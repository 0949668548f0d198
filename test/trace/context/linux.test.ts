/** Context as this machine gives it, compared with what its own tools count. */
import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { expect, test, type TestContext } from 'vitest';
import { folderOf, open, RECORDING, toolOutput } from '../bundle/on-disk.ts';
import type { Bundle } from '../../../electron/trace/bundle/bundle.ts';

const TRACEFS = '/sys/kernel/tracing';

async function bundleWith(files: Readonly<Record<string, Uint8Array | string>>): Promise<Bundle> {
  return open(folderOf({ 'trace.dat': RECORDING, ...files }));
}

function machineFile(context: TestContext, path: string): Buffer {
  if (!existsSync(path)) context.skip(`${path} is not there`);
  return readFileSync(path);
}

function kinds(bundle: Bundle): Record<string, string> {
  expect(bundle.unread).toEqual([]);
  return Object.fromEntries(bundle.context.map(({ name, kind, detail }) => [name, `${kind}: ${detail}`]));
}

test('reads the symbols of this kernel, and gives them to a recording that has none', async (context) => {
  const text = machineFile(context, '/proc/kallsyms').toString();
  const lines = text.trimEnd().split('\n').length;
  const bundle = await bundleWith({ kallsyms: text });
  const count = String(lines).replace(/\B(?=(\d{3})+$)/g, ',');
  expect(kinds(bundle)['kallsyms']).toMatch(`kernel symbols: ${count} symbols`);
  const isHidden = /^0+ /.test(text) && !/^0*[1-9a-f]/m.test(text);
  expect(bundle.sources[0]?.context.kallsyms).toBe(isHidden ? undefined : text);
});

test('reads the mappings of a process, its id from the path', async (context) => {
  const text = machineFile(context, '/proc/self/maps').toString();
  const lines = text.trimEnd().split('\n');
  const bundle = await bundleWith({ 'proc/4711/maps': text });
  expect(kinds(bundle)['proc/4711/maps']).toBe(
    `mappings of a process: ${lines.length} mappings of process 4711`,
  );
  const named = lines.filter((line) => line.trim().split(/\s+/).length > 5);
  const mappings = bundle.sources[0]?.context.mappings ?? [];
  expect(mappings).toHaveLength(named.length);
  const [first] = mappings;
  expect(first?.start).toBe(BigInt(`0x${named[0]?.split('-')[0] ?? ''}`));
  expect(first).toMatchObject({ pid: 4711, file: named[0]?.split(/\s+/).slice(5).join(' ') });
});

test.for([
  ['-ef', false],
  ['aux', false],
  ['-eLf', true],
  ['-eTo', true],
] as const)('reads the table of ps %s', async ([option, hasThreads], context) => {
  const args = option === '-eTo' ? ['-eTo', 'pid,tid,comm'] : [option];
  const text = toolOutput(context, 'ps', args).toString();
  const rows = text.trimEnd().split('\n').length - 1;
  const bundle = await bundleWith({ 'ps.txt': text });
  expect(kinds(bundle)['ps.txt']?.replace(',', '')).toBe(
    `processes: ${rows} ${hasThreads ? 'threads' : 'tasks'}`,
  );
  if (hasThreads) expect(bundle.device.tgids.get(process.pid)).not.toBe(undefined);
  // A command line is no thread's name.
  if (option === '-ef' || option === 'aux') expect(bundle.device.comms.size).toBe(0);
});

test('reads addresses and routes as ip prints them', async (context) => {
  const bundle = await bundleWith({
    ip_addr: toolOutput(context, 'ip', ['addr']),
    ip_route: toolOutput(context, 'ip', ['route']),
    ip_route_all: toolOutput(context, 'ip', ['route', 'show', 'table', 'all']),
  });
  const found = kinds(bundle);
  expect(Object.values(found).map((each) => each.replace(/\d+/, 'N'))).toEqual([
    expect.stringMatching(/^network interfaces: N interfaces?$/),
    expect.stringMatching(/^routes: N routes?$/),
    expect.stringMatching(/^routes: N routes?$/),
  ]);
  // What the packets' routes are rebuilt from reaches every recording beside it.
  const network = bundle.sources[0]?.context.network;
  expect(network?.routes).toHaveLength(2);
  for (const addresses of Object.values(networkInterfaces()))
    for (const { cidr } of addresses ?? []) expect(network?.addresses[0]).toContain(cidr);
});

test('reads settings as sysctl prints them, and keeps those of the network', async (context) => {
  const all = toolOutput(context, 'sysctl', ['-a', '--ignore']).toString();
  const bundle = await bundleWith({ 'sysctl.txt': all, ip_addr: toolOutput(context, 'ip', ['addr']) });
  expect(kinds(bundle)['sysctl.txt']).toMatch(/^kernel settings: [\d,]+ settings$/);
  const kept = bundle.sources[0]?.context.network?.settings?.join('\n').split('\n') ?? [];
  expect(kept).toEqual(all.split('\n').filter((line) => line.startsWith('net.')));
});

test('reads neighbours as ip prints them', async () => {
  const text = '192.0.2.7 dev eth0 lladdr 02:00:00:00:01:09 REACHABLE \nfe80::1 dev eth0 FAILED \n';
  const bundle = await bundleWith({ ip_neigh: text });
  expect(kinds(bundle)['ip_neigh']).toBe('neighbours: 2 neighbours');
});

test("recognises the kernel's types and its configuration", async (context) => {
  const btf = machineFile(context, '/sys/kernel/btf/vmlinux');
  const config = machineFile(context, '/proc/config.gz');
  const bundle = await bundleWith({ 'btf/vmlinux': btf, 'config.gz': config });
  const found = kinds(bundle);
  expect(found['btf/vmlinux']).toBe(
    `types of the kernel (BTF): ${(btf.length / 1024 / 1024).toFixed(1)} MiB`,
  );
  const options = toolOutput(context, 'zgrep', ['-c', '^CONFIG_', '/proc/config.gz']).toString().trim();
  expect(found['config.gz']?.replace(',', '')).toMatch(`kernel configuration: ${options} options of Linux`);
  expect(bundle.device.configuration.get('CONFIG_BPF')).toBe('y');
});

test('reads the files of tracefs, and knows which system has an event', async (context) => {
  const names = ['sched/sched_switch', 'sched/sched_waking', 'irq/irq_handler_entry'];
  const formats = names.map((name): [string, Buffer] => {
    const path = `events/${name}/format`;
    return [`tracing/${path}`, machineFile(context, `${TRACEFS}/${path}`)];
  });
  const bundle = await bundleWith({
    ...Object.fromEntries(formats),
    'tracing/printk_formats': machineFile(context, `${TRACEFS}/printk_formats`),
    'tracing/trace_clock': machineFile(context, `${TRACEFS}/trace_clock`),
    'tracing/saved_cmdlines': ' 17 worker one\n4711 <...>x\n',
    'tracing/saved_tgids': ' 18 17\n',
    'tracing/kprobe_events': 'p:kprobes/open do_sys_open\nr4:kprobes/ret do_sys_open $retval\n',
    'proc/version': machineFile(context, '/proc/version'),
    uname: toolOutput(context, 'uname', ['-a']),
  });
  const release = toolOutput(context, 'uname', ['-r']).toString().trim();
  expect(kinds(bundle)).toMatchObject({
    'tracing/events/': 'event formats: 3 files',
    'tracing/saved_cmdlines': 'names of threads: 2 threads',
    'tracing/saved_tgids': 'processes of threads: 1 thread',
    'tracing/kprobe_events': 'dynamic events: 2 probes',
    'proc/version': `kernel version: Linux ${release}`,
    uname: `kernel version: Linux ${release}`,
  });
  expect(bundle.device.systemsByEvent.get('sched_switch')).toEqual(['sched']);
  expect(bundle.device.eventFormats.get('irq:irq_handler_entry')).toContain('name: irq_handler_entry');
  expect(bundle.sources[0]?.context.comms.get(17)).toBe('worker one');
  expect(bundle.sources[0]?.context.tgids.get(18)).toBe(17);
});

test('takes nothing for context that is none of it', async () => {
  const { context, unread } = await bundleWith({
    notes: 'none of all this\n',
    PIDS: 'PID of nothing\n',
    'table.csv': 'A,B\n1,2\n',
    'a.c': 'int main(void) { return 0; }\n',
  });
  expect(context).toEqual([]);
  expect(unread).toHaveLength(4);
});
