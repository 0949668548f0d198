/**
 * Kernel functions (kfuncs) a program may call: what Linux finds by BTF id of vmlinux, this machine finds
 * by a number of its own. A linked call has src BPF_PSEUDO_KFUNC_CALL, offset 0, and that number as `imm`.
 */
import type { HelperFunction } from './helper.ts';

export interface KernelFunction {
  /** Place in the table. */
  readonly number: number;
  /** Whole, as the kernel's BTF has it: `bpf_iter_num_new`. */
  readonly name: string;
  /** undefined: known to the verifier and the disassembler, refused at load as not implemented here. */
  readonly run: HelperFunction | undefined;
}

const table: readonly KernelFunction[] = [];

/** undefined for a number that no function has. */
export function kernelFunctionByNumber(number: number): KernelFunction | undefined {
  return table[number];
}
