/** A capture of two sections that has everything a pcapng file may have. */
import { udpFrame } from '../pcap/make-pcap.ts';
import { PcapngWriter } from './make-pcapng.ts';

const SECOND = 1_700_000_000n;

export function madePcapng(isLittleEndian: boolean, otherIsLittleEndian = !isLittleEndian): Buffer {
  return Buffer.concat([firstSection(isLittleEndian), secondSection(otherIsLittleEndian)]);
}

/** Microseconds, nanoseconds, 2^-10 seconds and an offset of an hour. */
function firstSection(isLittleEndian: boolean): Buffer {
  const made = new PcapngWriter(isLittleEndian);
  return made
    .section(made.option(3, 'Linux 6.1.55'), made.option(4, 'made'))
    .interface(1, 0, made.option(2, 'eth0'))
    .interface(1, 128, made.option(2, 'wlan0'), made.option(9, Buffer.from([9])))
    .interface(101, 0, made.option(9, Buffer.from([0x8a])), made.number64(14, 3600n))
    .packet(0, SECOND * 1_000_000n + 5n, udpFrame(1, 20))
    .packet(1, SECOND * 1_000_000_000n + 6_123n, udpFrame(2, 21), 900)
    .nameResolution([192, 168, 0, 1], 'one.example')
    .packet(
      0,
      SECOND * 1_000_000n + 8n,
      udpFrame(3, 22),
      undefined,
      made.option(1, 'the fault'),
      made.number32(2, 2),
    )
    .packet(2, (SECOND - 3600n) * 1024n + 3n, udpFrame(4, 0).subarray(14))
    .secrets('# no keys\n')
    .packet(0, SECOND * 1_000_000n + 9_000n, udpFrame(5, 3), undefined, made.number64(4, 7n))
    .statistics(0, made.number64(4, 10n), made.number64(5, 9n))
    .done();
}

/** An interface of the other byte order, packets out of order, one that is no longer written. */
function secondSection(isLittleEndian: boolean): Buffer {
  const made = new PcapngWriter(isLittleEndian);
  return made
    .section()
    .interface(1, 0)
    .packet(0, (SECOND + 2n) * 1_000_000n, udpFrame(6, 9), undefined, made.number32(2, 1))
    .packet(0, (SECOND + 1n) * 1_000_000n, udpFrame(7, 10))
    .oldPacket(0, 3, (SECOND + 3n) * 1_000_000n, udpFrame(8, 11))
    .done();
}
