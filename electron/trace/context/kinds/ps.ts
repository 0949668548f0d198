/** `ps` in any of its tables: by the names of its columns. Android's, procps' and BusyBox' differ only in those. */
import type { ContextKind } from '../context.ts';
import { ROWS_MAX } from '../limits.ts';
import { counted, linesIn, textOf, wholeLines } from '../text.ts';

/** Columns that name the thread itself and not its command line, which is something else. */
const COMM_COLUMNS = new Set(['COMM', 'NAME', 'CMD', 'COMMAND', 'UCMD']);
/** The kernel cuts a thread's name here. */
const COMM_LENGTH_MAX = 15;

export const ps: ContextKind = {
  name: 'processes',
  detect({ text }) {
    return columnsOf(wholeLines(text)[0] ?? '') !== undefined;
  },
  read(file, _head, facts) {
    const [header = '', ...lines] = linesIn(textOf(file));
    const columns = columnsOf(header);
    if (columns === undefined) return '';
    let rows = 0;
    for (const line of lines) {
      const cells = line.trim().split(/\s+/);
      const pid = numberAt(cells, columns.pid);
      if (pid === undefined || rows >= ROWS_MAX) continue;
      rows += 1;
      const tid = columns.tid === undefined ? pid : numberAt(cells, columns.tid);
      if (tid === undefined) continue;
      if (columns.tid !== undefined && !facts.tgids.has(tid)) facts.tgids.set(tid, pid);
      const parent = columns.parent === undefined ? undefined : numberAt(cells, columns.parent);
      if (parent !== undefined && !facts.parents.has(pid)) facts.parents.set(pid, parent);
      const comm = cells[columns.comm];
      // A command line or Java name is longer than any comm: as such it would be made up.
      if (
        columns.isComm &&
        comm !== undefined &&
        comm.length <= COMM_LENGTH_MAX &&
        cells.length === columns.count
      )
        if (!facts.comms.has(tid)) facts.comms.set(tid, comm.replace(/^\[(.*)\]$/, '$1'));
    }
    return columns.tid === undefined ? counted(rows, 'task') : counted(rows, 'thread');
  },
};

interface Columns {
  readonly pid: number;
  readonly tid: number | undefined;
  readonly parent: number | undefined;
  readonly comm: number;
  /** Whether the last column is the thread's own name. */
  readonly isComm: boolean;
  readonly count: number;
}

function columnsOf(header: string): Columns | undefined {
  const names = header.trim().split(/\s+/);
  if (names.length < 3 || names.some((name) => !/^[A-Z%:_]+[A-Z0-9%:_]*$/.test(name))) return undefined;
  const pid = names.indexOf('PID');
  const comm = names.findIndex((name) => COMM_COLUMNS.has(name));
  if (pid === -1 || comm === -1) return undefined;
  const tid = ['TID', 'LWP', 'SPID'].map((name) => names.indexOf(name)).find((at) => at !== -1);
  const isComm =
    names[comm] === 'COMM' || names[comm] === 'UCMD' || (names[comm] === 'CMD' && tid !== undefined);
  const parentAt = names.indexOf('PPID');
  return { pid, tid, parent: parentAt === -1 ? undefined : parentAt, comm, isComm, count: names.length };
}

function numberAt(cells: readonly string[], at: number): number | undefined {
  const cell = cells[at];
  return cell !== undefined && /^\d{1,9}$/.test(cell) ? Number(cell) : undefined;
}
