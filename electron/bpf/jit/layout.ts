/**
 * Where things are in a module the JIT writes: imports, helper functions of its own, globals, and the
 * locals of a translated function. compile.ts provides what is imported, by the same names.
 */

/** Functions the module imports from `machine`, in order of their index. */
export const IMPORTS = [
  // Calls of helpers by how many registers they take: every i64 that crosses costs a BigInt.
  'helper0',
  'helper1',
  'helper2',
  'helper3',
  'helper4',
  'helper5',
  'tailCall',
  'callDepth',
  'lookup',
  'update',
  'delete',
  'packet',
] as const;
export type ImportName = (typeof IMPORTS)[number];

export function importIndex(name: ImportName): number {
  return IMPORTS.indexOf(name);
}

/** Then the module's own byte swaps, then the translated functions. */
export const SWAP_32 = IMPORTS.length;
export const SWAP_64 = IMPORTS.length + 1;
export const FIRST_FUNCTION = IMPORTS.length + 2;

/** Global: frame pointer of the function that called a helper last, for the callbacks of it. */
export const GLOBAL_FRAME = 0;
/** Global: r0 of the program that a tail call went to. */
export const GLOBAL_RESULT = 1;
/** Global: highest value a frame pointer may have, that of the program's eighth frame. */
export const GLOBAL_FRAME_MAX = 2;

/**
 * Locals. Parameters first: r1 to r5, then the frame pointer r10; then r0, r6 to r9, a second
 * operand, an address, the rounds that may_goto still gives, the block that a jump back leads to.
 */
export const LOCAL_OPERAND = 11;
export const LOCAL_ADDRESS = 12;
export const LOCAL_LOOPS = 13;
export const LOCAL_BLOCK = 14;

const LOCAL_OF_REGISTER: readonly number[] = [6, 0, 1, 2, 3, 4, 7, 8, 9, 10, 5];

export function localOf(register: number): number {
  return LOCAL_OF_REGISTER[register] as number;
}

/** Name a function that begins at `slot` is exported by. */
export function exportName(slot: number): string {
  return `f${slot}`;
}
