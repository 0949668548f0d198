import { expect, test } from 'vitest';
import { MemoryBytes } from '../../../../electron/trace/bundle/byte-source.ts';
import type { Source } from '../../../../electron/trace/event.ts';
import { openSources } from '../../../../electron/trace/formats/registry.ts';
import { NO_SURROUNDINGS } from '../../../../electron/trace/surroundings.ts';
import { numbersIn, replayOn } from '../../../replay/hooks/on-bundle.ts';
import { allEvents } from './compare.ts';

const PROBES = 'test/programs/probes.bpf.o';

/** As the kernel prints it with funcgraph-abstime, -proc, -args, -retval and -tail. */
const GRAPH = `# tracer: function_graph
#
#     TIME        CPU  TASK/PID         DURATION                  FUNCTION CALLS
#      |          |     |    |           |   |                     |   |   |   |
 2746.123456 |   0)    sh-4802    |               |  vfs_read(file=0xffff888100001000, buf=0x7ffc00001000, count=4096, pos=0xffffc90000013e00) {
 2746.123456 |   0)    sh-4802    |   0.251 us    |    rw_verify_area(0, 0xffff888100001000, 0xffffc90000013e00, 4096); /* <-vfs_read+0x51/0x350 ret=0x0 */
 2746.123457 |   0)    sh-4802    |               |    /* sched_waking: comm=worker pid=7 prio=120 target_cpu=001 */
 2746.123458 |   0)    sh-4802    |               |    ext4_file_read_iter [ext4]() { /* <-vfs_read+0x1e0/0x350 */
 2746.123458 |   0)   ==========> |
 2746.123459 |   0)    sh-4802    | + 12.500 us   |    } /* ext4_file_read_iter [ext4] = -22 */
 2746.123470 |   0)    sh-4802    | + 14.000 us   |  } /* vfs_read ret=0x10 */
 ------------------------------------------
 0)    sh-4802     =>   worker-7
 ------------------------------------------

 2746.123480 |   0)   worker-7    |   0.100 us    |  vfs_read(file=0xffff888100002000, buf=0x7ffc00001000, count=16, pos=0x0); /* ret=-9 */
`;
const REPORT = `cpus=2
              sh-4802  [000]  2746.123456: funcgraph_entry:                   |  vfs_read() {
              sh-4802  [000]  2746.123457: funcgraph_entry:        0.251 us   |    fput();
              sh-4802  [000]  2746.123470: funcgraph_exit:       + 14.000 us  |  }
`;

function open(text: string): Source {
  const source = openSources(new MemoryBytes(Buffer.from(text), 'trace.txt'), NO_SURROUNDINGS)?.[0];
  if (source === undefined) throw new Error('it was not recognised');
  return source;
}

async function linesOf(source: Source): Promise<string[]> {
  return (await allEvents(source)).map(({ name, timeNs, tid, values }) => {
    const own = [...values].filter(([field]) => !field.startsWith('common_'));
    const shown = own.map(([field, value]) => `${field}=${String(value)}`);
    return [timeNs % 1_000_000_000n, tid, name.replace(/.*:/, ''), ...shown].join(' ');
  });
}

test("a call of the tracer's graph is an event at its beginning and one at its end", async () => {
  const source = open(GRAPH);
  expect((await linesOf(source)).map((line) => line.replace(/ arg.*/, ''))).toEqual([
    '123456000 4802 funcgraph_entry func_symbol=vfs_read depth=0',
    '123456000 4802 funcgraph_entry func_symbol=rw_verify_area depth=1',
    `123456251 4802 funcgraph_exit func_symbol=rw_verify_area depth=1 retval=0`,
    '123457000 4802 sched_waking comm=worker pid=7 prio=120 target_cpu=1',
    '123458000 4802 funcgraph_entry func_symbol=ext4_file_read_iter depth=1',
    `123459000 4802 funcgraph_exit func_symbol=ext4_file_read_iter depth=1 retval=${2n ** 64n - 22n}`,
    '123470000 4802 funcgraph_exit func_symbol=vfs_read depth=0 retval=16',
    '123480000 7 funcgraph_entry func_symbol=vfs_read depth=0',
    `123480100 7 funcgraph_exit func_symbol=vfs_read depth=0 retval=${2n ** 64n - 9n}`,
  ]);
  expect(source.ledger).toMatchObject({ read: 9, unparsed: 0, unsupported: 0 });
});

test('programs on functions attach to it, with arguments and results', async () => {
  const programs = ['asked', 'got', 'counted'];
  const replayed = await replayOn(PROBES, { 'trace.txt': GRAPH }, { programs });
  expect(numbersIn(replayed, 'sums')).toEqual({ 1: 4096n + 16n, 2: 16n - 9n, 3: 2n });
});

test('a graph that trace-cmd prints names at the end of a call the function that began', async () => {
  const source = open(REPORT);
  expect(await linesOf(source)).toEqual([
    '123456000 4802 funcgraph_entry func_symbol=vfs_read depth=0',
    '123457000 4802 funcgraph_entry func_symbol=fput depth=1',
    '123457251 4802 funcgraph_exit func_symbol=fput depth=1',
    '123470000 4802 funcgraph_exit func_symbol=vfs_read depth=0',
  ]);
  expect(source.ledger).toMatchObject({ read: 4, unparsed: 0, unsupported: 0 });
  const read = replayOn(PROBES, { 'trace.txt': REPORT }, { programs: ['asked'] });
  await expect(read).rejects.toMatchObject({ code: 'argument-not-recorded' });
});

test('a graph without times, and the end of a call that began unseen, are counted', async () => {
  const untimed = open(GRAPH.replaceAll(/^ 2746\.\d+ \|/gm, ''));
  expect(await linesOf(untimed)).toEqual([]);
  expect(untimed.ledger).toMatchObject({ unparsed: 0, unsupported: 7 });
  expect(untimed.ledger.places[0]?.reason).toContain('funcgraph-abstime');
  const cut = open(`${GRAPH} 2746.123490 |   1)   bash-9      |   3.000 us    |  }\n`);
  await linesOf(cut);
  expect(cut.ledger).toMatchObject({ read: 9, unsupported: 1 });
});
