/** struct bpf_flow_keys, which a flow dissector fills. check_flow_keys_access() of Linux 6.18. */
import { FLOW_KEYS_BYTES } from '../flow-keys.ts';
import type { PointerRegister } from './register.ts';
import type { Walk } from './walk.ts';

export function checkFlowKeys(walk: Walk, pointer: PointerRegister, offset: number, sizeBytes: number): void {
  const from = offset + pointer.offset;
  if (from < 0 || from + sizeBytes > FLOW_KEYS_BYTES)
    walk.refuse('memory-bounds', `invalid access to flow keys off=${from} size=${sizeBytes}`);
}
