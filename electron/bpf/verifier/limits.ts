/** The limits of Linux 6.18's verifier, each under the kernel's name for it. */

/** BPF_COMPLEXITY_LIMIT_INSNS: instructions processed over all paths. */
export const PROCESSED_MAX = 1_000_000;
/** BPF_COMPLEXITY_LIMIT_JMP_SEQ: paths waiting to be explored. */
export const PENDING_MAX = 8192;
/** BPF_COMPLEXITY_LIMIT_STATES: states remembered at one slot, of a program loaded without privilege. */
export const UNPRIVILEGED_STATES_MAX = 64;
/** Steps noted since the last checkpoint beyond which another is made, to keep the way back short. */
export const STEPS_MAX = 40;
/** MAX_CALL_FRAMES. */
export const FRAMES_MAX = 8;
/** MAX_BPF_STACK: bytes of stack of a chain of calls. */
export const STACK_BYTES_MAX = 512;
/** BPF_MAX_VAR_OFF: how far arithmetic may move a pointer. */
export const POINTER_OFFSET_MAX = 1 << 29;
/** BPF_MAX_SUBPROGS. */
export const SUBPROGRAMS_MAX = 256;
/** BPF_MAX_VAR_SIZ: bytes a helper may be told to touch. */
export const HELPER_BYTES_MAX = 1 << 29;
/** MAX_BPF_FUNC_ARGS, PERF_MAX_TRACE_SIZE, sizeof(struct pt_regs): bytes of a context where nothing narrower is known. */
export const RAW_TRACEPOINT_CONTEXT_BYTES = 96;
export const TRACEPOINT_CONTEXT_BYTES = 8192;
export const KPROBE_CONTEXT_BYTES = 168;
/** The registers of struct pt_regs on arm64, orig_x0 and syscallno with them; its own bytes behind these are no program's. */
export const KPROBE_CONTEXT_BYTES_ARM64 = 288;
/** What any offset of an instruction reaches; the kernel's own bound, U16_MAX, lies beyond. */
export const SYSCALL_CONTEXT_BYTES = 32_768;

/** MAX_USED_MAPS. */
export const MAPS_MAX = 64;
/** BPF_MAXINSNS: slots of a program loaded without privilege. */
export const UNPRIVILEGED_SLOTS_MAX = 4096;
/** Stack in use below which a function may tail call: check_max_stack_depth_subprog(). */
export const TAIL_CALL_STACK_MAX = 256;

export const REGISTER_COUNT = 11;
export const FRAME_POINTER = 10;
export const SLOT_BYTES = 8;
export const SLOTS_MAX = STACK_BYTES_MAX / SLOT_BYTES;
/** MAX_PACKET_OFF: how far into a packet anything may be proved. */
export const PACKET_OFFSET_MAX = 0xffff;
