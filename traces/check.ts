/**
 * Prints every task name in a sample bundle, and fails where one is not the workload's: a recording made
 * on a shared machine must not tell of its other tasks. `node traces/check.ts traces/<bundle>.zip`
 */
import { openBundle } from '../electron/trace/bundle/bundle.ts';
import type { EventField, Source } from '../electron/trace/event.ts';
import { RecordReader } from '../electron/trace/record.ts';

/** The workloads name their tasks and programs so; the idle task of CPU n is swapper/n. */
const OURS = /^(rq-[a-z0-9-]+|\.\/rq-[a-z]+|swapper\/\d+|<idle>)$/;

export interface Names {
  /** Names of tasks and programs, in records and in the saved command lines, with how often each occurs. */
  readonly names: ReadonlyMap<string, number>;
  /** Those that are not the workload's; a thread that was running and is never named is `thread <id>`. */
  readonly foreign: readonly string[];
}

export async function namesIn(path: string): Promise<Names> {
  const bundle = await openBundle(path);
  const names = new Map<string, number>();
  const tids = new Set<number>();
  const named = new Set([0]);
  const add = (name: string) => names.set(name, (names.get(name) ?? 0) + 1);
  try {
    for (const source of bundle.sources) {
      for (const [tid, comm] of source.context.comms) {
        add(comm);
        named.add(tid);
      }
      await readRecords(source, add, tids, named);
    }
  } finally {
    bundle.close();
  }
  const unnamed = [...tids].filter((tid) => !named.has(tid)).map((tid) => `thread ${tid}`);
  return { names, foreign: [...[...names.keys()].filter((name) => !OURS.test(name)), ...unnamed] };
}

/** Every text of every record, the thread that was running, and the threads that a record names. */
async function readRecords(
  source: Source,
  add: (name: string) => void,
  tids: Set<number>,
  named: Set<number>,
): Promise<void> {
  const reader = new RecordReader(source.schema);
  const isText = (field: EventField) => /^(const )?char$/.test(field.type) && field.kind !== 'integer';
  const isPid = (field: EventField) => /^(pid|\w+_pid)$/.test(field.name) && field.name !== 'common_pid';
  for await (const batch of source.batches()) {
    for (let row = 0; row < batch.count; row++) {
      tids.add(batch.tid[row] as number);
      for (const field of source.schema.types[batch.type[row] as number]?.fields ?? []) {
        if (isText(field)) add(reader.text(batch, row, field) ?? '(cut short)');
        else if (isPid(field)) named.add(Number(reader.value(batch, row, field)));
      }
    }
  }
}

if (import.meta.main) {
  const { names, foreign } = await namesIn(process.argv[2] ?? 'traces/runqueue-contention.zip');
  for (const [name, count] of [...names].sort((a, b) => b[1] - a[1])) console.log(`${count}\t${name}`);
  if (foreign.length > 0) {
    console.error(`not the workload's: ${foreign.join(', ')}`);
    process.exitCode = 1;
  }
}
