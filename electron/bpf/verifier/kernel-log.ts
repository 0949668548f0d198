/**
 * The log as Linux writes it: at level 2 every instruction followed, with what it read and wrote; at
 * level 1 those of the path that was refused; at each the verdict's words and the count. Written
 * after kernel/bpf/log.c of Linux 6.18, without its marks of precision.
 */
import { kernelFunctionByNumber } from '../helpers/kernel-functions.ts';
import { helperPrototypeById } from '../helpers/prototypes.ts';
import { disassemble } from '../isa/disassemble.ts';
import { opcodeTable } from '../isa/opcodes.ts';
import { kindName, type PointerRegister, type Register, type ScalarRegister } from './register.ts';
import { constantOf, S32_MAX, S32_MIN, S64_MAX, S64_MIN, U32_MAX, U64_MAX, type Scalar } from './scalar.ts';
import { renderObject } from './stack-object.ts';
import type { Frame, Slot } from './state.ts';
import { isEqualTnum, renderTnum, unknownTnum } from './tnum.ts';
import { touched } from './touched.ts';
import type { Walk } from './walk.ts';

/** 1: the refused path; 2: every path; 4: the count alone. */
export type LogLevel = 1 | 2 | 4;

/** Lines kept: at some 100 bytes each, what a reader and a page can still hold. */
export const LOG_LINES_MAX = 100_000;
const COMMENT_COLUMN = 40;
const names = {
  helper: (id: number) => helperPrototypeById(id)?.name,
  kernelFunction: (number: number) => kernelFunctionByNumber(number)?.name,
};
const DECIMAL_MAX = 0xffffn;
const SIGNED_DECIMAL_MAX = 0x7fffn;

export class KernelLog {
  readonly lines: string[] = [];
  /** Lines left out because there were too many. */
  cut = 0;
  readonly #level: LogLevel;
  readonly #before = new Map<number, Slot>();
  /** How a path begins, until it is known whether it goes on: one that ends at once is told in few words. */
  #opening: { readonly way: string; readonly state: string } | undefined;

  constructor(level: LogLevel) {
    this.#level = level;
  }

  /** Place to go back to where the path that begins here ends well. */
  get mark(): number {
    return this.lines.length;
  }

