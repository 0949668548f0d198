/**
 * A program as a WebAssembly module: imports of memory and machine, the byte swaps WebAssembly does
 * not have, and one function for each of the program's, all of them exported.
 */
import type { Code } from '../vm/code.ts';
import { functionStarts } from '../vm/stack-use.ts';
import { flowOf, flowScratch } from './flow.ts';
import {
  exportName,
  FIRST_FUNCTION,
  GLOBAL_FRAME,
  GLOBAL_FRAME_MAX,
  GLOBAL_RESULT,
  IMPORTS,
  type ImportName,
} from './layout.ts';
import type { ExtraFunctions, Signature } from './map-code.ts';
import { translateFunction, type Surroundings } from './translate.ts';
import {
  F64,
  I32,
  I64,
  KIND_FUNCTION,
  KIND_GLOBAL,
  KIND_MEMORY,
  op,
  SECTION_CODE,
  SECTION_EXPORT,
  SECTION_FUNCTION,
  SECTION_GLOBAL,
  SECTION_IMPORT,
  SECTION_TYPE,
} from './wasm.ts';
import { section, vector, Writer } from './writer.ts';

const SIGNATURES: Readonly<Record<ImportName, Signature>> = {
  /** Slot of the call, as many of r1 to r5; r0. */
  helper0: { takes: [I32], gives: [I64] },
  helper1: { takes: [I32, I64], gives: [I64] },
  helper2: { takes: [I32, I64, I64], gives: [I64] },
  helper3: { takes: [I32, I64, I64, I64], gives: [I64] },
  helper4: { takes: [I32, I64, I64, I64, I64], gives: [I64] },
  helper5: { takes: [I32, I64, I64, I64, I64, I64], gives: [I64] },
  /** r1 to r3 and the frame pointer; 1 where the other program has run. */
  tailCall: { takes: [I64, I64, I64, I64], gives: [I32] },
  callDepth: { takes: [], gives: [] },
  /** Descriptor and key; address, handle of a map or 0: all of them whole numbers that a JavaScript number holds. */
  lookup: { takes: [I32, I32], gives: [F64] },
  /** Descriptor, key, value, flags; 0 or -errno. */
  update: { takes: [I32, I32, I32, I32], gives: [I32] },
  delete: { takes: [I32, I32], gives: [I32] },
  /** Context, offset, bytes; what is there, or a negative number outside of the packet. */
  packet: { takes: [I32, I32, I32], gives: [I64] },
};

/** r1 to r5 and the frame pointer; r0. */
export const PROGRAM_SIGNATURE: Signature = { takes: [I64, I64, I64, I64, I64, I64], gives: [I64] };
const SWAP_32_SIGNATURE: Signature = { takes: [I32], gives: [I32] };
const SWAP_64_SIGNATURE: Signature = { takes: [I64], gives: [I64] };

export const MAGIC = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const FUNCTION_TYPE = 0x60;
const IS_MUTABLE = 1;

/**
 * undefined where a function is too large for V8. Throws Failure `bad-instruction` as the interpreter would on reaching the instruction.
 */
export function buildModule(
  code: Code,
  frameMax: number,
  surroundings: Surroundings,
): Uint8Array<ArrayBuffer> | undefined {
  const scratch = flowScratch(code);
  const flows = functionStarts(code).map((start) => flowOf(code, start, scratch));
  const functionIndex = new Map(flows.map((flow, index) => [flow.start, FIRST_FUNCTION + index]));
  const extras = new Extras(FIRST_FUNCTION + flows.length);
  const options = { functionIndex, surroundings, functions: extras };
  const bodies = flows.map((flow) => translateFunction(code, flow, options));
  if (!bodies.every((body) => body !== undefined)) return undefined;
  const signatures = [
    ...IMPORTS.map((name) => SIGNATURES[name]),
    SWAP_32_SIGNATURE,
    SWAP_64_SIGNATURE,
    ...flows.map(() => PROGRAM_SIGNATURE),
    ...extras.signatures,
  ];
  const types = [...new Set(signatures)];
  const typeOf = (signature: Signature): number => types.indexOf(signature);
  const module = new Writer().allOf(MAGIC);
  module.append(section(SECTION_TYPE, vector(types.map(writeType))));
  module.append(section(SECTION_IMPORT, vector(writeImports(typeOf))));
  const defined = signatures
    .slice(IMPORTS.length)
    .map((signature) => new Writer().unsigned(typeOf(signature)));
  module.append(section(SECTION_FUNCTION, vector(defined)));
  module.append(section(SECTION_GLOBAL, vector([writeGlobal(0), writeGlobal(0), writeGlobal(frameMax)])));
  module.append(section(SECTION_EXPORT, vector(writeExports(flows.map((flow) => flow.start)))));
  module.append(section(SECTION_CODE, vector([swap32(), swap64(), ...bodies, ...extras.bodies].map(sized))));
  return module.bytes;
}

