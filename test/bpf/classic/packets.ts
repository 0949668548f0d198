/** Packets for programs that see them: a capture's, in a machine's memory, under a struct __sk_buff. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instruction, LinkedProgram } from '../../../electron/bpf/program.ts';
import { skBuffOffsets } from '../../../electron/bpf/sk-buff.ts';
import { verifyProgram } from '../../../electron/bpf/verifier/verify.ts';
import type { EngineName, LoadedProgram } from '../../../electron/bpf/vm/machine.ts';
import {
  PACKET_CONTEXT_BYTES,
  PACKET_LINK_HEADER,
  PACKET_NETWORK_HEADER,
} from '../../../electron/bpf/vm/packet.ts';
import { programOf } from '../verifier/assembler.ts';
import { createBench, type Bench } from '../vm/machine-fixture.ts';

export interface Packet {
  readonly bytes: Uint8Array;
  /** Bytes it had on the wire. */
  readonly lengthBytes: number;
}

/** Distances in bytes from where the data begins; fields of struct __sk_buff by name. */
export interface PacketFacts {
  /** Bytes of headers that were taken off: they lie in front of the data. */
  readonly pulled?: number;
  readonly networkHeader?: number;
  readonly linkHeader?: number;
  readonly fields?: Partial<Record<keyof typeof skBuffOffsets, number>>;
}

/** Ethernet's header. */
export const ETHERNET_BYTES = 14;
const PACKET_BYTES_MAX = 65_536;

/** A packet program, verified, with a place for its packet. */
export class PacketBench {
  readonly bench: Bench;
  readonly #program: LoadedProgram;
  readonly #context: number;
  readonly #data: number;

  /** Throws where the verifier refuses, or the JIT was asked for and cannot. */
  constructor(program: LinkedProgram, engine: EngineName) {
    const verdict = verifyProgram(program, [], { license: '' });
    if (verdict.verdict === 'rejected') throw new Error(`rejected: ${verdict.reason.text}`);
    this.bench = createBench(1, engine);
    this.#program = this.bench.machine.loadProgram(verdict.verified, []);
    if (this.#program.engine !== engine) throw new Error(`not run by the ${engine}`);
    const { memory } = this.bench.machine;
    this.#context = memory.allocate(PACKET_CONTEXT_BYTES);
    this.#data = memory.allocate(PACKET_BYTES_MAX);
  }

  /** What the program returns for the packet, 32 bits. */
  run({ bytes, lengthBytes }: Packet, facts: PacketFacts = {}): number {
    const { memory } = this.bench.machine;
    memory.bytes.fill(0, this.#context, this.#context + PACKET_CONTEXT_BYTES);
    memory.bytes.set(bytes, this.#data);
    const set = (offset: number, value: number): void =>
      memory.view.setUint32(this.#context + offset, value, true);
    const { pulled = 0 } = facts;
    set(skBuffOffsets.len, lengthBytes - pulled);
    set(skBuffOffsets.data, this.#data + pulled);
    set(skBuffOffsets.data_end, this.#data + bytes.length);
    set(PACKET_NETWORK_HEADER, facts.networkHeader ?? ETHERNET_BYTES - pulled);
    set(PACKET_LINK_HEADER, facts.linkHeader ?? -pulled);
    for (const [name, value] of Object.entries(facts.fields ?? {})) {
      set(skBuffOffsets[name as keyof typeof skBuffOffsets], value);
    }
    return Number(BigInt.asUintN(32, this.#program.run(this.#context)));
  }
}

/** The converted instructions as a program on either engine. */
export function packetBench(instructions: readonly Instruction[], engine: EngineName): PacketBench {
  return new PacketBench(programOf([instructions]), engine);
}

export const capturePath = join(import.meta.dirname, '../../../../shared/recordings/afs.pcap');

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const MAGIC_MICROSECONDS = 0xa1b2_c3d4;

/** Packets of a little-endian pcap file. */
export function readCapture(path: string): Packet[] {
  const file = readFileSync(path);
  if (file.readUInt32LE(0) !== MAGIC_MICROSECONDS) throw new Error(`${path} is no little-endian pcap file`);
  const packets: Packet[] = [];
  for (let at = FILE_HEADER_BYTES; at < file.length;) {
    const captured = file.readUInt32LE(at + 8);
    const start = at + RECORD_HEADER_BYTES;
    packets.push({ bytes: file.subarray(start, start + captured), lengthBytes: file.readUInt32LE(at + 12) });
    at = start + captured;
  }
  return packets;
}
