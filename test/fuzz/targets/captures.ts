/** Packet captures: pcap in either byte order, pcapng with sections of both. */
import { MemoryBytes } from '../../../electron/trace/bundle/byte-source.ts';
import { capturedPackets } from '../../../electron/trace/formats/pcap/packets.ts';
import { openSources } from '../../../electron/trace/formats/registry.ts';
import {
  makePcap,
  MICROSECONDS,
  MODIFIED,
  NANOSECONDS,
  udpFrame,
} from '../../trace/formats/pcap/make-pcap.ts';
import { madePcapng } from '../../trace/formats/pcapng/sample.ts';
import type { Target } from '../target.ts';

function captures(): Uint8Array[] {
  const packets = [1, 2, 3].map((seconds) => ({ seconds, fraction: 0, bytes: udpFrame(seconds, 20) }));
  return [true, false].flatMap((isLittleEndian) =>
    [MICROSECONDS, NANOSECONDS, MODIFIED].map((magic) =>
      makePcap({ isLittleEndian, magic, linkType: 1 }, packets),
    ),
  );
}

/** As events, then as packets, which refuses what events only count. */
async function readAll(bytes: Uint8Array): Promise<void> {
  const file = new MemoryBytes(bytes, 'damaged');
  for (const source of openSources(file) ?? []) {
    let events = 0;
    for await (const batch of source.batches()) events += batch.count;
    if (events !== source.ledger.read)
      throw new Error(`${events} events, and ${source.ledger.read} in the ledger`);
  }
  for (const { bytes: packet } of capturedPackets(file)) packet.at(-1);
}

const pcap: Target = { name: 'pcap', layers: new Set(['trace']), samples: captures, run: readAll };

const pcapng: Target = {
  name: 'pcapng',
  layers: new Set(['trace']),
  samples: () => [madePcapng(true), madePcapng(false)],
  run: readAll,
};

export const captureTargets: readonly Target[] = [pcap, pcapng];