  /** A path begins at walk.pc, coming from slot `from`; `mark` is what the log held when it was put off. */
  begin(walk: Walk, from: number, mark: number): void {
    if (this.#level === 4) return;
    if (this.#level === 1) this.lines.length = Math.min(this.lines.length, mark);
    const state = renderFrame(walk, walk.frame);
    if (from < 0) this.#push(`${walk.pc}: ${state}`);
    else this.#opening = { way: `\nfrom ${from} to ${walk.pc}`, state };
  }

  /** Before the instruction at walk.pc is followed. */
  enter(walk: Walk): void {
    if (this.#opening !== undefined) this.#push(`${this.#opening.way}: ${this.#opening.state}`);
    this.#opening = undefined;
    this.#before.clear();
    walk.frame.stack.forEach((slot, index) => this.#before.set(index, slot));
  }

  /** After the instruction at `pc` was followed, or, not being `isDone`, refused. */
  leave(walk: Walk, pc: number, isDone: boolean): void {
    const instruction = walk.program.instructions[pc];
    if (this.#level === 4 || instruction === undefined) return;
    const { written, read } = touched(instruction);
    const opcode = instruction.opcode.toString(16).padStart(2, '0');
    const next = walk.program.instructions[pc + 1];
    const text = `${pc}: (${opcode}) ${disassemble(instruction, next, names)}`;
    const line = walk.program.lines.find((each) => each.instruction === pc);
    if (line !== undefined) this.#push(`; ${line.text.trim()} @ ${line.file}:${line.line}`);
    const registers = walk.frame.registers.flatMap((register, number) =>
      ((written | read) & (1 << number)) === 0 || register.kind === 'uninitialised'
        ? []
        : [`R${number}=${renderRegister(walk, register)}`],
    );
    const kind = opcodeTable[instruction.opcode]?.kind;
    const slots = walk.frame.stack.flatMap((slot, index) =>
      kind === 'branch' || slot === this.#before.get(index) ? [] : renderSlot(walk, slot, index),
    );
    const facts = withReferences(walk, [...registers, ...slots]);
    this.#push(
      facts === '' || !isDone || kind === 'exit' ? text : `${text.padEnd(COMMENT_COLUMN)}; ${facts}`,
    );
  }

  /** The path ended at a state that was followed before. */
  safe(pc: number): void {
    if (this.#level !== 4) this.#push(`${this.#opening?.way ?? pc}: safe`);
    this.#opening = undefined;
  }

  end(processed: number, limit: number, refusal: string | undefined): readonly string[] {
    if (this.#level === 1 && refusal === undefined) this.lines.length = 0;
    if (refusal !== undefined && this.#level !== 4) this.lines.push(...refusal.split('\n'));
    if (this.cut > 0) this.lines.push(`${this.cut} lines left out`);
    this.lines.push(`processed ${processed} insns (limit ${limit})`);
    return this.lines;
  }

  #push(line: string): void {
    if (this.lines.length < LOG_LINES_MAX) this.lines.push(line);
    else this.cut += 1;
  }
}

function renderFrame(walk: Walk, frame: Frame): string {
  const registers = frame.registers.flatMap((register, number) =>
    register.kind === 'uninitialised' ? [] : [`R${number}=${renderRegister(walk, register)}`],
  );
  const slots = frame.stack.flatMap((slot, index) => renderSlot(walk, slot, index));
  const depth = walk.state.frames.length - 1;
  const name = depth === 0 ? [] : [`frame${depth}:`];
  const kind = frame.callback === undefined ? [] : ['cb'];
  return [...name, withReferences(walk, [...registers, ...slots]), ...kind].join(' ');
}

function withReferences({ state }: Walk, facts: readonly string[]): string {
  const held = state.references.map(({ id }) => id).join(',');
  return [...facts, ...(facts.length === 0 || held === '' ? [] : [`refs=${held}`])].join(' ');
}

function renderSlot(walk: Walk, slot: Slot, index: number): string[] {
  if (slot.kinds === '????????') return [];
  if (slot.object !== undefined) {
    const text = renderObject(slot.object);
    return text === undefined ? [] : [`fp${-8 * (index + 1)}=${text}`];
  }
  // The kernel writes the highest byte first, and a register that was spilled in place of its bytes.
  const kinds = [...slot.kinds].reverse().join('');
  const spill = kinds.indexOf('s');
  const text = spill < 0 ? kinds : kinds.slice(0, spill) + renderRegister(walk, slot.spilled);
  return [`fp${-8 * (index + 1)}=${text}`];
}

function renderRegister(walk: Walk, register: Register): string {
  if (register.kind === 'uninitialised') return '?';
  return register.kind === 'scalar' ? renderScalar(register) : renderPointer(walk, register);
}

function renderScalar({ scalar, id, delta }: ScalarRegister): string {
  const known = constantOf(scalar);
  if (known !== undefined) return signed(BigInt.asIntN(64, known));
  const tie = delta === undefined ? `id=${id}` : `id=${id}${delta < 0 ? '' : '+'}${delta}`;
  return `scalar(${[...(id === 0 ? [] : [tie]), ...renderRanges(scalar)].join(',')})`;
}

function renderPointer(walk: Walk, pointer: PointerRegister): string {
  const { target, offset, variable, id, reference, map, sizeBytes } = pointer;
  const fixed = constantOf(variable);
  if (target === 'stack' && fixed !== undefined) {
    const other = walk.state.frames[pointer.frame] === walk.frame ? '' : `[${pointer.frame}]`;
    return `fp${other}${offset + Number(BigInt.asIntN(64, fixed))}`;
  }
  const facts: string[] = [];
  if (id !== 0) facts.push(`id=${id}`);
  if (reference !== 0) facts.push(`ref_obj_id=${reference}`);
  if (target === 'map' || target === 'map-value' || target === 'map-key') {
    const { name, keySizeBytes, valueSizeBytes } = walk.map(map);
    facts.push(`map=${name}`, `ks=${keySizeBytes}`, `vs=${valueSizeBytes}`);
  }
  if (offset !== 0) facts.push(`off=${signed(BigInt(offset))}`);
  if (target === 'packet' || target === 'packet-meta') facts.push(`r=${signed(BigInt(pointer.range))}`);
  if (target === 'mem' || target === 'ringbuf-record') facts.push(`sz=${sizeBytes}`);
  if (fixed === undefined) facts.push(...renderRanges(variable));
  else if (fixed !== 0n) facts.push(`imm=${signed(BigInt.asIntN(64, fixed))}`);
  return `${kindName(pointer)}(${facts.join(',')})`;
}

/** The ranges that say something, those of one value together: `smin=smin32=0`. */
function renderRanges(scalar: Scalar): string[] {
  const all: readonly (readonly [string, bigint, boolean])[] = [
    ['smin', scalar.smin, scalar.smin === S64_MIN],
    ['smax', scalar.smax, scalar.smax === S64_MAX],
    ['umin', scalar.umin, scalar.umin === 0n],
    ['umax', scalar.umax, scalar.umax === U64_MAX],
    ['smin32', BigInt(scalar.s32min), scalar.s32min === S32_MIN],
    ['smax32', BigInt(scalar.s32max), scalar.s32max === S32_MAX],
    ['umin32', BigInt(scalar.u32min), scalar.u32min === 0],
    ['umax32', BigInt(scalar.u32max), scalar.u32max === U32_MAX],
  ];
  // Least values are told together with least ones, greatest with greatest: every second of the list.
  const named = new Map<string, string[]>();
  for (const [index, [name, value, isNothing]] of all.entries()) {
    const end = `${index % 2} ${value}`;
    if (!isNothing) named.set(end, [...(named.get(end) ?? []), name]);
  }
  const ranges = [...named].map(([end, same]) => `${same.join('=')}=${rendered(same[0] ?? '', end)}`);
  return isEqualTnum(scalar.bits, unknownTnum) ? ranges : [...ranges, `var_off=${renderTnum(scalar.bits)}`];
}

/** The value after the blank, as wide and with the sign that its first name says. */
function rendered(name: string, end: string): string {
  const value = BigInt(end.slice(2));
  if (!name.startsWith('s')) return unsigned(value);
  const text = signed(value);
  return name.endsWith('32') && text.startsWith('0x') ? `0x${BigInt.asUintN(32, value).toString(16)}` : text;
}

function signed(value: bigint): string {
  if (value >= -SIGNED_DECIMAL_MAX - 1n && value <= SIGNED_DECIMAL_MAX) return value.toString();
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}

function unsigned(value: bigint): string {
  return value <= DECIMAL_MAX ? value.toString() : `0x${value.toString(16)}`;
}
