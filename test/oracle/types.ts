/** BTF of a program's functions, all static: the kernel takes no callbacks without. */
import { BtfBuilder } from '../../electron/bpf/object/btf-builder.ts';
import type { LinkedProgram } from '../../electron/bpf/program.ts';
import type { FunctionTypes } from './oracle.ts';

export function typesOf(program: LinkedProgram): FunctionTypes {
  const builder = new BtfBuilder();
  const prototype = builder.addPrototype(builder.addInteger('long', 8, true), []);
  const functions = program.subprograms.map(({ name, start }) => ({
    instruction: start,
    typeId: builder.addFunction(name, prototype, false),
  }));
  return { btf: builder.build().bytes, functions };
}
