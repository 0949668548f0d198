/**
 * The functions of a program as they are written, before any path is followed: where each begins and
 * ends, which it calls, whether it tail calls, and what BTF says of it. As check_subprogs() and
 * check_btf_func() of Linux 6.18, which look at unreached instructions like at any other.
 */
import { movesPacket } from '../helpers/network.ts';
import { helperPrototypeById } from '../helpers/prototypes.ts';
import { CALL_HELPER, OPCODE_CALL, OPCODE_LDIMM64, opcodeTable, PSEUDO_CALL } from '../isa/opcodes.ts';
import type { Btf } from '../object/btf.ts';
import type { Instruction, LinkedProgram } from '../program.ts';
import { functionReferred } from './cfg.ts';
import { signatureOf, type Signature } from './signature.ts';
import { Refusal } from './walk.ts';

const TAIL_CALL = 12;
/** Bytes of the widest number a function that tail calls may return. */
const SMALL_INTEGER_BYTES = 8;

export interface FunctionReference {
  /** Slot of the call or of the ldimm64 that takes the function's address. */
  readonly slot: number;
  /** Number of the function referred to. */
  readonly callee: number;
  readonly isCall: boolean;
}

export interface SubprogramFacts {
  readonly name: string;
  /** First slot, and that after the last. */
  readonly start: number;
  readonly end: number;
  readonly references: readonly FunctionReference[];
  readonly hasTailCall: boolean;
  /** It, or what it calls, may change the packet, so that pointers into that mean nothing after. */
  readonly movesPacket: boolean;
  /** Verified by its signature alone, and assumed good where it is called. */
  readonly isGlobal: boolean;
  /** What BTF says it takes; undefined where there is no BTF. */
  readonly signature: Signature | undefined;
}

/** By number, in order of start; `starts` are those of all functions. Throws Refusal. */
export function subprogramsOf(
  program: LinkedProgram,
  starts: readonly number[],
  btf: Btf | undefined,
): SubprogramFacts[] {
  const described = new Map(program.subprograms.map((each) => [each.start, each]));
  // The kernel takes types of all functions or of none.
  const types = starts.every((start) => (described.get(start)?.typeId ?? 0) !== 0) ? btf : undefined;
  const numbers = new Map(starts.map((start, number) => [start, number]));
  const facts = starts.map((start, number) => {
    const end = starts[number + 1] ?? program.instructions.length;
    const { references, tailCall, packetLoad, moves } = lookThrough(
      program.instructions,
      start,
      end,
      numbers,
    );
    const { name = `f${number}`, typeId = 0, isGlobal = false } = described.get(start) ?? {};
    const type = types?.typeById(typeId);
    if (number > 0) {
      if (packetLoad >= 0) requireNumberReturned(types, typeId, packetLoad, 'LD_ABS');
      if (tailCall >= 0) requireNumberReturned(types, typeId, tailCall, 'tail_call');
    }
    return {
      name,
      start,
      end,
      references,
      hasTailCall: tailCall >= 0,
      movesPacket: moves,
      isGlobal: isGlobal && type?.kind === 'func' && type.linkage === 'global',
      signature: types === undefined ? undefined : signatureOf(types, typeId, program.type),
    };
  });
  return withEffectsOfCalled(facts);
}

/** What a function calls is done in it, too. */
function withEffectsOfCalled(facts: readonly SubprogramFacts[]): SubprogramFacts[] {
  const moving = new Set(facts.filter((each) => each.movesPacket));
  for (let before = -1; before !== moving.size;) {
    before = moving.size;
    for (const each of facts) {
      const moves = each.references.some(({ callee }) => {
        const called = facts[callee];
        return called !== undefined && moving.has(called);
      });
      if (moves) moving.add(each);
    }
  }
  return facts.map((each) => ({ ...each, movesPacket: moving.has(each) }));
}

/** References to functions from `start` to `end`, and the first slots that tail call and that load from a packet, -1 for none. */
function lookThrough(
  instructions: readonly Instruction[],
  start: number,
  end: number,
  numbers: ReadonlyMap<number, number>,
): { references: FunctionReference[]; tailCall: number; packetLoad: number; moves: boolean } {
  const references: FunctionReference[] = [];
  let tailCall = -1;
  let packetLoad = -1;
  let moves = false;
  for (let slot = start; slot < end; slot += 1) {
    const instruction = instructions[slot];
    if (instruction === undefined) break;
    const { opcode, src, imm } = instruction;
    const callee = numbers.get(functionReferred(instruction, slot) ?? -1);
    if (callee !== undefined)
      references.push({ slot, callee, isCall: opcode === OPCODE_CALL && src === PSEUDO_CALL });
    if (opcode === OPCODE_CALL && src === CALL_HELPER) {
      if (tailCall < 0 && imm === TAIL_CALL) tailCall = slot;
      // What a tail call goes to may do anything to the packet.
      moves ||= imm === TAIL_CALL || movesPacket(helperPrototypeById(imm)?.name ?? '');
    }
    if (packetLoad < 0 && opcodeTable[opcode]?.kind === 'loadPacket') packetLoad = slot;
    if (opcode === OPCODE_LDIMM64) slot += 1;
  }
  return { references, tailCall, packetLoad, moves };
}

/** A function may be left by a tail call or a packet's end only where BTF says that it returns a number, as a program does. */
function requireNumberReturned(
  btf: Btf | undefined,
  typeId: number,
  slot: number,
  what: 'tail_call' | 'LD_ABS',
): void {
  const code = what === 'LD_ABS' ? 'packet-access' : 'tail-call';
  if (btf === undefined) throw new Refusal(code, `${what} is not allowed in subprogs without BTF`, slot);
  const type = btf.typeById(typeId);
  const prototype = type.kind === 'func' ? btf.typeById(type.typeId) : undefined;
  const returned = prototype?.kind === 'func_proto' ? btf.resolve(prototype.returnTypeId) : undefined;
  const isNumber =
    returned?.kind === 'enum' ||
    returned?.kind === 'enum64' ||
    (returned?.kind === 'int' && returned.sizeBytes <= SMALL_INTEGER_BYTES);
  if (!isNumber) throw new Refusal(code, `${what} is only allowed in functions that return 'int'.`, slot);
}
