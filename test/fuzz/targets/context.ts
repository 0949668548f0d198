/** What lies beside recordings, each kind by itself. */
import { ContextGatherer } from '../../../electron/trace/context/gather.ts';
import { MemoryBytes } from '../../../electron/trace/bundle/byte-source.ts';
import { HEAD_BYTES } from '../../../electron/trace/bundle/limits.ts';
import { Failure } from '../../../electron/failure.ts';
import type { Target } from '../target.ts';

/** Paths and texts, of each kind one. */
const TEXTS: readonly (readonly [string, string])[] = [
  ['kallsyms', 'ffffffff81000000 T _stext\nffffffff81000040 t cmp\t[mod]\nffffffff81000050 D x\n'],
  ['proc/7/maps', '00400000-00452000 r-xp 00000000 08:02 173521      /usr/bin/dbus-daemon\n'],
  ['ps', 'USER   PID  TID CMD\nroot     1    1 init\nroot     2    2 [kthreadd]\n'],
  ['ip_route', 'default via 192.0.2.1 dev eth0 metric 100\nblackhole 198.51.100.0/24 proto static\n'],
  ['ip_addr', '1: lo: <LOOPBACK,UP> mtu 65536\n    link/loopback 00:00:00:00:00:00\n    inet 127.0.0.1/8\n'],
  ['config', '# Linux/x86 6.12.0 Kernel Configuration\nCONFIG_BPF=y\nCONFIG_HZ=250\n'],
  ['saved_cmdlines', '17 worker one\n18 x\n'],
  ['printk_formats', '0xffffffff828195af : "thaw"\n'],
  ['kprobe_events', 'p:kprobes/open do_sys_open\n'],
  ['events/sched/x/format', 'name: x\nID: 3\nformat:\n\tfield:int a;\toffset:8;\tsize:4;\tsigned:1;\n'],
  ['date', 'Tue May 21 08:19:53 UTC 2024\n'],
  ['timedatectl', '  Local time: Tue 2024-05-21 13:49:53 IST\n  Time zone: Asia/Kolkata (IST, +0530)\n'],
  ['uptime', '1000.25 3000.50\n'],
  ['HEADER', '====\n== dumpstate: 2024-12-21 10:19:53\nUptime: up 0 weeks, 1 day, 2 hours, 14 minutes\n'],
  ['getprop', '[persist.sys.timezone]: [Europe/Berlin]\n[a]: [b]\n'],
  ['tomb', '*** *** *** *** *** ***\npid: 1, tid: 2, name: a  >>> b <<<\n'],
  ['version', 'Linux version 6.12.0 (a@b) #1 SMP\n'],
];

export const contextTargets: readonly Target[] = TEXTS.map(([path, text]): Target => ({
  name: `context-${path.replaceAll('/', '-')}`,
  layers: new Set(['bundle', 'trace']),
  samples: () => [Buffer.from(text.repeat(path === 'kallsyms' || path === 'ps' ? 3 : 1))],
  async run(bytes) {
    const gatherer = new ContextGatherer();
    const firstBytes = bytes.subarray(0, HEAD_BYTES);
    const open = async () => new MemoryBytes(bytes, path);
    const isTaken = await gatherer.take({ name: path, sizeBytes: bytes.length, firstBytes, open });
    gatherer.finish();
    if (!isTaken) throw new Failure('bundle', 'not-context', 'it is no context', { file: path });
  },
}));
