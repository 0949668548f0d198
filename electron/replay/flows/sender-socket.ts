/** The modelled sender of one flow: a struct tcp_sock in linear memory, laid out by the BTF that programs were relocated onto. */
import { StructFields } from '../../bpf/struct-fields.ts';
import type { Btf } from '../../bpf/object/btf.ts';
import type { Address, LinearMemory } from '../../bpf/vm/memory.ts';

/** Where members of the structs within lie in tcp_sock. */
const SK = 'inet_conn.icsk_inet.sk.';
const CONNECTION = 'inet_conn.';
const OBJECT_BYTES_MIN = 8;

export class SenderSocket {
  readonly address: Address;
  readonly #memory: LinearMemory;
  readonly #fields: StructFields;

  constructor(memory: LinearMemory, fields: StructFields) {
    this.#memory = memory;
    this.#fields = fields;
    this.address = memory.allocate(Math.max(OBJECT_BYTES_MIN, fields.sizeBytes), 8);
    memory.bytes.fill(0, this.address, this.address + fields.sizeBytes);
  }

  static fields(types: Btf): StructFields {
    return new StructFields(types, 'tcp_sock');
  }

  get(member: string): number {
    return this.#fields.get(this.#memory, this.address, member) ?? 0;
  }

  set(member: string, value: number): void {
    this.#fields.set(this.#memory, this.address, member, value);
  }

  /** A member of struct sock. */
  setSock(member: string, value: number): void {
    this.set(SK + member, value);
  }

  /** A member of struct inet_connection_sock. */
  setConnection(member: string, value: number): void {
    this.set(CONNECTION + member, value);
  }

  /** The first 32-bit numbers of a member that is a struct. */
  setFirst(member: string, values: readonly number[]): void {
    const place = this.#fields.place(member);
    if (place === undefined) return;
    const at = this.address + place.offsetBits / 8;
    values.forEach((value, index) => this.#memory.view.setUint32(at + 4 * index, value, true));
  }
}
