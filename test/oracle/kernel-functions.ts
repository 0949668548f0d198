/** The running kernel's BTF ids of kernel functions, by their numbers here. */
import { readFileSync } from 'node:fs';
import { kernelFunctionByNumber } from '../../electron/bpf/helpers/kernel-functions.ts';
import { OPCODE_CALL, PSEUDO_KFUNC_CALL } from '../../electron/bpf/isa/opcodes.ts';
import { Btf } from '../../electron/bpf/object/btf.ts';
import type { Instruction } from '../../electron/bpf/program.ts';

const KERNEL_BTF = '/sys/kernel/btf/vmlinux';
let types: Btf | undefined;

/** The instruction as the kernel takes it; 0, which is no function, for one that this kernel does not have. */
export function withKernelId(instruction: Instruction): Instruction {
  if (instruction.opcode !== OPCODE_CALL || instruction.src !== PSEUDO_KFUNC_CALL) return instruction;
  const name = kernelFunctionByNumber(instruction.imm)?.name;
  return name === undefined ? instruction : { ...instruction, imm: idOf(name) };
}

function idOf(name: string): number {
  types ??= Btf.parse(readFileSync(KERNEL_BTF), KERNEL_BTF);
  const known = types;
  return known.idsByName(name).find((id) => known.kindOf(id) === 'func') ?? 0;
}
