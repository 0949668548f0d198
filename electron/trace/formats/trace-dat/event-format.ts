/**
 * Parses a tracefs `format` file (events/<system>/<event>/format), which every ftrace recording
 * carries for each event type: name, ID, fields with offset and size, `print fmt`.
 */
import type { EventField, EventType, FieldKind } from '../../event.ts';

const FIELD = /^\s*field(?: special)?:\s*(.+?);\s*offset:\s*(\d+);\s*size:\s*(\d+);(?:\s*signed:\s*(\d+);)?/;
/** `char prev_comm[16]`, `const char * name`, `unsigned long args[6]`: type, name, bounds. */
const DECLARATION = /^(.*?)([A-Za-z_]\w*)\s*((?:\[[^\]]*\]\s*)*)$/;

/** Fields by their line: most lines, the common fields above all, occur in hundreds of formats. */
export type FieldCache = Map<string, EventField | undefined>;

/** undefined where the text is no format file. */
export function parseEventFormat(
  text: string,
  system: string,
  index: number,
  longSizeBytes: number,
  cache: FieldCache = new Map(),
): EventType | undefined {
  const name = /^name:\s*(\S+)/m.exec(text)?.[1];
  const id = /^ID:\s*(\d+)/m.exec(text)?.[1];
  if (name === undefined || id === undefined) return undefined;
  const fields: EventField[] = [];
  const printAt = text.indexOf('\nprint fmt:');
  for (const line of text.slice(0, printAt === -1 ? text.length : printAt).split('\n')) {
    const isKnown = cache.has(line);
    const field = isKnown ? cache.get(line) : parseField(line, longSizeBytes);
    if (!isKnown) cache.set(line, field);
    if (field !== undefined) fields.push(field);
  }
  return {
    index,
    system,
    name,
    recordId: Number(id),
    fields,
    sizeBytes: fields.reduce((end, field) => Math.max(end, field.offsetBytes + field.sizeBytes), 0),
    printFormat: printAt === -1 ? undefined : text.slice(printAt + '\nprint fmt:'.length).trim(),
  };
}

/** One `field:` line; undefined for any other line. */
export function parseField(line: string, longSizeBytes: number): EventField | undefined {
  const match = FIELD.exec(line);
  if (match === null) return undefined;
  const [, declared = '', offset = '', size = '', signed] = match;
  const parts = DECLARATION.exec(declared.trim());
  if (parts === null) return undefined;
  const [, typeText = '', name = '', bounds = ''] = parts;
  const spelled = typeText.trim();
  const location = /^__(data|rel)_loc\b/.exec(spelled)?.[1];
  const type = spelled.replace(/^__(data|rel)_loc\s+/, '').replace(/\s*\[[^\]]*\]$/, '');
  const sizeBytes = Number(size);
  const shape = shapeOf(type, location, bounds.trim(), sizeBytes, longSizeBytes);
  return {
    name,
    type,
    kind: shape.kind,
    offsetBytes: Number(offset),
    sizeBytes,
    isSigned: signed === undefined ? !/\bunsigned\b|^u\d|\*/.test(type) : signed === '1',
    elementCount: shape.count,
    elementSizeBytes: shape.elementSizeBytes,
  };
}

interface Shape {
  readonly kind: FieldKind;
  readonly count: number;
  readonly elementSizeBytes: number;
}

function shapeOf(
  type: string,
  location: string | undefined,
  bounds: string,
  sizeBytes: number,
  longSizeBytes: number,
): Shape {
  const known = sizeOfType(type, longSizeBytes);
  if (location !== undefined) {
    return { kind: location === 'data' ? 'dataLoc' : 'relLoc', count: 0, elementSizeBytes: known ?? 1 };
  }
  const isArray = bounds !== '' || sizeBytes === 0;
  if (!isArray && (sizeBytes === 1 || sizeBytes === 2 || sizeBytes === 4 || sizeBytes === 8)) {
    return { kind: 'integer', count: 1, elementSizeBytes: sizeBytes };
  }
  const declaredCount = Number(/^\[\s*(\d+)\s*\]$/.exec(bounds)?.[1]);
  let elementSizeBytes = known ?? (declaredCount > 0 ? sizeBytes / declaredCount : 1);
  const isWhole = [1, 2, 4, 8].includes(elementSizeBytes) && sizeBytes % elementSizeBytes === 0;
  // A struct, or an array of them: its bytes are all that can be said of it.
  if (!isWhole) elementSizeBytes = 1;
  const kind = /^(const )?char$/.test(type) ? 'text' : 'array';
  return { kind, count: sizeBytes / elementSizeBytes, elementSizeBytes };
}

/** Bytes of a C type by its spelling; undefined for one that is not a known integer. */
function sizeOfType(type: string, longSizeBytes: number): number | undefined {
  const base = type.replace(/\b(const|volatile|unsigned|signed)\b/g, '').trim();
  if (base.endsWith('*')) return longSizeBytes;
  switch (base) {
    case 'char':
    case 'u8':
    case 's8':
    case '__u8':
    case '__s8':
    case 'uint8_t':
    case 'bool':
      return 1;
    case 'short':
    case 'u16':
    case 's16':
    case '__u16':
    case '__be16':
    case 'uint16_t':
      return 2;
    case '':
    case 'int':
    case 'u32':
    case 's32':
    case '__u32':
    case '__be32':
    case 'uint32_t':
    case 'pid_t':
    case 'gfp_t':
      return 4;
    case 'long':
    case 'long int':
    case 'size_t':
    case 'uintptr_t':
      return longSizeBytes;
    case 'long long':
    case 'u64':
    case 's64':
    case '__u64':
    case '__s64':
    case 'uint64_t':
      return 8;
    default:
      return undefined;
  }
}
