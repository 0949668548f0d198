/** Rows of stack-trace maps: what they hold is the same for every program, and addresses have names where any are known. */
import type { MapEntry } from '../bpf/maps/map.ts';
import type { TypedValue } from '../bpf/object/typed-value.ts';
import { frameText } from '../symbols/frame-text.ts';
import type { Frame, Symboliser } from '../symbols/symboliser.ts';

const ADDRESS_BYTES = 8;
const KERNEL_FROM = 1n << 63n;

/** Of each user address, the processes that a stack with it was of. */
export type AddressOwners = ReadonlyMap<bigint, ReadonlySet<number>>;

/** A stack id, and addresses up to the first 0: `0xffffffff81399b71 schedule+0x23`, `0x7f12 read+0x4c (libc.so.6)`. */
export function stackRow(
  { key, value }: MapEntry,
  symbols: Symboliser,
  owners: AddressOwners,
): { readonly key: TypedValue; readonly value: TypedValue } {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const addresses: string[] = [];
  for (let at = 0; at + ADDRESS_BYTES <= value.byteLength; at += ADDRESS_BYTES) {
    const address = view.getBigUint64(at, true);
    if (address === 0n) break;
    addresses.push(frameText(address, frameOf(address, symbols, owners)));
  }
  return { key: new DataView(key.buffer, key.byteOffset).getUint32(0, true), value: addresses };
}

/** As it is in every process that a stack with the address was of; undefined where they differ. */
function frameOf(address: bigint, symbols: Symboliser, owners: AddressOwners): Frame | undefined {
  if (address >= KERNEL_FROM) return symbols.kernelFrame(address);
  const processes = owners.get(address) ?? new Set([-1]);
  const frames = [...processes].map((pid) => symbols.frame(pid < 0 ? undefined : pid, address));
  const [first] = frames;
  const isSame = ({ name, offset, path }: Frame): boolean =>
    name === first?.name && offset === first?.offset && path === first?.path;
  return frames.every(isSame) ? first : undefined;
}
