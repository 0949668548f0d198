/**
 * Types with fewer members: what a kernel has of a struct, less what nobody can fill. Ids, sizes and offsets
 * stay; a member that is left out does not exist for CO-RE, nor for the verifier.
 */
import { Btf } from './btf.ts';
import { recordBytes } from './btf-record.ts';
import { BTF_KINDS, BTF_TYPE_BYTES } from './btf-type.ts';
import { ByteView } from './byte-view.ts';

const MEMBER_BYTES = 12;
const COUNT_MASK = 0xffff;

/** `keeps` is asked for every named member of every struct and union that has a name itself. */
export function selectMembers(btf: Btf, keeps: (struct: string, member: string) => boolean): Btf {
  const source = Buffer.from(btf.bytes.buffer, btf.bytes.byteOffset, btf.bytes.byteLength);
  const headerBytes = source.readUInt32LE(4);
  const types = source.subarray(headerBytes + source.readUInt32LE(8)).subarray(0, source.readUInt32LE(12));
  const strings = source.subarray(headerBytes + source.readUInt32LE(16)).subarray(0, source.readUInt32LE(20));
  const view = new ByteView(types, btf.file, 'BTF types');
  const pieces: Buffer[] = [];
  let copied = 0;
  let at = 0;
  while (at < types.length) {
    const end = at + recordBytes(view, at);
    const record = types.subarray(at, end);
    const selected = selectRecord(btf, record, keeps);
    if (selected !== record) {
      pieces.push(types.subarray(copied, at), selected);
      copied = end;
    }
    at = end;
  }
  pieces.push(types.subarray(copied));
  const records = Buffer.concat(pieces);
  const header = Buffer.from(source.subarray(0, headerBytes));
  [0, records.length, records.length, strings.length].forEach((word, index) =>
    header.writeUInt32LE(word, 8 + 4 * index),
  );
  return Btf.parse(Buffer.concat([header, records, strings]), btf.file);
}

function selectRecord(btf: Btf, record: Buffer, keeps: (struct: string, member: string) => boolean): Buffer {
  const info = record.readUInt32LE(4);
  const kind = BTF_KINDS[(info >>> 24) & 0x1f];
  const name = btf.string(record.readUInt32LE(0));
  if ((kind !== 'struct' && kind !== 'union') || name === '') return record;
  const members: Buffer[] = [];
  for (let at = BTF_TYPE_BYTES; at < record.length; at += MEMBER_BYTES) {
    const member = btf.string(record.readUInt32LE(at));
    if (member === '' || keeps(name, member)) members.push(record.subarray(at, at + MEMBER_BYTES));
  }
  if (members.length === (info & COUNT_MASK)) return record;
  const head = Buffer.from(record.subarray(0, BTF_TYPE_BYTES));
  head.writeUInt32LE(((info & ~COUNT_MASK) | members.length) >>> 0, 4);
  return Buffer.concat([head, ...members]);
}
