/** Recordings around a workload: begun once they surely record, and ended as a bundle's files in a folder. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { interrupt, start } from './child.ts';
import { Unavailable } from './unavailable.ts';
import { until } from './wait.ts';

const TRACING = '/sys/kernel/tracing';
const PAGE_BYTES = 4096;
const BUFFER_KIB = 32 * 1024;

let instances = 0;

export interface Recording {
  /** Files of a bundle; throws where something was lost. */
  stop(): Promise<void>;
  abandon(): Promise<void>;
}

/** An instance of ftrace of our own, so that nobody else's tracing is touched: its folder, copied. */
export async function recordWithFtrace(events: readonly string[], folder: string): Promise<Recording> {
  const path = join(TRACING, 'instances', `retroprobe-fidelity-${process.pid}-${(instances += 1)}`);
  const set = (isOn: boolean): void => {
    for (const event of events) writeFileSync(join(path, eventFile(event, 'enable')), isOn ? '1' : '0');
  };
  try {
    mkdirSync(path);
    writeFileSync(join(path, 'trace_clock'), 'mono');
    writeFileSync(join(path, 'buffer_size_kb'), String(BUFFER_KIB));
    writeFileSync(join(path, 'options/record-tgid'), '1');
    set(true);
  } catch (error) {
    if (existsSync(path)) rmdirSync(path);
    throw new Unavailable(`tracefs: ${error instanceof Error ? error.message : String(error)}`);
  }
  const abandon = async (): Promise<void> => {
    set(false);
    rmdirSync(path);
  };
  return {
    async stop() {
      set(false);
      try {
        const lost = copyTracing(path, events, join(folder, 'tracing'));
        if (lost > 0) throw new Error(`ftrace lost ${lost} events`);
      } finally {
        rmdirSync(path);
      }
    },
    abandon,
  };
}

function eventFile(event: string, leaf: string): string {
  return join('events', event.replace(':', '/'), leaf);
}

/** What a reader of raw pages needs; gives how many events the kernel dropped. */
function copyTracing(instance: string, events: readonly string[], to: string): number {
  // Files of tracefs say that they are empty until they are read.
  const copy = (name: string, from: string): string => {
    const text = readFileSync(join(from, name), 'utf8');
    mkdirSync(dirname(join(to, name)), { recursive: true });
    writeFileSync(join(to, name), text);
    return text;
  };
  copy('trace_clock', instance);
  for (const name of ['events/header_page', 'saved_cmdlines', 'saved_tgids']) copy(name, TRACING);
  for (const event of events) copy(eventFile(event, 'format'), TRACING);
  let lost = 0;
  for (const cpu of readdirSync(join(instance, 'per_cpu'))) {
    const stats = copy(join('per_cpu', cpu, 'stats'), instance);
    for (const [, count] of stats.matchAll(/(?:overrun|dropped events): (\d+)/g)) lost += Number(count);
    const pages = join('per_cpu', cpu, 'trace_pipe_raw');
    writeFileSync(join(to, pages), pagesOf(join(instance, pages)));
  }
  return lost;
}

/** All pages that are there now: the file never ends by itself. */
function pagesOf(path: string): Buffer {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const pages: Buffer[] = [];
  try {
    for (;;) {
      const page = Buffer.alloc(PAGE_BYTES);
      if (readSync(descriptor, page) === 0) break;
      pages.push(page);
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
  } finally {
    closeSync(descriptor);
  }
  return Buffer.concat(pages);
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
