/**
 * .BTF.ext: which source line and which function an instruction belongs to, and the CO-RE relocations.
 *
 * Source: Documentation/bpf/btf.rst, section 4, of Linux 6.18.
 */
import type { Btf } from './btf.ts';
import { BTF_MAGIC, BTF_VERSION } from './btf-type.ts';
import { ByteView } from './byte-view.ts';
import { SLOT_BYTES } from '../isa/opcodes.ts';

/** Header without and with the CO-RE part. */
const HEADER_BYTES_MIN = 24;
const HEADER_BYTES_CORE = 32;

export interface FunctionRecord {
  readonly slot: number;
  /** BTF FUNC. */
  readonly typeId: number;
}

export interface LineRecord {
  readonly slot: number;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

export interface CoreRecord {
  readonly slot: number;
  /** Root type, in the object's BTF. */
  readonly typeId: number;
  /** Path from the root: `0:1:2`. */
  readonly access: string;
  /** enum bpf_core_relo_kind. */
  readonly kind: number;
}

/** Records by the name of the ELF section their instructions are in, in the order of the file. */
export interface BtfExtension {
  readonly functions: ReadonlyMap<string, readonly FunctionRecord[]>;
  readonly lines: ReadonlyMap<string, readonly LineRecord[]>;
  readonly relocations: ReadonlyMap<string, readonly CoreRecord[]>;
}

/** Throws Failure `bad-btf` or `truncated`. */
export function parseBtfExtension(bytes: Uint8Array, btf: Btf, file: string): BtfExtension {
  const view = new ByteView(bytes, file, 'section .BTF.ext');
  if (view.u16(0) !== BTF_MAGIC) throw view.refuse('bad-btf', 'wrong magic', 0);
  if (view.u8(2) !== BTF_VERSION) throw view.refuse('bad-btf', `version ${view.u8(2)}`, 2);
  const headerBytes = view.u32(4);
  if (headerBytes < HEADER_BYTES_MIN) throw view.refuse('bad-btf', `header of ${headerBytes} bytes`, 4);
  const part = (at: number, what: string): ByteView =>
    new ByteView(view.slice(headerBytes + view.u32(at), view.u32(at + 4)), file, `section .BTF.ext, ${what}`);
  const functions = readPart(part(8, 'functions'), btf, 8, readFunction);
  const lines = readPart(part(16, 'lines'), btf, 16, (entries, at, slot) => readLine(entries, at, slot, btf));
  const relocations =
    headerBytes >= HEADER_BYTES_CORE && view.u32(28) > 0
      ? readPart(part(24, 'relocations'), btf, 16, (entries, at, slot) =>
          readRelocation(entries, at, slot, btf),
        )
      : new Map<string, CoreRecord[]>();
  return { functions, lines, relocations };
}

/** A record size, then per section: name, count, records; each record begins with a byte offset. */
function readPart<T>(
  view: ByteView,
  btf: Btf,
  recordBytesMin: number,
  read: (view: ByteView, at: number, slot: number) => T,
): Map<string, T[]> {
  const bySection = new Map<string, T[]>();
  if (view.length === 0) return bySection;
  const recordBytes = view.u32(0);
  if (recordBytes < recordBytesMin) throw view.refuse('bad-btf', `records of ${recordBytes} bytes`, 0);
  let at = 4;
  while (at < view.length) {
    const section = btf.string(view.u32(at));
    const count = view.u32(at + 4);
    at += 8;
    view.slice(at, count * recordBytes);
    const records = bySection.get(section) ?? [];
    for (let index = 0; index < count; index += 1, at += recordBytes) {
      const offset = view.u32(at);
      if (offset % SLOT_BYTES !== 0) throw view.refuse('bad-btf', `${offset} is inside an instruction`, at);
      records.push(read(view, at, offset / SLOT_BYTES));
    }
    bySection.set(section, records);
  }
  return bySection;
}

function readFunction(view: ByteView, at: number, slot: number): FunctionRecord {
  return { slot, typeId: view.u32(at + 4) };
}

function readLine(view: ByteView, at: number, slot: number, btf: Btf): LineRecord {
  const lineAndColumn = view.u32(at + 12);
  return {
    slot,
    file: btf.string(view.u32(at + 4)),
    text: btf.string(view.u32(at + 8)),
    line: lineAndColumn >>> 10,
    column: lineAndColumn & 0x3ff,
  };
}

function readRelocation(view: ByteView, at: number, slot: number, btf: Btf): CoreRecord {
  return { slot, typeId: view.u32(at + 4), access: btf.string(view.u32(at + 8)), kind: view.u32(at + 12) };
}
