/**
 * Programs that can be run, from a seed: gadgets within branches, bounded loops, may_goto, functions,
 * callbacks and tail calls. At the end all numbers go to the input, where whoever ran it compares them.
 */
import type { Instruction } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { Assembly, type Label } from './assembly.ts';
import {
  freeNumber,
  HASH,
  INPUT,
  JUMPS,
  plainGadgets,
  PROGRAMS,
  SLOTS,
  someNumber,
  type Site,
} from './gadgets.ts';
import { Random } from './generator.ts';

const DEPTH_MAX = 3;
const LOOP = 181;
const FOR_EACH = 164;
const TAIL_CALL = 12;
/** Where main keeps the context, below what gadgets write. */
const CONTEXT_SLOT = -8 * (SLOTS + 1);
/** Where a caller of bpf_loop() keeps the input's address for its callback. */
const POINTER_SLOT = -8 * (SLOTS + 2);

/** What a program is made of while it is made: functions are written after what calls them. */
interface Program {
  readonly random: Random;
  readonly code: Assembly;
  readonly waiting: (() => void)[];
  functions: number;
}

type ProgramGadget = (site: Site, program: Program) => void;

/** Inside of a branch, or of a loop whose counter is kept. */
function within(site: Site, counter?: number): Site {
  if (counter === undefined) return { ...site, depth: site.depth + 1 };
  return { ...site, depth: site.depth + 2, kept: new Set([...site.kept, counter]) };
}

function branch(site: Site, program: Program): void {
  const { random, code } = site;
  const out = code.label();
  const operand = random.chance(2)
    ? r(someNumber(site))
    : random.pick([0, 1, -1, 7, 40, 63, 0x10000, -0x80000000]);
  code.jump(random.pick([32, 64]), random.pick(JUMPS), someNumber(site), operand, out);
  body(within(site), program, 1 + random.below(3));
  if (random.chance(2)) return code.place(out);
  const end = code.label();
  code.goto(end, random.chance(2));
  code.place(out);
  body(within(site), program, 1 + random.below(2));
  code.place(end);
}

/** Counts up or down in a register, between bounds that are known. */
function loop(site: Site, program: Program): void {
  const { random, code } = site;
  if (site.kept.size > 1) return branch(site, program);
  const counter = freeNumber(site);
  const rounds = 1 + random.below(4);
  const isUp = random.chance(2);
  if (random.chance(3))
    code.emit(asm.alu64('and', counter, 3), ...(isUp ? [] : [asm.alu64('add', counter, 1)]));
  else code.emit(asm.mov64(counter, isUp ? 0 : rounds));
  const start = code.here();
  const out = code.label();
  const isChecked = random.chance(2);
  if (isChecked && isUp) code.jump(64, 'jge', counter, rounds, out);
  body(within(site, counter), program, 1 + random.below(2));
  code.emit(asm.alu64('add', counter, isUp ? 1 : -1));
  if (isChecked && isUp) code.goto(start);
  else if (isUp) code.jump(random.pick([32, 64]), 'jlt', counter, rounds, start);
  else code.jump(64, random.pick(['jne', 'jsgt'] as const), counter, 0, start);
  code.place(out);
}

/** Ends by itself or, at the latest, when a counter of its own says so. */
function goingTo(site: Site, program: Program): void {
  const { random, code } = site;
  if (site.kept.size > 1) return branch(site, program);
  const counter = freeNumber(site);
  const out = code.label();
  code.emit(asm.mov64(counter, random.below(3)));
  const start = code.here();
  code.mayGoto(out);
  code.jump(64, 'jgt', counter, 1 + random.below(5), out);
  body(within(site, counter), program, 1 + random.below(2));
  code.emit(asm.alu64('add', counter, 1));
  code.goto(start);
  code.place(out);
}

function fillSlots(random: Random, code: Assembly, slots: number): void {
  for (let slot = 1; slot <= slots; slot += 1)
    code.emit(asm.storeImmediate(8, 10, -8 * slot, random.chance(2) ? 0 : random.below(70)));
}

const nothingKept: ReadonlySet<number> = new Set();

/** A function of the input and two numbers. */
function call(site: Site, program: Program): void {
  const { code } = site;
  if (program.functions >= 3) return branch(site, program);
  program.functions += 1;
  const start = code.label();
  code.emit(asm.mov64(1, r(6)), asm.mov64(2, r(someNumber(site))), asm.mov64(3, r(someNumber(site))));
  code.callFunction(start);
  code.emit(asm.mov64(freeNumber(site), r(0)));
  program.waiting.push(() => {
    const { random } = program;
    code.place(start);
    code.emit(asm.mov64(6, r(1)), asm.mov64(7, r(2)), asm.mov64(8, r(3)), asm.mov64(9, random.below(9)));
    const inner: Site = { random, code, depth: DEPTH_MAX - 1, kept: nothingKept };
    fillSlots(random, code, SLOTS);
    body(inner, program, 1 + random.below(4));
    code.emit(asm.mov64(0, r(someNumber(inner))), asm.exit);
  });
}