class Extras implements ExtraFunctions {
  readonly signatures: Signature[] = [];
  readonly bodies: Writer[] = [];
  readonly #first: number;
  readonly #indexes = new Map<string, number>();

  constructor(first: number) {
    this.#first = first;
  }

  indexOf(name: string, signature: Signature, write: () => Writer): number {
    const known = this.#indexes.get(name);
    if (known !== undefined) return known;
    // Before the index is known: what is written may itself ask for functions.
    const body = write();
    const index = this.#first + this.bodies.length;
    this.#indexes.set(name, index);
    this.signatures.push(signature);
    this.bodies.push(body);
    return index;
  }
}

export function writeType(signature: Signature): Writer {
  return new Writer()
    .byte(FUNCTION_TYPE)
    .unsigned(signature.takes.length)
    .allOf(signature.takes)
    .unsigned(signature.gives.length)
    .allOf(signature.gives);
}

function writeImports(typeOf: (signature: Signature) => number): readonly Writer[] {
  const memory = new Writer().text('machine').text('memory').byte(KIND_MEMORY, 0).unsigned(0);
  const functions = IMPORTS.map((name) =>
    new Writer().text('machine').text(name).byte(KIND_FUNCTION).unsigned(typeOf(SIGNATURES[name])),
  );
  return [memory, ...functions];
}

/** A mutable i64. */
function writeGlobal(first: number): Writer {
  return new Writer().byte(I64, IS_MUTABLE).i64(BigInt(first)).byte(op.end);
}

function writeExports(starts: readonly number[]): readonly Writer[] {
  return [
    new Writer().text('frame').byte(KIND_GLOBAL).unsigned(GLOBAL_FRAME),
    new Writer().text('result').byte(KIND_GLOBAL).unsigned(GLOBAL_RESULT),
    new Writer().text('frameMax').byte(KIND_GLOBAL).unsigned(GLOBAL_FRAME_MAX),
    ...starts.map((start, index) =>
      new Writer()
        .text(exportName(start))
        .byte(KIND_FUNCTION)
        .unsigned(FIRST_FUNCTION + index),
    ),
  ];
}

export function sized(body: Writer): Writer {
  return new Writer().unsigned(body.length).append(body);
}

/** Bytes 0 and 2 turn one way, 1 and 3 the other. */
function swap32(): Writer {
  const out = new Writer().unsigned(0);
  out.get(0).i32(8).byte(op.i32Rotl).i32(0x00ff_00ff).byte(op.i32And);
  out.get(0).i32(24).byte(op.i32Rotl).i32(0xff00_ff00).byte(op.i32And);
  return out.byte(op.i32Or, op.end);
}

/** Swaps bytes within pairs, then pairs within words, then the words. */
function swap64(): Writer {
  const out = new Writer().unsigned(0);
  for (const [bits, mask] of [
    [8n, 0x00ff_00ff_00ff_00ffn],
    [16n, 0x0000_ffff_0000_ffffn],
  ] as const) {
    out.get(0).i64(mask).byte(op.i64And).i64(bits).byte(op.i64Shl);
    out.get(0).i64(bits).byte(op.i64ShrU).i64(mask).byte(op.i64And);
    out.byte(op.i64Or).set(0);
  }
  return out.get(0).i64(32).byte(op.i64Rotl, op.end);
}
