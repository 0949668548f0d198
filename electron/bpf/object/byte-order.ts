/**
 * Big-endian objects (clang's bpfeb, for s390 and the like), rewritten in little-endian order so that all
 * that reads objects reads them alike: headers, tables, types, code. Data stays as it is: its layout is
 * the program's own.
 *
 * Source: the ELF-64 object file format, Documentation/bpf/btf.rst of Linux 6.18, RFC 9669 section 3.
 */
import { ByteView } from './byte-view.ts';
import {
  CLASS_64,
  ELF_HEADER_BYTES,
  ELF_MAGIC,
  FLAG_EXECUTABLE,
  ORDER_BIG,
  ORDER_LITTLE,
  RELOCATION_BYTES,
  SECTION_HEADER_BYTES,
  SECTION_REL,
  SECTION_SYMTAB,
  SYMBOL_BYTES,
} from './elf.ts';
import { BTF_HEADER_BYTES } from './btf-type.ts';
import { SLOT_BYTES } from '../isa/opcodes.ts';

/** Widths of the fields one after another. */
const ELF_HEADER = [2, 2, 4, 8, 8, 8, 4, 2, 2, 2, 2, 2, 2];
const ELF_IDENTITY_BYTES = 16;
const SECTION_HEADER = [4, 4, 8, 8, 8, 8, 4, 4, 8, 8];
const SYMBOL = [4, 1, 1, 2, 8, 8];
/** r_info is a symbol above a type: as one number, so that both stay where they belong. */
const RELOCATION = [8, 8];
const BTF_HEAD = [2, 1, 1];

/** A copy in little-endian order; undefined for anything but a big-endian 64-bit ELF file. */
export function littleEndianCopy(original: Uint8Array, file: string): Uint8Array | undefined {
  const head = new ByteView(original, file, 'ELF');
  const isElf = head.length >= ELF_HEADER_BYTES && head.u32(0) === ELF_MAGIC && head.u8(4) === CLASS_64;
  if (!isElf || head.u8(5) !== ORDER_BIG) return undefined;
  const bytes = Uint8Array.from(original);
  bytes[5] = ORDER_LITTLE;
  swapFields(bytes, ELF_IDENTITY_BYTES, ELF_HEADER);
  const view = new ByteView(bytes, file, 'ELF');
  const sectionsAt = view.u64(40);
  const count = view.u16(60);
  const headers = view.slice(sectionsAt, count * SECTION_HEADER_BYTES);
  for (let at = 0; at < headers.length; at += SECTION_HEADER_BYTES) swapFields(headers, at, SECTION_HEADER);
  const names = sectionAt(view, sectionsAt + view.u16(62) * SECTION_HEADER_BYTES);
  for (let index = 1; index < count; index += 1) {
    const at = sectionsAt + index * SECTION_HEADER_BYTES;
    const data = sectionAt(view, at);
    if (data !== undefined)
      swapSection(data, view.u32(at + 4), view.u64(at + 8), nameAt(names, view.u32(at)));
  }
  return bytes;
}

/** undefined where it does not lie in the file: parseElf() says so. */
function sectionAt(view: ByteView, headerAt: number): Uint8Array | undefined {
  if (headerAt + SECTION_HEADER_BYTES > view.length) return undefined;
  const from = view.u64(headerAt + 24);
  const length = view.u64(headerAt + 32);
  return from + length <= view.length ? view.slice(from, length) : undefined;
}

function nameAt(names: Uint8Array | undefined, offset: number): string {
  const end = names?.indexOf(0, offset) ?? -1;
  return end < 0 ? '' : Buffer.from(names?.subarray(offset, end) ?? []).toString('latin1');
}

function swapSection(data: Uint8Array, type: number, flags: number, name: string): void {
  if (type === SECTION_SYMTAB) swapTable(data, SYMBOL_BYTES, SYMBOL);
  else if (type === SECTION_REL) swapTable(data, RELOCATION_BYTES, RELOCATION);
  else if (name === '.BTF') swapTypes(data);
  else if (name === '.BTF.ext') swapWords(data, BTF_HEAD);
  else if (name === 'maps') swapWords(data, []);
  else if ((flags & FLAG_EXECUTABLE) !== 0) swapCode(data);
}

function swapTable(data: Uint8Array, entryBytes: number, fields: readonly number[]): void {
  for (let at = 0; at + entryBytes <= data.length; at += entryBytes) swapFields(data, at, fields);
}

/** Header and types are words; the strings behind them are text. */
function swapTypes(data: Uint8Array): void {
  if (data.length < BTF_HEADER_BYTES) return;
  swapFields(data, 0, [...BTF_HEAD, 4]);
  const headerBytes = new DataView(data.buffer, data.byteOffset).getUint32(4, true);
  swapWords(data.subarray(8, Math.min(headerBytes, data.length)), []);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const from = headerBytes + view.getUint32(8, true);
  swapWords(data.subarray(from, from + view.getUint32(12, true)), []);
}

/** Words to the end, behind fields of other widths. */
function swapWords(data: Uint8Array, first: readonly number[]): void {
  swapFields(data, 0, first);
  const start = first.reduce((sum, bytes) => sum + bytes, 0);
  for (let at = start; at + 4 <= data.length; at += 4) data.subarray(at, at + 4).reverse();
}

/** Opcode, registers (which change places), offset, immediate. */
function swapCode(data: Uint8Array): void {
  for (let at = 0; at + SLOT_BYTES <= data.length; at += SLOT_BYTES) {
    const registers = data[at + 1] ?? 0;
    data[at + 1] = ((registers & 0x0f) << 4) | (registers >> 4);
    swapFields(data, at + 2, [2, 4]);
  }
}

function swapFields(data: Uint8Array, from: number, widths: readonly number[]): void {
  let at = from;
  for (const width of widths) {
    data.subarray(at, at + width).reverse();
    at += width;
  }
}
