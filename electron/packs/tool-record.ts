/** A tool's record as named members: its declaration in the tool's table, laid out as C lays out a struct. */
import type { TypedValue } from '../bpf/object/typed-value.ts';
import { Failure } from '../failure.ts';
import type { ToolLines } from './tool-table.ts';

export type ToolRecord = Readonly<Record<string, TypedValue>>;

interface Member {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
  readonly isSigned: boolean;
  readonly count: number | undefined;
  readonly isText: boolean;
}

const SCALAR = /^(u8|u16|u32|u64|s32|s64|s16|bool|char)(?:\[(\d+)\])?$/;
const BYTES: Readonly<Record<string, number>> = {
  u8: 1,
  bool: 1,
  char: 1,
  u16: 2,
  s16: 2,
  u32: 4,
  s32: 4,
  u64: 8,
  s64: 8,
};

/** Text is Latin-1: a byte a character. */
const decoder = new TextDecoder('utf-8');

export class RecordLayout {
  readonly #members: readonly Member[];

  /** Throws Failure `bad-tool-table` for a type that no record has. */
  constructor({ record }: Pick<ToolLines, 'record'>) {
    const members: Member[] = [];
    let end = 0;
    for (const [name, type] of record) {
      const [, scalar = '', count] = SCALAR.exec(type) ?? [];
      const bytes = BYTES[scalar];
      if (bytes === undefined)
        throw new Failure('pack', 'bad-tool-table', `${type} is no type of a record`, { at: name });
      const offset = Math.ceil(end / bytes) * bytes;
      const elements = count === undefined ? undefined : Number(count);
      end = offset + bytes * (elements ?? 1);
      const isText = scalar === 'char' && elements !== undefined;
      members.push({ name, offset, bytes, isSigned: scalar.startsWith('s'), count: elements, isText });
    }
    this.#members = members;
  }

  /** A record may end before its last members: a tool sends as much of a text as there is. */
  read(bytes: Uint8Array): ToolRecord {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Object.fromEntries(
      this.#members.map((member): [string, TypedValue] => [member.name, valueAt(view, bytes, member)]),
    );
  }
}

function valueAt(view: DataView, bytes: Uint8Array, member: Member): TypedValue {
  const { offset, count, isText } = member;
  if (count === undefined) return integerAt(view, offset, member);
  if (isText) return decoder.decode(bytes.subarray(offset, offset + count));
  return Array.from({ length: count }, (_, index) => integerAt(view, offset + index * member.bytes, member));
}

function integerAt(view: DataView, at: number, { bytes, isSigned, name }: Member): number | string {
  if (at + bytes > view.byteLength)
    throw new Failure('pack', 'bad-tool-table', `a record of ${view.byteLength} bytes ends before ${name}`, {
      at: name,
    });
  switch (bytes) {
    case 1:
      return view.getUint8(at);
    case 2:
      return isSigned ? view.getInt16(at, true) : view.getUint16(at, true);
    case 4:
      return isSigned ? view.getInt32(at, true) : view.getUint32(at, true);
    default: {
      const value = isSigned ? view.getBigInt64(at, true) : view.getBigUint64(at, true);
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : value.toString();
    }
  }
}
