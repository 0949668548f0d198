/** A classic pcap of UDP over Ethernet, of many sizes, times in nanoseconds. */
import type { Block } from './recordings.ts';

const PACKETS = 256;
const STEP_NS = 4_000;
const HEADER_BYTES = 16;
const NS_IN_SECOND = 1_000_000_000n;

export const PCAP_HEADER: Uint8Array = (() => {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2_3c4d, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65_535, 16);
  head.writeUInt32LE(1, 20);
  return head;
})();

export function makePacketBlock(): Block {
  const starts: number[] = [];
  const packets: Buffer[] = [];
  let at = 0;
  for (let index = 0; index < PACKETS; index += 1) {
    const packet = packetOf(60 + ((index * 37) % 1400));
    const whole = Buffer.alloc(HEADER_BYTES + packet.length);
    whole.writeUInt32LE(packet.length, 8);
    whole.writeUInt32LE(packet.length, 12);
    whole.set(packet, HEADER_BYTES);
    starts.push(at);
    packets.push(whole);
    at += whole.length;
  }
  const bytes = Buffer.concat(packets);
  return {
    bytes,
    spanNs: BigInt(PACKETS * STEP_NS),
    setTime(ns) {
      starts.forEach((start, index) => {
        const time = ns + BigInt(index * STEP_NS);
        bytes.writeUInt32LE(Number(time / NS_IN_SECOND), start);
        bytes.writeUInt32LE(Number(time % NS_IN_SECOND), start + 4);
      });
    },
  };
}

function packetOf(length: number): Buffer {
  const packet = Buffer.alloc(length, 0x5a);
  packet.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0], 0);
  packet.writeUInt16BE(length - 14, 16);
  packet.set([0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2], 18);
  packet.writeUInt16BE(9000, 34);
  packet.writeUInt16BE(9001, 36);
  packet.writeUInt16BE(length - 34, 38);
  packet.writeUInt16BE(0, 40);
  return packet;
}
