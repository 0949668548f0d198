/** Helpers that would change what the traced program or the kernel does: recorded as effects, never carried out. */
import { memoryArgument, u32, type HelperFamily } from './call.ts';

export const tamperHelpers: HelperFamily = {
  probe_write_user({ memory, world }, address, source, size) {
    const at = memoryArgument(memory, source, u32(size));
    const bytes = memory.bytes.slice(at, at + u32(size));
    world.effect({ kind: 'probe_write_user', facts: { address, bytes } });
    return 0n;
  },

  override_return({ world }, _registers, result) {
    world.effect({ kind: 'override_return', facts: { rc: BigInt.asIntN(64, result) } });
    return 0n;
  },
};
