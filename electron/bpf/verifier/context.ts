/**
 * Accesses of a program's context, by program type: the is_valid_access() functions of Linux 6.18, as tables
 * in contexts/. What the recorded event holds may narrow it (VerifyOptions.contextSizeBytes), as attaching
 * does in the kernel.
 */
import { contextTableOf, type ContextTable, type Given } from './contexts/table.ts';
import { TRUSTED } from './pointer-flags.ts';
import { pointerRegister, unknownRegister, type PointerRegister, type Register } from './register.ts';
import { constantOf } from './scalar.ts';
import { returnedSocket } from './socket.ts';
import type { Walk } from './walk.ts';

/** The context is accessed through the pointer as it was given. */
export function requireUnmovedContext(walk: Walk, pointer: PointerRegister, register: number): void {
  if (pointer.offset !== 0) {
    const text = pointer.offset < 0 ? 'negative offset ctx ptr' : 'dereference of modified ctx ptr';
    walk.refuse('context-access', `${text} R${register} off=${pointer.offset} disallowed`);
  }
  if (constantOf(pointer.variable) !== 0n) {
    walk.refuse(
      'context-access',
      `variable ctx access of R${register} disallowed: the offset must be a constant`,
    );
  }
}

/** Checks a read and notes it; gives what it reads, which is an unknown number in most cases. */
export function loadFromContext(
  walk: Walk,
  pointer: PointerRegister,
  register: number,
  offset: number,
  sizeBytes: number,
  isSigned: boolean,
): Register {
  requireUnmovedContext(walk, pointer, register);
  const table = tableOf(walk);
  const given = table.pointers.find((each) => each.offset === offset);
  const isOpen = walk.isBpfCapable || !table.isPrivilegedRead(offset);
  if (!table.mayRead(offset, sizeBytes) || !isOpen || (given !== undefined && isSigned))
    refuseAccess(walk, offset, sizeBytes);
  noteHeld(walk, offset, sizeBytes, false);
  return given === undefined ? unknownRegister : pointerGiven(walk, given.gives);
}

/** Checks a write and notes it. */
export function storeToContext(
  walk: Walk,
  pointer: PointerRegister,
  register: number,
  offset: number,
  sizeBytes: number,
  content: Register,
  source: number | undefined,
): void {
  if (walk.leaks(content)) walk.refuse('pointer-leak', `R${source ?? register} leaks addr into ctx`);
  requireUnmovedContext(walk, pointer, register);
  const table = tableOf(walk);
  const isOpen = walk.isBpfCapable || !table.isPrivilegedWrite(offset);
  if (!table.mayWrite(offset, sizeBytes) || !isOpen) refuseAccess(walk, offset, sizeBytes);
  noteHeld(walk, offset, sizeBytes, true);
}

function tableOf(walk: Walk): ContextTable {
  const table = contextTableOf(walk.program, walk.options.kernelBtf);
  if (table === undefined) {
    walk.refuse(
      'context-access',
      `the context of ${walk.program.type} programs is not described here, and may not be accessed`,
    );
  }
  return table;
}

function refuseAccess(walk: Walk, offset: number, sizeBytes: number): never {
  walk.refuse('context-access', `invalid bpf_context access off=${offset} size=${sizeBytes}`);
}

function noteHeld(walk: Walk, offset: number, sizeBytes: number, isWrite: boolean): void {
  const held = walk.options.contextSizeBytes;
  if (held !== undefined && offset + sizeBytes > held) {
    walk.refuse(
      'context-access',
      `context access off=${offset} size=${sizeBytes} is beyond the ${held} bytes the event records`,
    );
  }
  walk.noteContextAccess(offset, sizeBytes, isWrite);
}

function pointerGiven(walk: Walk, given: Given): Register {
  if (isObject(given))
    return pointerRegister('btf', { btfTypeId: walk.kernelTypes.idOf(given.slice(4)), flags: TRUSTED });
  switch (given) {
    case 'packet':
    case 'packet-meta':
    case 'packet-end':
    case 'flow-keys':
    case 'tracepoint-buffer':
      return pointerRegister(given);
    case 'sock':
      return pointerRegister('sock');
    case 'sock_or_null':
    case 'sock_common_or_null':
      return returnedSocket(given, walk.newId(), 0);
  }
}

function isObject(given: Given): given is Extract<Given, `btf:${string}`> {
  return given.startsWith('btf:');
}
