/** Recordings around a workload: begun once they surely record, and ended as a bundle's files in a folder. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { interrupt, start } from './child.ts';
import { Unavailable } from './unavailable.ts';
import { until } from './wait.ts';

const TRACING = '/sys/kernel/tracing';
const BUFFER_KIB = 32 * 1024;

let instances = 0;

export interface Recording {
  /** Files of a bundle; throws where something was lost. */
  stop(): Promise<void>;
  abandon(): Promise<void>;
}

/** An instance of ftrace of our own, so that nobody else's tracing is touched. */
export async function recordWithFtrace(events: readonly string[], folder: string): Promise<Recording> {
  const instance = `retroprobe-fidelity-${process.pid}-${(instances += 1)}`;
  const path = join(TRACING, 'instances', instance);
  try {
    mkdirSync(path);
    writeFileSync(join(path, 'trace_clock'), 'mono');
    writeFileSync(join(path, 'buffer_size_kb'), String(BUFFER_KIB));
    writeFileSync(join(path, 'options/record-tgid'), '1');
  } catch (error) {
    throw new Unavailable(`tracefs: ${error instanceof Error ? error.message : String(error)}`);
  }
  const set = (isOn: boolean): void => {
    for (const event of events)
      writeFileSync(join(path, 'events', event.replace(':', '/'), 'enable'), isOn ? '1' : '0');
  };
  try {
    set(true);
  } catch (error) {
    rmdirSync(path);
    throw new Unavailable(
      `this kernel lacks an event: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return {
    async stop() {
      set(false);
      for (const name of ['saved_tgids', 'saved_cmdlines'])
        if (existsSync(join(TRACING, name))) copyText(join(TRACING, name), join(folder, name));
      copyText(join(path, 'trace_clock'), join(folder, 'trace_clock'));
      const lost = lostOf(path);
      try {
        execFileSync('trace-cmd', ['extract', '-B', instance, '-o', join(folder, 'trace.dat')], {
          stdio: 'ignore',
        });
      } finally {
        // Where it did not remove it itself.
        if (existsSync(path)) rmdirSync(path);
      }
      if (lost > 0) throw new Error(`ftrace lost ${lost} events`);
    },
    async abandon() {
      set(false);
      rmdirSync(path);
    },
  };
}

/** Files of tracefs say that they are empty until they are read. */
function copyText(from: string, to: string): void {
  writeFileSync(to, readFileSync(from));
}

function lostOf(path: string): number {
  return readdirSync(join(path, 'per_cpu'))
    .map((cpu) => readFileSync(join(path, 'per_cpu', cpu, 'stats'), 'utf8'))
    .flatMap((stats) => [...stats.matchAll(/(?:overrun|dropped events): (\d+)/g)])
    .reduce((sum, [, count]) => sum + Number(count), 0);
}

/** With callchains, on the clock of bpf_ktime_get_ns(). */
export async function recordWithPerf(events: readonly string[], folder: string): Promise<Recording> {
  const [control, answer] = [join(folder, 'control.fifo'), join(folder, 'answer.fifo')];
  execFileSync('mkfifo', [control, answer]);
  const child = start('perf', [
    ...['record', '-a', '-g', '-k', 'CLOCK_MONOTONIC', '-m', '8M', '-D', '-1'],
    ...['--control', `fifo:${control},${answer}`, '-o', join(folder, 'perf.data')],
    ...events.flatMap((event) => ['-e', event]),
  ]);
  // Both ends are ours too, so that opening them waits for nobody.
  const reader = start('sh', ['-c', `exec head -n 1 <>'${answer}'`]);
  const writer = start('sh', ['-c', `echo enable >>'${control}'; exec cat`]);
  const abandon = async (): Promise<void> => {
    writer.process.stdin?.end();
    await Promise.all([interrupt(child), interrupt(reader), interrupt(writer)]);
  };
  try {
    await until('perf to record', () => reader.isOver() || child.isOver());
  } catch (error) {
    await abandon();
    throw error;
  }
  if (child.isOver()) {
    await abandon();
    throw new Unavailable(`perf: ${child.errors().trim().split('\n').at(-1) ?? ''}`);
  }
  return {
    async stop() {
      await abandon();
      const lost = /Processed.*lost (\d+) chunks|LOST (\d+)/i.exec(child.errors());
      if (lost !== null) throw new Error(`perf: ${lost[0]}`);
      for (const fifo of [control, answer]) execFileSync('rm', ['-f', fifo]);
    },
    abandon,
  };
}

/** What the calls of a process and its children were given: the strings that no tracepoint records. */
export async function recordWithStrace(pid: number, folder: string): Promise<Recording> {
  const child = start('strace', [
    '-f',
    '-ttt',
    '-s',
    '4096',
    '-o',
    join(folder, 'strace.txt'),
    '-p',
    String(pid),
  ]);
  const isTraced = (): boolean =>
    existsSync(`/proc/${pid}/status`) &&
    !/^TracerPid:\s+0$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  await until('strace to attach', () => child.isOver() || isTraced()).catch(async (error: unknown) => {
    await interrupt(child);
    throw error;
  });
  if (child.isOver()) throw new Unavailable(`strace: ${child.errors().trim()}`);
  return {
    // It ends with what it traces.
    stop: async () => {
      await child.ended;
    },
    abandon: () => interrupt(child),
  };
}
