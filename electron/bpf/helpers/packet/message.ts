/**
 * Helpers that look into, widen and shorten a message that is sent. After net/core/filter.c of Linux 6.18: bytes
 * put in are zero here, and whatever lay there in Linux.
 */
import { EINVAL, ENOMEM } from '../../maps/errno.ts';
import { MESSAGE_ROOM_END, MESSAGE_START, messageOffsets } from '../../message-context.ts';
import { errno, u32, type HelperFamily } from '../call.ts';
import type { HelperContext } from '../helper.ts';

const OK = 0n;

interface Message {
  readonly context: number;
  readonly start: number;
  readonly sizeBytes: number;
}

function messageOf({ memory: { view } }: HelperContext, register: bigint): Message {
  const context = Number(register);
  return {
    context,
    start: view.getUint32(context + MESSAGE_START, true),
    sizeBytes: view.getUint32(context + messageOffsets.size, true),
  };
}

/** Lets `data` show these bytes of the message. */
function show({ memory: { view } }: HelperContext, message: Message, from: number, end: number): void {
  view.setUint32(message.context + messageOffsets.data, message.start + from, true);
  view.setUint32(message.context + messageOffsets.data_end, message.start + end, true);
}

function resize({ memory: { view } }: HelperContext, message: Message, sizeBytes: number): void {
  view.setUint32(message.context + messageOffsets.size, sizeBytes, true);
}

export const messageHelpers: HelperFamily = {
  msg_pull_data(context, register, startRegister, endRegister, flags) {
    const message = messageOf(context, register);
    const [start, end] = [u32(startRegister), u32(endRegister)];
    if (flags !== 0n || end <= start || end > message.sizeBytes) return errno(EINVAL);
    show(context, message, start, end);
    return OK;
  },

  /** What is put in is a piece of its own: what was in front of it is the first, if anything was. */
  msg_push_data(context, register, startRegister, lengthRegister, flags) {
    const { bytes, view } = context.memory;
    const message = messageOf(context, register);
    const [at, length] = [u32(startRegister), u32(lengthRegister)];
    if (flags !== 0n) return errno(EINVAL);
    if (length === 0) return OK;
    if (at > message.sizeBytes) return errno(EINVAL);
    const roomEnd = view.getUint32(message.context + MESSAGE_ROOM_END, true);
    const end = message.start + message.sizeBytes;
    if (end + length > roomEnd) return errno(ENOMEM);
    const from = message.start + at;
    bytes.copyWithin(from + length, from, end);
    bytes.fill(0, from, from + length);
    resize(context, message, message.sizeBytes + length);
    show(context, message, 0, at === 0 ? length : at);
    return OK;
  },

  msg_pop_data(context, register, startRegister, lengthRegister, flags) {
    const message = messageOf(context, register);
    const [at, length] = [u32(startRegister), u32(lengthRegister)];
    if (flags !== 0n) return errno(EINVAL);
    if (length === 0) return OK;
    if (at >= message.sizeBytes || at + length > message.sizeBytes) return errno(EINVAL);
    const from = message.start + at;
    context.memory.bytes.copyWithin(from, from + length, message.start + message.sizeBytes);
    const left = message.sizeBytes - length;
    resize(context, message, left);
    show(context, message, 0, at === 0 ? left : at);
    return OK;
  },
};
