/**
 * Helpers on the options of TCP headers. They are found in the header that the context shows; options written, or
 * room asked for, are effects. After net/core/filter.c of Linux 6.18.
 */
import { EEXIST, EFAULT, EINVAL, ENOENT, ENOMSG, ENOSPC, EOPNOTSUPP, EPERM } from '../maps/errno.ts';
import { SockOp, sockOpsOffsets } from '../sock-ops.ts';
import { errno, memoryArgument, readableAddress, u32, type HelperFamily } from './call.ts';
import type { HelperContext } from './helper.ts';

const TCP_HEADER_BYTES = 20;
/** A header's length is four bits of words. */
const TCP_HEADER_BYTES_MAX = 60;
const END_OF_OPTIONS = 0;
const NO_OPERATION = 1;
/** Kinds whose data begin with a number that says whose they are: RFC 6994. */
const EXPERIMENTAL: ReadonlySet<number> = new Set([253, 254]);
const OPTION_BYTES_MIN = 2;
const MAGIC_BYTES = 2;
/** Of load_hdr_opt: look into the SYN that was saved. */
const IN_SAVED_SYN = 1n;

/** Why no option was found. */
type NotFound = typeof ENOMSG | typeof EFAULT;

function opOf({ memory }: HelperContext, sockOps: bigint): number {
  return memory.view.getUint32(Number(sockOps) + sockOpsOffsets.op, true);
}

/** Options of the header that the context shows; undefined where it shows none. */
function optionsOf({ memory }: HelperContext, sockOps: bigint): Uint8Array | undefined {
  const pointer = (offset: number): bigint => memory.view.getBigUint64(Number(sockOps) + offset, true);
  const start = pointer(sockOpsOffsets.skb_data);
  const bytes = Number(pointer(sockOpsOffsets.skb_data_end) - start);
  if (start === 0n || bytes < TCP_HEADER_BYTES) return undefined;
  const shown = Math.min(bytes, TCP_HEADER_BYTES_MAX);
  const at = readableAddress(memory, start, shown);
  return at === undefined ? undefined : memory.bytes.subarray(at + TCP_HEADER_BYTES, at + shown);
}

/** The first option of a kind, with its kind and length, whose data begin as told. */
function findOption(options: Uint8Array, kind: number, magic: Uint8Array): Uint8Array | NotFound {
  for (let at = 0; at < options.length;) {
    const found = options[at];
    if (found === END_OF_OPTIONS) return ENOMSG;
    if (found === NO_OPERATION) {
      at += 1;
      continue;
    }
    const bytes = options[at + 1] ?? 0;
    if (bytes < OPTION_BYTES_MIN || at + bytes > options.length) return EFAULT;
    const option = options.subarray(at, at + bytes);
    const begins = magic.every((byte, index) => byte === option[OPTION_BYTES_MIN + index]);
    if (found === kind && begins) return option;
    at += bytes;
  }
  return ENOMSG;
}

function isNamed(kind: number): boolean {
  return kind !== END_OF_OPTIONS && kind !== NO_OPERATION;
}

export const tcpOptionHelpers: HelperFamily = {
  load_hdr_opt(context, sockOps, search, sizeRegister, flags) {
    const { bytes } = context.memory;
    const size = u32(sizeRegister);
    const at = memoryArgument(context.memory, search, size);
    if (opOf(context, sockOps) > SockOp.writeHeaderOption) return errno(EOPNOTSUPP);
    if (size < OPTION_BYTES_MIN || (flags & ~IN_SAVED_SYN) !== 0n) return errno(EINVAL);
    const [kind = 0, length = 0] = bytes.subarray(at, at + OPTION_BYTES_MIN);
    if (length > size || !isNamed(kind)) return errno(EINVAL);
    const isExperimental = EXPERIMENTAL.has(kind);
    if (isExperimental ? length !== 4 && length !== 6 : length !== 0) return errno(EINVAL);
    if ((flags & IN_SAVED_SYN) !== 0n) {
      context.world.missing('saved SYN');
      return errno(ENOENT);
    }
    const options = optionsOf(context, sockOps);
    if (options === undefined || opOf(context, sockOps) === SockOp.headerOptionLength) return errno(EPERM);
    const magic = isExperimental ? bytes.slice(at + OPTION_BYTES_MIN, at + length) : new Uint8Array(0);
    const option = findOption(options, kind, magic);
    if (typeof option === 'number') return errno(option);
    bytes.set(option.subarray(0, size), at);
    return option.length > size ? errno(ENOSPC) : BigInt(option.length);
  },

  /** How much room was reserved is not known: as much as a header can have. */
  store_hdr_opt(context, sockOps, from, sizeRegister, flags) {
    const size = u32(sizeRegister);
    const at = memoryArgument(context.memory, from, size);
    if (opOf(context, sockOps) !== SockOp.writeHeaderOption) return errno(EPERM);
    if (size < OPTION_BYTES_MIN || flags !== 0n) return errno(EINVAL);
    const [kind = 0, length = 0] = context.memory.bytes.subarray(at, at + OPTION_BYTES_MIN);
    if (length > size || length < OPTION_BYTES_MIN || !isNamed(kind)) return errno(EINVAL);
    const options = optionsOf(context, sockOps);
    if (options === undefined) return errno(EPERM);
    if (TCP_HEADER_BYTES + options.length + length > TCP_HEADER_BYTES_MAX) return errno(ENOSPC);
    const isExperimental = EXPERIMENTAL.has(kind);
    if (isExperimental && length < OPTION_BYTES_MIN + MAGIC_BYTES) return errno(EINVAL);
    const option = context.memory.bytes.slice(at, at + length);
    const magic = isExperimental
      ? option.subarray(OPTION_BYTES_MIN, OPTION_BYTES_MIN + MAGIC_BYTES)
      : new Uint8Array(0);
    const known = findOption(options, kind, magic);
    if (typeof known !== 'number') return errno(EEXIST);
    if (known !== ENOMSG) return errno(known);
    context.world.effect({ kind: 'store_hdr_opt', facts: { option } });
    return 0n;
  },

  reserve_hdr_opt(context, sockOps, length, flags) {
    if (opOf(context, sockOps) !== SockOp.headerOptionLength) return errno(EPERM);
    if (flags !== 0n || u32(length) < OPTION_BYTES_MIN) return errno(EINVAL);
    if (u32(length) > TCP_HEADER_BYTES_MAX - TCP_HEADER_BYTES) return errno(ENOSPC);
    context.world.effect({ kind: 'reserve_hdr_opt', facts: { len: u32(length) } });
    return 0n;
  },
};
