/** What the code of map operations is written with: functions shared within a module, and where the CPU is. */
import type { Address } from '../vm/memory.ts';
import type { Writer } from './writer.ts';

export interface Signature {
  readonly takes: readonly number[];
  readonly gives: readonly number[];
}

/** Functions of a module beside the program's own; one is written when it is first asked for. */
export interface ExtraFunctions {
  /** Index of the function under that name. */
  indexOf(name: string, signature: Signature, write: () => Writer): number;
}

export interface MapCode {
  readonly functions: ExtraFunctions;
  /** Where the number of the current CPU is; once asked for, a run of the program writes it first. */
  cpuCell(): Address;
}
