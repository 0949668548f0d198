/** Annotations of a track event as one text: `frame=3 cache={hits=2 misses=[1, 2]}`. */
import { ANNOTATION_DEPTH_MAX, ANNOTATIONS_BYTES_MAX } from './limits.ts';
import { ProtoReader } from './proto.ts';
import type { Sequence } from './sequence.ts';

const ANNOTATION = {
  nameId: 1,
  bool: 2,
  unsigned: 3,
  signed: 4,
  double: 5,
  text: 6,
  pointer: 7,
  nested: 8,
  json: 9,
  name: 10,
  entry: 11,
  element: 12,
  textId: 17,
} as const;
const scratch = new DataView(new ArrayBuffer(8));

/** Adds one annotation to those that were read. */
export function addAnnotation(text: string, reader: ProtoReader, sequence: Sequence): string {
  if (text.length >= ANNOTATIONS_BYTES_MAX) return text;
  const { name, value } = annotationOf(reader, sequence, 0);
  return `${text}${text === '' ? '' : ' '}${name}=${value}`.slice(0, ANNOTATIONS_BYTES_MAX);
}

function annotationOf(
  reader: ProtoReader,
  sequence: Sequence,
  depth: number,
): { readonly name: string; readonly value: string } {
  let name = '';
  let value = '';
  const entries: string[] = [];
  const elements: string[] = [];
  const inner = new ProtoReader().enter(reader);
  while (inner.next()) {
    const { field } = inner;
    if (field === ANNOTATION.nameId)
      name = sequence.annotationNames.get(inner.value) ?? `name ${inner.value}`;
    else if (field === ANNOTATION.name && inner.isStretch) name = inner.text;
    else if ((field === ANNOTATION.entry || field === ANNOTATION.element) && inner.isStretch) {
      if (depth >= ANNOTATION_DEPTH_MAX) continue;
      const nested = annotationOf(inner, sequence, depth + 1);
      if (field === ANNOTATION.entry) entries.push(`${nested.name}=${nested.value}`);
      else elements.push(nested.value);
    } else value = valueOf(inner, sequence) ?? value;
  }
  if (entries.length > 0) value = `{${entries.join(' ')}}`;
  else if (elements.length > 0) value = `[${elements.join(', ')}]`;
  return { name, value };
}

function valueOf(reader: ProtoReader, sequence: Sequence): string | undefined {
  switch (reader.field) {
    case ANNOTATION.bool:
      return reader.value === 0 ? 'false' : 'true';
    case ANNOTATION.unsigned:
      return reader.big.toString();
    case ANNOTATION.signed:
      return reader.signed.toString();
    case ANNOTATION.double:
      return doubleOf(reader).toString();
    case ANNOTATION.pointer:
      return `0x${reader.big.toString(16)}`;
    case ANNOTATION.textId:
      return sequence.texts.get(reader.value) ?? `text ${reader.value}`;
    case ANNOTATION.text:
    case ANNOTATION.json:
      return reader.isStretch ? reader.text : undefined;
    default:
      return undefined;
  }
}

/** A number of fixed 64 bits as what it stands for. */
export function doubleOf(reader: ProtoReader): number {
  scratch.setUint32(0, reader.high);
  scratch.setUint32(4, reader.low);
  return scratch.getFloat64(0);
}
