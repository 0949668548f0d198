/**
 * Gadgets of programs that can be run: all they compute comes from the value of map INPUT, nothing from
 * an address, so interpreter, JIT and kernel must agree. r6 points to that value, r7 to r9 hold numbers,
 * the 12 slots below the frame pointer are written before anything reads them; the rest is anybody's.
 */
import type { MapDefinition } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r, type Alu, type Jump, type Size } from '../bpf/verifier/assembler.ts';
import type { Assembly, Label } from './assembly.ts';
import type { Random } from './generator.ts';

export const INPUT_BYTES = 64;
const HASH_BYTES = 48;
const DATA_BYTES = 32;
const QUEUE_BYTES = 16;

export const INPUT = 0;
export const HASH = 1;
const CONSTANTS = 2;
const RING = 3;
const DATA = 4;
const PER_CPU = 5;
const QUEUE = 6;
const STACK = 7;
export const PROGRAMS = 8;
const LRU = 9;

/** INPUT's value is given by whoever runs the program. */
export const gadgetMaps: readonly MapDefinition[] = [
  asm.mapOf('array', 4, INPUT_BYTES, 4),
  asm.mapOf('hash', 8, HASH_BYTES, 6),
  asm.constantsOf(Uint8Array.from({ length: DATA_BYTES }, (_, index) => (index * 37) & 0xff)),
  asm.mapOf('ringbuf', 0, 0, 4096),
  { ...asm.mapOf('array', 4, DATA_BYTES, 1), name: '.data' },
  asm.mapOf('percpu_array', 4, INPUT_BYTES, 2),
  asm.mapOf('queue', 0, QUEUE_BYTES, 3),
  asm.mapOf('stack', 0, QUEUE_BYTES, 3),
  asm.mapOf('prog_array', 4, 4, 2),
  asm.mapOf('lru_hash', 4, 8, 64),
];

export const SLOTS = 12;
const NUMBERS = [7, 8, 9] as const;
const SIZES: readonly Size[] = [1, 2, 4, 8];
const ALUS: readonly Alu[] = ['add', 'sub', 'mul', 'div', 'or', 'and', 'xor', 'mod', 'mov'];
const SHIFTS: readonly Alu[] = ['lsh', 'rsh', 'arsh'];
export const JUMPS: readonly Jump[] = [
  'jeq',
  'jgt',
  'jge',
  'jset',
  'jne',
  'jsgt',
  'jsge',
  'jlt',
  'jle',
  'jslt',
  'jsle',
];

export interface Site {
  readonly random: Random;
  readonly code: Assembly;
  /** Loops and branches around this place. */
  readonly depth: number;
  /** Registers that must keep what they hold: counters of loops around this place. */
  readonly kept: ReadonlySet<number>;
}

export type Gadget = (site: Site) => void;

/** Any number. */
export function someNumber({ random }: Site): number {
  return random.pick(NUMBERS);
}

/** A number that may change: one at least is never kept. */
export function freeNumber({ random, kept }: Site): number {
  return random.pick(NUMBERS.filter((register) => !kept.has(register)));
}

function immediate(random: Random): number {
  switch (random.below(5)) {
    case 0:
      return random.u32() | 0;
    case 1:
      return random.pick([0x7fffffff, -0x80000000, -1, 0, 1, 0xff, 0xffff, 0x10000]);
    case 2:
      return -random.below(70);
    default:
      return random.below(70);
  }
}

const width = (random: Random): 32 | 64 => (random.chance(2) ? 64 : 32);

