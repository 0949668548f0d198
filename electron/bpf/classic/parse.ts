/**
 * Classic BPF as people hand it on, to instructions: what `tcpdump -ddd` prints (decimal, a count
 * first), what `tcpdump -dd` prints (a C array), or struct sock_filter as it lies in memory. Whether
 * the program makes sense is validate.ts's to say.
 */
import { Failure } from '../../failure.ts';
import {
  CLASSIC_INSTRUCTION_BYTES,
  CLASSIC_INSTRUCTIONS_MAX,
  type ClassicInstruction,
} from './instruction.ts';

/** A program at its longest, written out with room for comments. */
export const CLASSIC_TEXT_BYTES_MAX = 1024 * 1024;

const FIELD_LIMITS = [
  ['code', 0xffff],
  ['jt', 0xff],
  ['jf', 0xff],
  ['k', 0xffff_ffff],
] as const;

/** Throws Failure `bad-classic` naming the file and the line or byte; `file` is what to call it. */
export function parseClassic(given: Uint8Array | string, file: string): ClassicInstruction[] {
  if (given.length === 0) throw refusal('the file is empty', file);
  if (given.length > CLASSIC_TEXT_BYTES_MAX) {
    throw refusal(`${given.length} bytes, more than the ${CLASSIC_TEXT_BYTES_MAX} a program can take`, file);
  }
  // The upper half of every opcode that exists is zero, and text holds no zero byte.
  if (typeof given !== 'string' && given.includes(0)) return parseRaw(given, file);
  return parseText(typeof given === 'string' ? given : decodeText(given, file), file);
}

function decodeText(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refusal('neither text nor struct sock_filter', file);
  }
}

function parseRaw(bytes: Uint8Array, file: string): ClassicInstruction[] {
  const count = Math.floor(bytes.length / CLASSIC_INSTRUCTION_BYTES);
  if (bytes.length % CLASSIC_INSTRUCTION_BYTES !== 0) {
    const at = `byte ${count * CLASSIC_INSTRUCTION_BYTES}`;
    throw refusal(`an instruction has ${CLASSIC_INSTRUCTION_BYTES} bytes, the last one fewer`, file, at);
  }
  requireCount(count, file, `byte ${CLASSIC_INSTRUCTIONS_MAX * CLASSIC_INSTRUCTION_BYTES}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, index) => {
    const at = index * CLASSIC_INSTRUCTION_BYTES;
    return {
      code: view.getUint16(at, true),
      jt: view.getUint8(at + 2),
      jf: view.getUint8(at + 3),
      k: view.getUint32(at + 4, true),
    };
  });
}

interface Line {
  readonly number: number;
  readonly text: string;
}

function parseText(text: string, file: string): ClassicInstruction[] {
  const lines = withoutComments(text, file)
    .split(/\r?\n/)
    .map((line, index): Line => ({ number: index + 1, text: line.trim() }))
    .filter((line) => line.text !== '');
  const first = lines[0];
  if (first === undefined) throw refusal('no instruction in it', file);
  if (first.text.startsWith('(')) {
    const reason = 'a listing for reading (tcpdump -d): what tcpdump -dd or -ddd prints is needed';
    throw refusal(reason, file, `line ${first.number}`);
  }
  return /^\d+$/.test(first.text) ? parseDecimal(lines, file) : parseArray(lines, file);
}

/** A comment that does not end takes all that is left, so that looking for them stays linear. */
const COMMENT = /\/\*[^]*?(?:\*\/|$)|\/\/[^\n]*/g;

/** C comments become spaces; line ends in them stay, so that lines keep their numbers. */
function withoutComments(text: string, file: string): string {
  return text.replaceAll(COMMENT, (comment, at: number) => {
    const isClosed = comment.startsWith('//') || (comment.length >= 4 && comment.endsWith('*/'));
    if (!isClosed) {
      const line = text.slice(0, at).split('\n').length;
      throw refusal('a comment that does not end', file, `line ${line}`);
    }
    return comment.replaceAll(/[^\n]/g, ' ');
  });
}

function parseDecimal(lines: readonly Line[], file: string): ClassicInstruction[] {
  const [first, ...rest] = lines as readonly [Line, ...Line[]];
  const announced = Number(first.text);
  requireCount(announced, file, `line ${first.number}`);
  if (announced !== rest.length) {
    const at = `line ${(rest.at(-1) ?? first).number}`;
    throw refusal(`${announced} instructions are announced, and ${rest.length} follow`, file, at);
  }
  return rest.map((line) => {
    if (!/^\d+ +\d+ +\d+ +\d+$/.test(line.text)) {
      throw refusal(`four decimal numbers are expected: ${shown(line)}`, file, `line ${line.number}`);
    }
    return instructionOf(line.text.split(/ +/), line, file);
  });
}

const ARRAY_START =
  /^(?:(?:static|const|struct|sock_filter|bpf_insn)\s+)*(?:\w+\s*\[\s*(?:\w+\s*)?\]\s*=\s*)?\{$/;
const ARRAY_END = /^\}\s*;?$/;
const NUMBER = String.raw`\s*(0[xX][0-9a-fA-F]+|\d+)[uU]?\s*`;
const ARRAY_ROW = new RegExp(String.raw`^\{${NUMBER},${NUMBER},${NUMBER},${NUMBER}\},?\s*`);

function parseArray(lines: readonly Line[], file: string): ClassicInstruction[] {
  const instructions: ClassicInstruction[] = [];
  for (const line of lines) {
    if (ARRAY_START.test(line.text) || ARRAY_END.test(line.text)) continue;
    for (let rest = line.text; rest !== '';) {
      const row = ARRAY_ROW.exec(rest);
      if (row === null) {
        throw refusal(`{ code, jt, jf, k }, is expected: ${shown(line)}`, file, `line ${line.number}`);
      }
      instructions.push(instructionOf(row.slice(1), line, file));
      rest = rest.slice(row[0].length);
    }
  }
  requireCount(instructions.length, file, `line ${lines.at(-1)?.number ?? 1}`);
  return instructions;
}

function instructionOf(fields: readonly string[], line: Line, file: string): ClassicInstruction {
  const [code = 0, jt = 0, jf = 0, k = 0] = FIELD_LIMITS.map(([name, max], index) => {
    const value = Number(fields[index]);
    if (value <= max) return value;
    throw refusal(`${name} is more than ${max}: ${shown(line)}`, file, `line ${line.number}`);
  });
  return { code, jt, jf, k };
}

function requireCount(count: number, file: string, at: string): void {
  if (count >= 1 && count <= CLASSIC_INSTRUCTIONS_MAX) return;
  throw refusal(
    `${count} instructions: a classic program has 1 to ${CLASSIC_INSTRUCTIONS_MAX} of them`,
    file,
    at,
  );
}

/** Of a line that is not understood, as much as a message can carry. */
function shown(line: Line): string {
  return JSON.stringify(line.text.slice(0, 60));
}

function refusal(reason: string, file: string, at?: string): Failure {
  return new Failure('object', 'bad-classic', reason, at === undefined ? { file } : { file, at });
}
