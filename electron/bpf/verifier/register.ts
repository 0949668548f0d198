/**
 * What a register (or a stack slot a register was spilled to) may hold. Immutable: a step replaces
 * registers, so states share them.
 */
import { flagNames, NULLABLE_SUFFIX, READ_ONLY, UNTRUSTED } from './pointer-flags.ts';
import type { DynptrType } from './stack-object.ts';
import { constantScalar, unknownScalar, zeroScalar, constantOf, type Scalar } from './scalar.ts';

export interface Uninitialised {
  readonly kind: 'uninitialised';
}

export interface ScalarRegister {
  readonly kind: 'scalar';
  readonly scalar: Scalar;
  /** Registers with the same id, not 0, hold the same number, up to their deltas. */
  readonly id: number;
  /** Set by one addition of a constant after the id was given: this register is that much greater. */
  readonly delta: number | undefined;
}

export type PointerTarget =
  | 'ctx'
  | 'stack'
  | 'map-value'
  | 'map-key'
  | 'map'
  | 'mem'
  | 'ringbuf-record'
  | 'function'
  /** An object of the kernel, of a type in the kernel's own BTF. */
  | 'btf'
  /** An object of the program's own, of a type in its BTF. */
  | 'object'
  /** Bytes whose end the program that attaches knows: what iterators hand out. */
  | 'buffer'
  /** What a tracepoint lets a program write: as long as the tracepoint says. */
  | 'tracepoint-buffer'
  /** Bytes of a packet, bytes put in front of it, the first byte past it. */
  | 'packet'
  | 'packet-meta'
  | 'packet-end'
  /** What a flow dissector finds out. */
  | 'flow-keys'
  /** A socket as programs see it: all of it, what half-made ones have of it, its TCP side, one of AF_XDP. */
  | 'sock'
  | 'sock-common'
  | 'tcp-sock'
  | 'xdp-sock'
  /** A dynptr that a callback is given, not on the program's stack. */
  | 'dynptr';

export interface PointerRegister {
  readonly kind: 'pointer';
  readonly target: PointerTarget;
  /** Known part of the distance from the target's start. */
  readonly offset: number;
  /** The rest of the distance; a constant 0 for none. */
  readonly variable: Scalar;
  readonly isMaybeNull: boolean;
  /** Pointers with the same id, not 0, come from one call: a null check of one checks all. */
  readonly id: number;
  /** Id of the resource that must be released, 0 for none. */
  readonly reference: number;
  /** Index of the map, of `map`, `map-value` and `map-key`. */
  readonly map: number;
  /** Frame whose stack it points to. */
  readonly frame: number;
  /** Bytes of `mem` and `ringbuf-record`. */
  readonly sizeBytes: number;
  /** First slot of the callback, of `function`. */
  readonly entry: number;
  /** Id of the type in the kernel's BTF, of `btf`; 0 where that BTF is not at hand. In the program's, of `object`. */
  readonly btfTypeId: number;
  /** What may be done with what it points to: bits of pointer-flags.ts. */
  readonly flags: number;
  /** Id of the dynptr that `mem` is a part of, 0 for none. */
  readonly dynptr: number;
  /** Set where bpf_dynptr_slice() gave the part, and what the dynptr is on. */
  readonly sliceOf: DynptrType | undefined;
  /** Bytes proved to be there from where it points without `offset`, of packets; less than 0: packet-pointers.ts. */
  readonly range: number;
}

export type Register = Uninitialised | ScalarRegister | PointerRegister;

export const uninitialised: Uninitialised = { kind: 'uninitialised' };

export function scalarRegister(
  scalar: Scalar,
  id = 0,
  delta: number | undefined = undefined,
): ScalarRegister {
  return { kind: 'scalar', scalar, id, delta };
}

export const unknownRegister: ScalarRegister = scalarRegister(unknownScalar);
export const zeroRegister: ScalarRegister = scalarRegister(zeroScalar);

export function constantRegister(value: bigint): ScalarRegister {
  return value === 0n ? zeroRegister : scalarRegister(constantScalar(value));
}

export function pointerRegister(
  target: PointerTarget,
  facts: Partial<Omit<PointerRegister, 'kind' | 'target'>> = {},
): PointerRegister {
  return {
    kind: 'pointer',
    target,
    offset: 0,
    variable: zeroScalar,
    isMaybeNull: false,
    id: 0,
    reference: 0,
    map: -1,
    frame: 0,
    sizeBytes: 0,
    entry: -1,
    btfTypeId: 0,
    flags: 0,
    dynptr: 0,
    sliceOf: undefined,
    range: 0,
    ...facts,
  };
}

export function isPointer(register: Register): register is PointerRegister {
  return register.kind === 'pointer';
}

/** The number, where the register surely holds one and it is known. */
export function knownNumber(register: Register): bigint | undefined {
  return register.kind === 'scalar' ? constantOf(register.scalar) : undefined;
}

const targetNames: Readonly<Record<PointerTarget, string>> = {
  ctx: 'ctx',
  stack: 'fp',
  'map-value': 'map_value',
  'map-key': 'map_key',
  map: 'map_ptr',
  mem: 'mem',
  'ringbuf-record': 'ringbuf_mem',
  function: 'func',
  btf: 'ptr_',
  object: 'ptr_',
  buffer: 'buf',
  'tracepoint-buffer': 'tp_buffer',
  packet: 'pkt',
  'packet-meta': 'pkt_meta',
  'packet-end': 'pkt_end',
  'flow-keys': 'flow_keys',
  sock: 'sock',
  'sock-common': 'sock_common',
  'tcp-sock': 'tcp_sock',
  'xdp-sock': 'xdp_sock',
  dynptr: 'dynptr_ptr',
};

/** The kind as Linux's messages name it: `fp`, `map_value_or_null`, `scalar`. */
export function kindName(register: Register): string {
  if (register.kind === 'uninitialised') return '?';
  if (register.kind === 'scalar') return 'scalar';
  const name = flagNames(register.flags) + targetNames[register.target];
  if (!register.isMaybeNull) return name;
  // The type's name follows: `ptr_or_null_task_struct`.
  const isTyped = register.target === 'btf' || register.target === 'object';
  return isTyped ? `${name}${NULLABLE_SUFFIX}_` : `${name}_${NULLABLE_SUFFIX}`;
}

/** Memory that may not be there: reads of it are probed and give zero, so that nothing bounds them. */
export function isProbedMemory(pointer: PointerRegister): boolean {
  return pointer.target === 'mem' && (pointer.flags & (READ_ONLY | UNTRUSTED)) === (READ_ONLY | UNTRUSTED);
}
