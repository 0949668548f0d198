/** The one table of comparisons. */
import type { FidelityCase } from './case.ts';
import { compareRows } from './compare.ts';

export const cases: readonly FidelityCase[] = [
  {
    tool: 'syscount',
    workload: 'calls',
    recorder: 'ftrace',
    events: ['raw_syscalls:sys_enter', 'raw_syscalls:sys_exit'],
    arguments: ({ pid }) => ['-p', String(pid), '-T', '400'],
    compare: compareRows,
  },
];