/** All of ALU and ALU64, with the signed division and the moves of version 4. */
const arithmetic: Gadget = (site) => {
  const { random, code } = site;
  const make = width(random) === 64 ? asm.alu64 : asm.alu32;
  const dst = freeNumber(site);
  const isWide = make === asm.alu64;
  if (random.chance(4)) {
    const name = random.pick(SHIFTS);
    return code.emit(
      make(name, dst, random.chance(3) ? r(someNumber(site)) : random.below(isWide ? 64 : 32)),
    );
  }
  if (random.chance(10)) return code.emit(make('neg', dst));
  if (random.chance(6))
    return code.emit(make('mov', dst, r(someNumber(site)), random.pick(isWide ? [8, 16, 32] : [8, 16])));
  const name = random.pick(ALUS);
  const isDivision = name === 'div' || name === 'mod';
  const signed = isDivision && random.chance(2) ? 1 : 0;
  if (random.chance(2)) return code.emit(make(name, dst, r(someNumber(site)), signed));
  const value = immediate(random);
  code.emit(make(name, dst, isDivision && value === 0 ? 3 : value, signed));
};

const swapBytes: Gadget = (site) =>
  site.code.emit(
    asm.swap(site.random.pick(['le', 'be', 'bswap']), freeNumber(site), site.random.pick([16, 32, 64])),
  );

function aligned(random: Random, bytes: number, size: Size): number {
  return size * random.below(Math.floor(bytes / size));
}

/** A load, of any kind there is. */
function loadAny({ random }: Site, size: Size, dst: number, src: number, offset: number) {
  if (random.chance(8)) return asm.loadAcquire(size, dst, src, offset);
  return size !== 8 && random.chance(3)
    ? asm.loadSigned(size, dst, src, offset)
    : asm.load(size, dst, src, offset);
}

function storeAny(site: Site, size: Size, dst: number, offset: number) {
  const { random } = site;
  if (random.chance(8)) return asm.storeRelease(size, dst, offset, someNumber(site));
  return random.chance(3)
    ? asm.storeImmediate(size, dst, offset, immediate(random))
    : asm.store(size, dst, offset, someNumber(site));
}

/** One load or store of any kind at a fixed offset below `bytes` from `base`. */
function accessFixed(site: Site, base: number, bytes: number, at = 0): void {
  const { random, code } = site;
  const size = random.pick(SIZES);
  const offset = at + aligned(random, bytes, size);
  code.emit(
    random.chance(2)
      ? loadAny(site, size, freeNumber(site), base, offset)
      : storeAny(site, size, base, offset),
  );
}

const input: Gadget = (site) => accessFixed(site, 6, INPUT_BYTES);
const slot: Gadget = (site) => accessFixed(site, 10, 8 * SLOTS, -8 * SLOTS);

const OPERATIONS = [0x00, 0x40, 0x50, 0xa0, 0x01, 0x41, 0x51, 0xa1, 0xe1, 0xf1] as const;

/** Atomics on the input, the stack or a global variable. */
const atomics: Gadget = (site) => {
  const { random, code } = site;
  const size = random.pick([4, 8] as const);
  const operation = random.pick(OPERATIONS);
  if (operation === 0xf1) code.emit(loadAny(site, size, 0, 6, 0));
  const where = random.below(3);
  if (where === 2) code.emit(asm.loadMapValue(1, DATA));
  const bytes = where === 0 ? INPUT_BYTES : where === 1 ? 8 * SLOTS : DATA_BYTES;
  const base = where === 0 ? 6 : where === 1 ? 10 : 1;
  const offset = aligned(random, bytes, size) - (where === 1 ? 8 * SLOTS : 0);
  const src = (operation & 1) === 1 ? freeNumber(site) : someNumber(site);
  code.emit(asm.atomic(size, operation, base, offset, src));
};

