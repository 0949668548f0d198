/** Declares the fields of a record type in C's words: `u32 pid` lies behind what was declared before it. */
import type { EventField, FieldKind } from '../../event.ts';

const DECLARATION = /^(__data_loc )?([us])(8|16|32|64) (\w+)(?:\[(\d*)\])?$/;
// A located `unsigned char` would be read as text, so that bytes keep the kernel's own word for them.
const SPELLED: Readonly<Record<string, string>> = {
  u16: 'unsigned short',
  u32: 'unsigned int',
  u64: 'unsigned long long',
  s32: 'int',
};

/** Behind the eight bytes of common fields, the record header's `misc` bits: where the sample was taken, or what the record means. */
export const MISC_OFFSET = 8;
/** Where what perf wrote behind its record header begins. */
export const BODY_OFFSET = 16;

const COMMON: readonly EventField[] = declareFields(
  ['u16 common_type', 'u8 common_flags', 'u8 common_preempt_count', 's32 common_pid', 'u16 misc'],
  0,
);

export function commonFields(): EventField[] {
  return [...COMMON];
}

/** `char name[]` is text to the record's end, `u64 a[2]` an array, `__data_loc u64 a[]` lies elsewhere. */
export function declareFields(declarations: readonly string[], from: number): EventField[] {
  let offset = from;
  return declarations.map((declaration) => {
    const field = declareField(declaration, offset);
    offset += field.sizeBytes;
    return field;
  });
}

export function declareField(declaration: string, offsetBytes: number): EventField {
  if (declaration.startsWith('char ')) {
    const name = declaration.slice('char '.length, -'[]'.length);
    return field(name, 'char', 'text', offsetBytes, 0, true, 0, 1);
  }
  const match = DECLARATION.exec(declaration);
  if (match === null) throw new Error(`'${declaration}' declares no field`);
  const [, located, sign = '', bits = '', name = '', bounds] = match;
  const size = Number(bits) / 8;
  const type = SPELLED[sign + bits] ?? sign + bits;
  if (located !== undefined) return field(name, type, 'dataLoc', offsetBytes, 4, sign === 's', 0, size);
  if (bounds === undefined) return field(name, type, 'integer', offsetBytes, size, sign === 's', 1, size);
  const count = Number(bounds);
  return field(name, type, 'array', offsetBytes, size * count, sign === 's', count, size);
}

function field(
  name: string,
  type: string,
  kind: FieldKind,
  offsetBytes: number,
  sizeBytes: number,
  isSigned: boolean,
  elementCount: number,
  elementSizeBytes: number,
): EventField {
  return { name, type, kind, offsetBytes, sizeBytes, isSigned, elementCount, elementSizeBytes };
}
