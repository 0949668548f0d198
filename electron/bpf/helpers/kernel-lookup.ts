/**
 * Helpers that look something up in the kernel, or change what it does next: types, symbols, registers and memory areas
 * of tasks, files. What no recording holds is counted.
 */
import { Failure } from '../../failure.ts';
import { EBADF, EINVAL, ENOENT } from '../maps/errno.ts';
import { BTF_KINDS } from '../object/btf-type.ts';
import { errno, memoryArgument, s32, u32, type HelperFamily } from './call.ts';
import type { HelperContext } from './helper.ts';

const decoder = new TextDecoder();
const ADDRESS_BYTES = 8;
/** BPF_F_BPRM_SECUREEXEC. */
const SECURE = 1n;

/** A name whose last byte is NUL, and no byte before the first such; undefined where it does not end so. */
function nameAt({ memory }: HelperContext, name: bigint, sizeRegister: bigint): string | undefined {
  const size = s32(sizeRegister);
  if (size <= 1) return undefined;
  const at = memoryArgument(memory, name, size);
  const bytes = memory.bytes.subarray(at, at + size);
  return bytes[size - 1] === 0 ? decoder.decode(bytes.subarray(0, bytes.indexOf(0))) : undefined;
}

export const lookupHelpers: HelperFamily = {
  /** Id in the kernel's BTF that programs were relocated onto. */
  btf_find_by_name_kind(context, name, size, kind, flags) {
    if (u32(flags) !== 0) return errno(EINVAL);
    const text = nameAt(context, name, size);
    if (text === undefined) return errno(EINVAL);
    const types = context.kernelTypes();
    if (types === undefined) context.world.missing('types of the kernel');
    const wanted = BTF_KINDS[u32(kind)];
    const found = types?.idsByName(text).find((id) => types.kindOf(id) === wanted);
    return found === undefined ? errno(ENOENT) : BigInt(found);
  },

  /** Where symbols of the recorded kernel lie, helpers are not told. */
  kallsyms_lookup_name(context, name, size, flags, result) {
    const at = memoryArgument(context.memory, result, ADDRESS_BYTES);
    context.memory.view.setBigUint64(at, 0n, true);
    if (flags !== 0n || nameAt(context, name, size) === undefined) return errno(EINVAL);
    context.world.missing('symbols of the kernel');
    return errno(ENOENT);
  },

  /** A program here has no files open. */
  sys_close: () => errno(EBADF),

  /** Nobody is called: what memory areas a process had is not known. */
  find_vma({ world }, _task, _address, _callback, _callbackContext, flags) {
    if (flags !== 0n) return errno(EINVAL);
    world.missing('memory areas of a process');
    return errno(ENOENT);
  },

  /** A program reads through this one without asking: where the registers are unknown the run ends there. */
  task_pt_regs({ world }) {
    world.missing('registers of a task');
    throw new Failure(
      'vm',
      'not-recorded',
      'the program asks for a task’s registers, which are not recorded',
    );
  },

  bprm_opts_set({ world }, _binary, flags) {
    if ((flags & ~SECURE) !== 0n) return errno(EINVAL);
    world.effect({ kind: 'bprm_opts_set', facts: { isSecure: flags === SECURE ? 1 : 0 } });
    return 0n;
  },
};