/** Leaves in r3 a number from 0 to `limit`, or goes to `out`. Now and then it is one more. */
function boundIndex(site: Site, limit: number, out: Label): void {
  const { random, code } = site;
  const most = limit + (random.chance(25) ? 1 : 0);
  code.emit(asm.mov64(3, r(someNumber(site))));
  switch (random.below(8)) {
    case 0: {
      const mask = 2 ** Math.floor(Math.log2(most + 1)) - 1;
      return code.emit(asm.alu64('and', 3, mask));
    }
    case 1:
      return code.jump(64, 'jgt', 3, most, out);
    case 2:
      code.jump(64, 'jsgt', 3, most, out);
      return code.jump(64, 'jslt', 3, 0, out);
    case 3:
      code.jump(32, 'jgt', 3, most, out);
      return code.emit(asm.alu32('mov', 3, r(3)));
    case 4:
      return code.emit(asm.alu64('rsh', 3, 64 - Math.floor(Math.log2(most + 1))));
    case 5:
      code.emit(asm.alu64('mod', 3, most + 1));
      return random.chance(20) ? undefined : code.jump(64, 'jgt', 3, most, out);
    case 6: {
      const isSmall = code.label();
      code.jump(64, 'jle', 3, most, isSmall);
      code.emit(asm.mov64(3, random.below(most + 1)));
      return code.place(isSmall);
    }
    default: {
      const other = freeNumber(site);
      code.emit(asm.alu32('and', 3, 0xff), asm.mov64(other, r(3)));
      return code.jump(random.pick([32, 64]), 'jgt', other, most, out);
    }
  }
}

/** An access at an index that is bounded, from r1, which points to `bytes` bytes. */
function accessAtIndex(site: Site, bytes: number): void {
  const { random, code } = site;
  const out = code.label();
  const size = random.pick(SIZES);
  const step = random.pick([1, size]);
  const fixed = aligned(random, bytes / 2, size);
  const limit = Math.floor((bytes - fixed - size) / step);
  boundIndex(site, limit, out);
  if (step > 1)
    code.emit(random.chance(2) ? asm.alu64('mul', 3, step) : asm.alu64('lsh', 3, Math.log2(step)));
  code.emit(asm.alu64('add', 1, r(3)));
  code.emit(
    random.chance(2)
      ? asm.load(size, freeNumber(site), 1, fixed)
      : asm.store(size, 1, fixed, someNumber(site)),
  );
  code.place(out);
}

const inputAtIndex: Gadget = (site) => {
  site.code.emit(asm.mov64(1, r(6)));
  accessAtIndex(site, INPUT_BYTES);
};

/** The stack asks for aligned accesses, and loses what it knows under a store. */
const stackAtIndex: Gadget = (site) => {
  const { random, code } = site;
  const size = random.pick(SIZES);
  const count = random.pick([2, 4, 8]);
  code.emit(
    asm.mov64(3, r(someNumber(site))),
    asm.alu64('and', 3, count - 1),
    asm.alu64('lsh', 3, Math.log2(size)),
    asm.mov64(1, r(10)),
    asm.alu64('add', 1, -8 * (SLOTS - random.below(4))),
    asm.alu64('add', 1, r(3)),
  );
  code.emit(
    random.chance(2) ? loadPlain(site, size, freeNumber(site)) : asm.store(size, 1, 0, someNumber(site)),
  );
};

function loadPlain({ random }: Site, size: Size, dst: number) {
  return size !== 8 && random.chance(3) ? asm.loadSigned(size, dst, 1, 0) : asm.load(size, dst, 1, 0);
}

/** Goes to `out` where r0 is null, by one of the ways there are to say so. */
function checkNull({ random, code }: Site, out: Label): void {
  switch (random.below(3) + (random.chance(30) ? 3 : 0)) {
    case 0:
    case 1:
      return code.jump(64, 'jeq', 0, 0, out);
    case 2: {
      const isThere = code.label();
      code.emit(asm.mov64(1, r(0)));
      code.jump(64, 'jne', 1, 0, isThere);
      code.goto(out, random.chance(2));
      return code.place(isThere);
    }
    // Proves nothing to Linux, which looks for a constant in the instruction.
    default:
      code.emit(asm.mov64(2, 0));
      return code.jump(64, 'jeq', 0, r(2), out);
  }
}

function keyOnStack(site: Site, bytes: 4 | 8, most: number): void {
  const { random, code } = site;
  if (random.chance(2)) code.emit(asm.storeImmediate(8, 10, -8, random.below(most)));
  else code.emit(asm.mov64(1, r(someNumber(site))), asm.alu64('and', 1, 7), asm.store(8, 10, -8, 1));
  code.emit(asm.mov64(2, r(10)), asm.alu64('add', 2, bytes === 4 && random.chance(30) ? -4 : -8));
}

