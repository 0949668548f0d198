/** What a bug report of Android says beside its logs: its header, properties, crashes and threads that hang. */
import type { ContextKind } from '../context.ts';
import { counted, linesIn, textOf, wholeLines } from '../text.ts';

const DUMPSTATE = /^== dumpstate: (\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)/m;
const KERNEL = /^Kernel: Linux version (\S+)/m;
const UPTIME = /^Uptime: up (\d+) weeks?, (\d+) days?, (\d+) hours?, (\d+) minutes?/m;
const PROPERTY = /^\[([^\]]+)\]: \[(.*)\]$/;
const TOMBSTONE = /^pid: (\d+), tid: (\d+), name: (.*?) +>>> (.*?) <<<$/m;
const HANGING = /^----- pid (\d+) at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)/m;

export const reportHeader: ContextKind = {
  name: 'header of a bug report',
  detect: ({ text }) => DUMPSTATE.test(text.slice(0, 512)),
  read(_file, { text }, facts) {
    const [, year, month, day, hour, minute, second] = (DUMPSTATE.exec(text) ?? []).map(Number);
    facts.takenAtWallMs ??= Date.UTC(
      year ?? 0,
      (month ?? 1) - 1,
      day ?? 1,
      hour ?? 0,
      minute ?? 0,
      second ?? 0,
    );
    facts.kernelRelease ??= KERNEL.exec(text)?.[1];
    const up = UPTIME.exec(text)?.slice(1).map(Number);
    if (up !== undefined) {
      const [weeks = 0, days = 0, hours = 0, minutes = 0] = up;
      // To the minute, rounded down: half of one is the least error.
      facts.uptimeSeconds ??= ((weeks * 7 + days) * 24 * 60 + hours * 60 + minutes) * 60 + 30;
      facts.uptimeErrorSeconds ??= 30;
    }
    return `taken at ${DUMPSTATE.exec(text)?.[0].slice(14) ?? ''}`;
  },
};

export const properties: ContextKind = {
  name: 'properties',
  detect({ text }) {
    const lines = wholeLines(text).slice(0, 10);
    return lines.length > 1 && lines.every((line) => PROPERTY.test(line));
  },
  read(file, _head, facts) {
    const values = new Map<string, string>();
    for (const line of linesIn(textOf(file))) {
      const [, name, value] = PROPERTY.exec(line) ?? [];
      if (name !== undefined && value !== undefined) values.set(name, value);
    }
    const zone = values.get('persist.sys.timezone');
    if (zone !== undefined && zone !== '') facts.timeZone ??= zone;
    const device = [values.get('ro.product.manufacturer'), values.get('ro.product.model')];
    const named = device.filter((part) => part !== undefined && part !== '').join(' ');
    return `${counted(values.size, 'value')}${named === '' ? '' : ` of a ${named}`}`;
  },
};

export const tombstone: ContextKind = {
  name: 'crash of a process',
  detect: ({ text }) => /^\*{3}( \*{3}){5}/m.test(text) && TOMBSTONE.test(text),
  read(_file, { text }) {
    const [, pid, tid, thread, process] = TOMBSTONE.exec(text) ?? [];
    return `thread ${thread ?? ''} (${tid ?? ''}) of ${process ?? ''} (${pid ?? ''})`;
  },
};

export const hangingThreads: ContextKind = {
  name: 'threads of a process that hung',
  detect: ({ text }) => HANGING.test(text),
  read(_file, { text }) {
    const [, pid, at] = HANGING.exec(text) ?? [];
    const name = /^Cmd line: (.*)$/m.exec(text)?.[1];
    return `${name ?? 'process'} (${pid ?? ''}) at ${at ?? ''}`;
  },
};
