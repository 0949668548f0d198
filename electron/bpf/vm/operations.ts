/**
 * Operation bits of arithmetic and jump opcodes, as constants for the switches that run them, and
 * the limits of Linux that a running program meets. Which opcodes exist: isa/opcodes.ts.
 */

export const CLASS_MASK = 0x07;
export const SIZE_MASK = 0x18;
export const MODE_MASK = 0xe0;
/** Operation of arithmetic and jumps. */
export const OPERATION_MASK = 0xf0;

export const ALU_ADD = 0x00;
export const ALU_SUB = 0x10;
export const ALU_MUL = 0x20;
export const ALU_DIV = 0x30;
export const ALU_OR = 0x40;
export const ALU_AND = 0x50;
export const ALU_LSH = 0x60;
export const ALU_RSH = 0x70;
export const ALU_NEG = 0x80;
export const ALU_MOD = 0x90;
export const ALU_XOR = 0xa0;
export const ALU_MOV = 0xb0;
export const ALU_ARSH = 0xc0;
export const ALU_END = 0xd0;

export const JMP_JA = 0x00;
export const JMP_JEQ = 0x10;
export const JMP_JGT = 0x20;
export const JMP_JGE = 0x30;
export const JMP_JSET = 0x40;
export const JMP_JNE = 0x50;
export const JMP_JSGT = 0x60;
export const JMP_JSGE = 0x70;
export const JMP_CALL = 0x80;
export const JMP_EXIT = 0x90;
export const JMP_JLT = 0xa0;
export const JMP_JLE = 0xb0;
export const JMP_JSLT = 0xc0;
export const JMP_JSLE = 0xd0;
/** Linux's may_goto (BPF_JCOND). */
export const JMP_JCOND = 0xe0;

/**
 * Modes that Linux gives loads through pointers that may lead anywhere, which no program can be written
 * with (BPF_PROBE_MEM, BPF_PROBE_MEMSX): where nothing is mapped they give 0.
 */
export const MODE_PROBE = 0x20;
export const MODE_PROBE_SIGNED = 0x40;

export const REGISTER_COUNT = 11;
export const FRAME_POINTER = 10;
export const STACK_FRAME_BYTES = 512;
/** MAX_CALL_FRAMES in Linux. */
export const CALL_FRAMES_MAX = 8;
/** MAX_TAIL_CALL_CNT in Linux. */
export const TAIL_CALLS_MAX = 33;
/** A tail call leaves the frames below it as they are, up to seven, and gives the next program eight. */
export const FRAMES_MAX = CALL_FRAMES_MAX + TAIL_CALLS_MAX * (CALL_FRAMES_MAX - 1);
/** BPF_MAX_LOOPS in Linux: rounds of may_goto and of bpf_loop(). */
export const LOOPS_MAX = 8 * 1024 * 1024;