/** Looks an element up and uses it. */
const lookUp: Gadget = (site) => {
  const { random, code } = site;
  const [map, keyBytes, bytes] = random.pick([
    [INPUT, 4, INPUT_BYTES],
    [HASH, 8, HASH_BYTES],
    [HASH, 8, HASH_BYTES],
    [PER_CPU, 4, INPUT_BYTES],
    [LRU, 4, 8],
  ] as const);
  const out = code.label();
  keyOnStack(site, keyBytes, 6);
  code.emit(asm.loadMap(1, map), asm.call(1));
  checkNull(site, out);
  if (random.chance(2) || bytes === 8) accessFixed(site, 0, bytes);
  else {
    code.emit(asm.mov64(1, r(0)));
    accessAtIndex(site, bytes);
  }
  code.place(out);
};

/** Updates or deletes an element, with a value of the stack or of another map. */
const change: Gadget = (site) => {
  const { random, code } = site;
  const [map, keyBytes, bytes] = random.pick([
    [HASH, 8, HASH_BYTES],
    [HASH, 8, HASH_BYTES],
    [PER_CPU, 4, INPUT_BYTES],
    [LRU, 4, 8],
  ] as const);
  keyOnStack(site, keyBytes, 6);
  if (random.chance(3)) code.emit(asm.loadMap(1, map), asm.call(3));
  else {
    code.emit(
      random.chance(2) ? [asm.mov64(3, r(6))] : [asm.mov64(3, r(10)), asm.alu64('add', 3, -8 * SLOTS)],
    );
    if (random.chance(3) && bytes < INPUT_BYTES) code.emit(asm.alu64('add', 3, 8));
    code.emit(asm.mov64(4, random.below(3)), asm.loadMap(1, map), asm.call(2));
  }
  code.emit(asm.mov64(freeNumber(site), r(0)));
};

const queues: Gadget = (site) => {
  const { random, code } = site;
  const helper = random.pick([87, 88, 89]);
  code.emit(asm.mov64(2, r(10)), asm.alu64('add', 2, -8 * (2 + random.below(SLOTS - 1))));
  if (helper === 87) code.emit(asm.mov64(3, random.pick([0, 0, 2])));
  code.emit(asm.loadMap(1, random.pick([QUEUE, STACK])), asm.call(helper), asm.mov64(freeNumber(site), r(0)));
};

/** .rodata, whose bytes the verifier knows, and .data, which programs write. */
const globals: Gadget = (site) => {
  const { random, code } = site;
  const isConstant = random.chance(2);
  const size = random.pick(SIZES);
  const start = 8 * random.below(DATA_BYTES / 8);
  code.emit(asm.loadMapValue(1, isConstant ? CONSTANTS : DATA, start));
  if (!isConstant && random.chance(3)) {
    code.emit(asm.loadMapValue(1, DATA));
    return accessAtIndex(site, DATA_BYTES);
  }
  const offset = aligned(random, DATA_BYTES, size) - start;
  code.emit(
    isConstant || random.chance(2)
      ? loadAny(site, size, freeNumber(site), 1, offset)
      : storeAny(site, size, 1, offset),
  );
};

/** A record is reserved, written, and submitted or discarded. */
const record: Gadget = (site) => {
  const { random, code } = site;
  const bytes = 8 * (1 + random.below(4));
  const out = code.label();
  code.emit(asm.loadMap(1, RING), asm.mov64(2, bytes), asm.mov64(3, 0), asm.call(131));
  checkNull(site, out);
  const size = random.pick(SIZES);
  const offset = aligned(random, bytes, size);
  code.emit(asm.store(size, 0, offset, someNumber(site)), asm.load(size, freeNumber(site), 0, offset));
  if (random.chance(3)) code.emit(asm.store(8, 10, -8, 0), asm.load(8, 1, 10, -8));
  else code.emit(asm.mov64(1, r(0)));
  code.emit(asm.mov64(2, 0), asm.call(random.pick([132, 133])), asm.storeImmediate(8, 10, -8, 0));
  const end = code.label();
  code.goto(end);
  code.place(out);
  code.emit(asm.storeImmediate(8, 10, -8, 1));
  code.place(end);
};

