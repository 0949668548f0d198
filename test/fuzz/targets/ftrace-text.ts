/** Texts of ftrace, in a page and compressed, and the print formats that their patterns are made of. */
import { deflateSync } from 'node:zlib';
import { Failure } from '../../../electron/failure.ts';
import { MemoryBytes } from '../../../electron/trace/bundle/byte-source.ts';
import { openSources } from '../../../electron/trace/formats/registry.ts';
import { parseEventFormat } from '../../../electron/trace/formats/trace-dat/event-format.ts';
import { patternOfPrintFormat } from '../../../electron/trace/text/print-format.ts';
import type { Target } from '../target.ts';

const LINES = [
  '# tracer: nop',
  '# entries-in-buffer/entries-written: 9/12   #P:2',
  '            bash-5795    [000] ..... 38031.741370: mmap_lock_released: mm=000000004b0b8cfe memcg_id=21320 write=true',
  '          <idle>-0       [001] d..2. 38031.741371: sched_switch: prev_comm=swapper/1 prev_pid=0 prev_prio=120 prev_state=R ==> next_comm=bash next_pid=5795 next_prio=120',
  '            bash-5795  (  795) [000] d..2. 38031.741372: sched_waking: comm=a b pid=3 prio=120 target_cpu=001',
  '            bash-5795    [000] ..... 38031.741373: sys_openat(dfd: 0xffffff9c, filename: 0x7ffc, flags: 0x80000, mode: 0)',
  '            bash-5795    [000] ..... 38031.741374: block_rq_issue: 254,0 WS 4096 () 48647392 + 8 be,0,4 [bash]',
  'CPU:1 [LOST 12 EVENTS]',
  '            bash-5795    [000] ..... 38031.741375: <stack trace>',
  ' => schedule (ffffffff81000000)',
  '            bash-5795    [000] ..... 38031.741376: kmalloc: call_site=f+0x1/0x2 ptr=00000000a1d9edb7 bytes_req=1 bytes_alloc=8 gfp_flags=GFP_KERNEL|__GFP_ZERO node=-1 accounted=false',
  '            bash-5795    [000] ..... 38031.741377: tcp_probe: family=AF_INET src=127.0.0.1:57857 dest=[::1]:5 mark=0x0',
  '            bash-5795    [000] ..... 38031.741378: made_up: a=1 b=0x2 c=text d',
  '            bash-5795    [000] ...1. 38031.741379: tracing_mark_write: trace_event_clock_sync: parent_ts=683201.375000',
].join('\n');

const text: Target = {
  name: 'ftrace-text',
  layers: new Set(['trace']),
  samples: () => [
    Buffer.from(LINES),
    Buffer.from(
      `<!DOCTYPE html>\n<script class="trace-data" type="application/text">\n${LINES}\n</script>\n`,
    ),
    Buffer.concat([Buffer.from('TRACE:\n'), deflateSync(LINES.repeat(20))]),
  ],
  async run(bytes) {
    for (const source of openSources(new MemoryBytes(bytes, 'damaged.txt')) ?? []) {
      let events = 0;
      for await (const batch of source.batches()) {
        for (let row = 0; row < batch.count; row++) {
          const end = (batch.offset[row] ?? 0) + (batch.length[row] ?? 0);
          const size = source.schema.types[batch.type[row] ?? -1]?.sizeBytes ?? Infinity;
          if (end > batch.bytes.length || size > (batch.length[row] ?? 0))
            throw new Error(`record ${row} ends at ${end}`);
        }
        events += batch.count;
      }
      // A text's damage is what was not parsed.
      const { read, unparsed } = source.ledger;
      if (unparsed > 0) throw new Failure('trace', 'unparsed', `${unparsed} lines`, { file: 'damaged' });
      if (events !== read) throw new Error(`${events} events, ${read} in the ledger`);
    }
  },
};

const FORMAT =
  'name: e\nID: 5\nformat:\n\tfield:u32 x;\toffset:8;\tsize:4;\tsigned:0;\n\tfield:char c[8];\toffset:12;\tsize:8;\tsigned:0;\n\n' +
  'print fmt: "%s x=%#x %d,%d %s", REC->c, REC->x, (unsigned int)((REC->x) >> 20), REC->x & ((1U << 20) - 1), ' +
  '(REC->x & 3) ? __print_flags(REC->x, "|", { 1, "A" }, { (1 << 1), "B" }) : __print_symbolic(REC->x, { 0, "Z" })\n';

const printFormat: Target = {
  name: 'print-format',
  layers: new Set(['trace']),
  samples: () => [Buffer.from(FORMAT)],
  run(bytes) {
    const type = parseEventFormat(Buffer.from(bytes).toString('latin1'), 's', 0, 8);
    const pattern =
      type === undefined ? undefined : patternOfPrintFormat(type.printFormat ?? '', type.fields);
    if (pattern === undefined) throw new Failure('trace', 'unparsed', 'no pattern', { file: 'format' });
  },
};

export const ftraceTextTargets: readonly Target[] = [text, printFormat];