/** bpf_loop() or bpf_for_each_map_elem() with a callback that reaches the input through its context. */
function callback(site: Site, program: Program): void {
  const { random, code } = site;
  if (program.functions >= 3) return branch(site, program);
  program.functions += 1;
  const start = code.label();
  const isLoop = random.chance(2);
  code.emit(asm.store(8, 10, POINTER_SLOT, 6));
  if (isLoop) {
    if (random.chance(2)) code.emit(asm.mov64(1, random.below(12)));
    else code.emit(asm.mov64(1, r(someNumber(site))), asm.alu64('and', 1, 15));
  } else code.emit(asm.loadMap(1, random.pick([INPUT, HASH])));
  code.loadFunction(2, start);
  code.emit(asm.mov64(3, r(10)), asm.alu64('add', 3, POINTER_SLOT), asm.mov64(4, 0));
  code.emit(asm.call(isLoop ? LOOP : FOR_EACH), asm.mov64(freeNumber(site), r(0)));
  program.waiting.push(() => callbackBody(program, start, isLoop));
}

function callbackBody(program: Program, start: Label, isLoop: boolean): void {
  const { random, code } = program;
  code.place(start);
  const context = isLoop ? 2 : 4;
  code.emit(asm.load(8, 6, context, 0), asm.mov64(8, random.below(9)));
  // What the caller keeps in its last slot is a number that the callback may change.
  code.emit(asm.load(8, 7, context, 16), asm.alu64('add', 7, 1), asm.store(8, context, 16, 7));
  if (isLoop) code.emit(asm.mov64(9, r(1)));
  else code.emit(asm.load(8, 9, 3, 8), asm.load(4, 8, 2, 0), asm.store(8, 3, 16, 7));
  const inner: Site = { random, code, depth: DEPTH_MAX - 1, kept: nothingKept };
  fillSlots(random, code, SLOTS);
  body(inner, program, 1 + random.below(3));
  if (random.chance(2)) code.emit(asm.mov64(0, 0), asm.exit);
  else code.emit(asm.mov64(0, r(someNumber(inner))), asm.alu64('and', 0, 1), asm.exit);
}

/** Into the program itself, so 33 times at most; what it counts is in the input. */
function tailCall(site: Site): void {
  const { random, code } = site;
  code.emit(asm.load(8, 1, 10, CONTEXT_SLOT), asm.mov64(3, random.below(3)));
  code.emit(asm.loadMap(2, PROGRAMS), asm.call(TAIL_CALL));
}

function gadget(site: Site, program: Program): void {
  const { random } = site;
  const choice = random.below(24);
  const compound: Readonly<Record<number, ProgramGadget>> = {
    0: branch,
    1: branch,
    2: branch,
    3: loop,
    4: goingTo,
    5: call,
    6: callback,
  };
  const chosen = site.depth < DEPTH_MAX ? compound[choice] : undefined;
  if (chosen !== undefined) chosen(site, program);
  else random.pick(plainGadgets)(site);
}

function body(site: Site, program: Program, count: number): void {
  for (let index = 0; index < count; index += 1) gadget(site, program);
}

/** The program of a seed: always the same one, and right unless a bound is one too many. */
export function generateRunnable(seed: number): Instruction[] {
  const random = new Random(seed ^ 0x3c6ef372);
  const code = new Assembly();
  const program: Program = { random, code, waiting: [], functions: 0 };
  const site: Site = { random, code, depth: 0, kept: nothingKept };
  const out = code.label();
  code.emit(asm.store(8, 10, CONTEXT_SLOT, 1), asm.storeImmediate(4, 10, -8, 0), asm.loadMap(1, INPUT));
  code.emit(asm.mov64(2, r(10)), asm.alu64('add', 2, -8), asm.call(1));
  code.jump(64, 'jeq', 0, 0, out);
  code.emit(asm.mov64(6, r(0)), asm.load(8, 7, 6, 0), asm.load(8, 8, 6, 8), asm.load(4, 9, 6, 16));
  fillSlots(random, code, SLOTS);
  body(site, program, 2 + random.below(6));
  for (const [index, register] of [7, 8, 9].entries()) code.emit(asm.store(8, 6, 24 + 8 * index, register));
  if (random.chance(8)) tailCall(site);
  code.place(out);
  code.emit(asm.load(8, 0, 10, -8 * (2 + random.below(SLOTS - 1))), asm.exit);
  for (let next = program.waiting.shift(); next !== undefined; next = program.waiting.shift()) next();
  return code.finish();
}