/** Memory of a length that is known only in bounds, handed to a helper that reads or writes it. */
const helperMemory: Gadget = (site) => {
  const { random, code } = site;
  const out = code.label();
  const isLoad = random.chance(2);
  const toStack = random.chance(2);
  const bytes = toStack ? 8 * SLOTS : INPUT_BYTES;
  boundIndex(site, bytes, out);
  if (random.chance(2)) code.jump(64, 'jeq', 3, 0, out);
  const pointer = (dst: number) =>
    toStack ? [asm.mov64(dst, r(10)), asm.alu64('add', dst, -8 * SLOTS)] : [asm.mov64(dst, r(6))];
  if (isLoad)
    code.emit(
      asm.mov64(4, r(3)),
      pointer(1),
      asm.mov64(3, r(6)),
      asm.mov64(2, r(4)),
      asm.call(random.pick([113, 115])),
    );
  else code.emit(pointer(2), asm.loadMap(1, RING), asm.mov64(4, 0), asm.call(130));
  code.emit(asm.mov64(freeNumber(site), r(0)));
  code.place(out);
};

/** A pointer and a number go to the stack, and are used when they come back. */
const spilled: Gadget = (site) => {
  const { random, code } = site;
  const at = -8 * (1 + random.below(SLOTS));
  if (random.chance(2)) {
    code.emit(asm.store(8, 10, at, 6), asm.load(8, 1, 10, at));
    accessFixed(site, 1, INPUT_BYTES);
    return code.emit(asm.storeImmediate(8, 10, at, 7));
  }
  const out = code.label();
  const size = random.pick([1, 2, 4, 8, 8] as const);
  const number = someNumber(site);
  code.emit(asm.store(size, 10, at, number));
  code.jump(
    width(random),
    random.pick(['jgt', 'jge', 'jsgt', 'jne'] as const),
    number,
    random.below(40),
    out,
  );
  code.emit(asm.load(size, 3, 10, at));
  if (random.chance(3)) code.jump(64, 'jsle', 3, -1, out);
  code.jump(64, 'jgt', 3, 56, out);
  code.emit(asm.mov64(1, r(6)), asm.alu64('add', 1, r(3)), asm.load(8, freeNumber(site), 1, 0));
  code.place(out);
};

/** Two registers that hold the same number, or that and a constant more: what is learnt of one holds for both. */
const linked: Gadget = (site) => {
  const { random, code } = site;
  const out = code.label();
  const other = freeNumber(site);
  code.emit(asm.mov64(3, r(someNumber(site))));
  if (random.chance(2)) code.emit(asm.alu32('and', 3, 0xffff));
  code.emit(random.chance(4) ? asm.alu32('mov', other, r(3)) : asm.mov64(other, r(3)));
  if (random.chance(2)) code.emit(asm.alu64('add', other, random.below(16)));
  code.jump(
    width(random),
    random.pick(['jgt', 'jge', 'jsgt'] as const),
    random.pick([3, other]),
    random.below(56),
    out,
  );
  const index = random.pick([3, other]);
  if (index !== 3) code.emit(asm.mov64(3, r(index)));
  if (random.chance(3)) code.jump(64, 'jslt', 3, 0, out);
  code.jump(64, 'jgt', 3, 56, out);
  code.emit(asm.mov64(1, r(6)), asm.alu64('add', 1, r(3)), asm.load(8, freeNumber(site), 1, 0));
  code.place(out);
};

export const plainGadgets: readonly Gadget[] = [
  arithmetic,
  arithmetic,
  arithmetic,
  swapBytes,
  input,
  input,
  slot,
  slot,
  atomics,
  inputAtIndex,
  stackAtIndex,
  lookUp,
  lookUp,
  change,
  queues,
  globals,
  record,
  helperMemory,
  spilled,
  linked,
];
