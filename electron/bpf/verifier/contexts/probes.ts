/** Contexts of programs that watch the kernel run, where they are plain bytes. */
import type { ProgramType } from '../../program.ts';
import {
  KPROBE_CONTEXT_BYTES,
  KPROBE_CONTEXT_BYTES_ARM64,
  RAW_TRACEPOINT_CONTEXT_BYTES,
  SYSCALL_CONTEXT_BYTES,
  TRACEPOINT_CONTEXT_BYTES,
} from '../limits.ts';
import type { ContextLayout, ContextLayouts } from './table.ts';

/** Any aligned access between the two offsets. */
function bytes(from: number, end: number): string {
  return `${from}-${end - 1}`;
}

function anySize(from: number, end: number): Record<1 | 2 | 4 | 8, string> {
  const range = bytes(from, end);
  return { 1: range, 2: range, 4: range, 8: range };
}

export const probeContexts: Partial<Record<ProgramType, ContextLayouts>> = {
  // A tracepoint's first eight bytes hold the kernel's own pointer.
  tracepoint: { reads: anySize(8, TRACEPOINT_CONTEXT_BYTES), writes: {} },
  raw_tracepoint: { reads: anySize(0, RAW_TRACEPOINT_CONTEXT_BYTES), writes: {} },
  // The first argument points to what may be written; that its end is not passed is for the attach to say.
  raw_tracepoint_writable: {
    reads: { ...anySize(8, RAW_TRACEPOINT_CONTEXT_BYTES), 8: bytes(0, RAW_TRACEPOINT_CONTEXT_BYTES) },
    writes: {},
    pointers: [{ offset: 0, gives: 'tracepoint-buffer' }],
  },
  // One number: how long the light was on or off. By the source: kernels without infrared refuse the type.
  lirc_mode2: { reads: { 4: '0-3' }, writes: {} },
  // struct bpf_nf_ctx.
  netfilter: {
    reads: { 8: '0-15' },
    writes: {},
    pointers: [
      { offset: 0, gives: 'btf:nf_hook_state' },
      { offset: 8, gives: 'btf:sk_buff' },
    ],
  },
  // What the process hands over: any struct of its own.
  syscall: { reads: anySize(0, SYSCALL_CONTEXT_BYTES), writes: anySize(0, SYSCALL_CONTEXT_BYTES) },
  // struct pt_regs.
  kprobe: { reads: anySize(0, KPROBE_CONTEXT_BYTES), writes: {} },
  // struct bpf_perf_event_data: the registers, sample_period, addr.
  perf_event: {
    reads: { 1: '168-183', 2: '168-183', 4: '168-183', 8: '0-183' },
    writes: {},
  },
};

/** struct pt_regs of arm64, which is larger. */
export const arm64Registers: ContextLayout = { reads: anySize(0, KPROBE_CONTEXT_BYTES_ARM64), writes: {} };
