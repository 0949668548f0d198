/** The plugin's command line; see ./plugin for the protocol. */
import type { Readable, Writable } from 'node:stream';
import { decodeInstructions } from '../../electron/bpf/isa/decode.ts';
import { linkObject } from '../../electron/bpf/object/link.ts';
import { openObject } from '../../electron/bpf/object/open.ts';
import type { Instruction } from '../../electron/bpf/program.ts';
import { runUnverified } from './run-unverified.ts';
import { suiteHelper } from './suite-helpers.ts';

/** Hex digits of a program and its memory, with spaces: far more than any test has. */
const INPUT_CHARACTERS_MAX = 64 * 1024 * 1024;

/** The machine interprets unless it is told to compile. The runner's `--debug` has nothing to add here. */
const OPTIONS: ReadonlySet<string> = new Set(['--interpret', '--jit', '--elf', '--debug', '--program']);

/** Exit status. */
export async function main(
  given: readonly string[],
  input: Readable,
  output: Writable,
  errors: Writable,
): Promise<number> {
  try {
    const { options, positional } = readArguments(given);
    const program = options.includes('--program') ? positional.shift() : await readAll(input);
    if (program === undefined) throw new Error('--program comes without a program');
    if (positional.length > 1) throw new Error(`argument ${positional[1]} is one too many`);
    const bytes = parseHex(program);
    const instructions = options.includes('--elf') ? firstProgram(bytes) : decodeInstructions(bytes);
    const engine = options.includes('--jit') ? 'jit' : 'interpreter';
    const r0 = runUnverified(instructions, parseHex(positional[0] ?? ''), suiteHelper, engine);
    output.write(`${r0.toString(16)}\n`);
    return 0;
  } catch (error) {
    errors.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

/**
 * The runner passes all of its `--plugin_options` as one argument, an empty one where there are none,
 * and an empty memory as an empty argument.
 */
function readArguments(given: readonly string[]): { options: string[]; positional: string[] } {
  const options = given.filter((each) => each.startsWith('--')).flatMap((each) => each.trim().split(/\s+/));
  for (const option of options) {
    if (!OPTIONS.has(option)) throw new Error(`option ${option} is not known`);
  }
  return { options, positional: given.filter((each) => !each.startsWith('--') && each.trim() !== '') };
}

function firstProgram(bytes: Uint8Array): readonly Instruction[] {
  const [program] = linkObject(openObject(bytes, 'standard input'), {}).programs;
  if (program === undefined) throw new Error('the object holds no program');
  return program.instructions;
}

/** Bytes written as hex digits in pairs, apart or not. Throws naming what is not. */
export function parseHex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  const wrong = /[^0-9a-fA-F]/.exec(digits);
  if (wrong !== null) throw new Error(`'${wrong[0]}' is not a hex digit`);
  if (digits.length % 2 !== 0) throw new Error('the last byte has one hex digit');
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
    Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16),
  );
}

async function readAll(input: Readable): Promise<string> {
  const chunks: string[] = [];
  let characters = 0;
  for await (const chunk of input) {
    const text = String(chunk);
    characters += text.length;
    if (characters > INPUT_CHARACTERS_MAX)
      throw new Error(`more than ${INPUT_CHARACTERS_MAX} characters of input`);
    chunks.push(text);
  }
  return chunks.join('');
}
