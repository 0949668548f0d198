/**
 * BPF objects inside executables: a tool built with a libbpf skeleton carries its object whole in its
 * read-only data. They are found by their ELF headers; where one ends, its own section table says.
 */
import { ByteView } from './byte-view.ts';
import { ELF_HEADER_BYTES, MACHINE_BPF, SECTION_NOBITS } from './elf.ts';

/** 0x7f E L F, 64 bits, little endian, version 1. */
const IDENTITY = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
const TYPE_RELOCATABLE = 1;
const SECTION_HEADER_BYTES = 64;
/** Objects in one executable; a tool with several variants carries a few. */
const EMBEDDED_MAX = 64;

/** The bytes of every BPF object that begins after the file's own header. */
export function embeddedObjects(bytes: Uint8Array, file: string): Uint8Array[] {
  const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Uint8Array[] = [];
  let at = haystack.indexOf(IDENTITY, 1);
  while (at >= 0 && found.length < EMBEDDED_MAX) {
    const rest = bytes.subarray(at);
    const length = objectLength(new ByteView(rest, file, `embedded object at byte ${at}`));
    if (length !== undefined) found.push(rest.subarray(0, length));
    at = haystack.indexOf(IDENTITY, at + (length ?? 1));
  }
  return found;
}

/** Bytes of the object that begins here; undefined where none does. */
function objectLength(view: ByteView): number | undefined {
  if (view.length < ELF_HEADER_BYTES || view.u16(18) !== MACHINE_BPF || view.u16(16) !== TYPE_RELOCATABLE)
    return undefined;
  const sectionsAt = view.u64(40);
  const sectionCount = view.u16(60);
  let end = sectionsAt + sectionCount * SECTION_HEADER_BYTES;
  if (end > view.length) return undefined;
  for (let index = 0; index < sectionCount; index += 1) {
    const at = sectionsAt + index * SECTION_HEADER_BYTES;
    if (view.u32(at + 4) !== SECTION_NOBITS) end = Math.max(end, view.u64(at + 24) + view.u64(at + 32));
  }
  return end > view.length ? undefined : end;
}
