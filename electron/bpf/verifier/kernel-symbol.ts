/**
 * Addresses of the kernel's own variables and functions, by their id in its BTF: ldimm64 with src
 * BPF_PSEUDO_BTF_ID. After check_pseudo_btf_id() of Linux 6.18. Whether an address is known to the running
 * kernel (kallsyms) BTF does not say: a name in it is taken for one.
 */
import type { Btf } from '../object/btf.ts';
import type { BtfVariable } from '../object/btf-type.ts';
import { OPCODE_LDIMM64, PSEUDO_BTF_ID } from '../isa/opcodes.ts';
import type { LinkedProgram } from '../program.ts';
import { isComposite } from './btf-walk.ts';
import { PERCPU, READ_ONLY } from './pointer-flags.ts';
import { pointerRegister, type Register } from './register.ts';
import { Refusal } from './walk.ts';

/** The section of variables that every CPU has its own of. */
const PERCPU_SECTION = '.data..percpu';

/** Refuses symbols that there are none of, wherever they stand: the kernel looks at all. Throws Refusal. */
export function checkKernelSymbols({ instructions }: LinkedProgram, btf: Btf | undefined): void {
  instructions.forEach(({ opcode, src, imm }, slot) => {
    if (opcode === OPCODE_LDIMM64 && src === PSEUDO_BTF_ID)
      kernelSymbol(btf, imm, instructions[slot + 1]?.imm ?? 0, slot);
  });
}

/** What the address of type `id` is a pointer to; `moduleFd` is the second half's. Throws Refusal. */
export function kernelSymbol(btf: Btf | undefined, id: number, moduleFd: number, slot: number): Register {
  if (btf === undefined || moduleFd !== 0)
    throw new Refusal('not-supported', 'the BTF that ldimm64 refers to is not given', slot);
  if (id <= 0 || id >= btf.typeCount)
    throw new Refusal('bad-kernel-symbol', `ldimm64 insn specifies invalid btf_id ${id}.`, slot);
  const symbol = btf.typeById(id);
  if (symbol.kind === 'func') return pointerRegister('mem', { flags: READ_ONLY });
  if (symbol.kind !== 'var') {
    throw new Refusal(
      'bad-kernel-symbol',
      `pseudo btf_id ${id} in ldimm64 isn't KIND_VAR or KIND_FUNC.`,
      slot,
    );
  }
  return variable(btf, symbol, slot);
}

function variable(btf: Btf, symbol: BtfVariable, slot: number): Register {
  const btfTypeId = symbol.typeId;
  const section = btf.findDataSection(PERCPU_SECTION);
  if (section?.variables.some(({ typeId }) => typeId === symbol.id) === true)
    return pointerRegister('btf', { btfTypeId, flags: PERCPU });
  const type = btf.resolve(btfTypeId);
  if (isComposite(type)) return pointerRegister('btf', { btfTypeId: type.id });
  const sizeBytes = btf.sizeOf(type.id);
  if (sizeBytes === undefined) {
    throw new Refusal('bad-kernel-symbol', `ldimm64 unable to resolve the size of type '${type.name}'`, slot);
  }
  return pointerRegister('mem', { sizeBytes, flags: READ_ONLY });
}
