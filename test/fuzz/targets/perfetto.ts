/** Perfetto traces: events of the kernel in messages and columns, track events, packets within packets. */
import { Failure } from '../../../electron/failure.ts';
import { MemoryBytes } from '../../../electron/trace/bundle/byte-source.ts';
import { perfetto } from '../../../electron/trace/formats/perfetto/perfetto.ts';
import { NO_SURROUNDINGS } from '../../../electron/trace/surroundings.ts';
import { compressedPacket, ftracePacket, writeCompact } from '../../trace/formats/perfetto/make-perfetto.ts';
import { madeTracks } from '../../trace/formats/perfetto/sample.ts';
import type { Target } from '../target.ts';

function ftrace(): Buffer {
  const waking = { time: 150n, pid: 7, targetCpu: 3, prio: 100, comm: 'woken' };
  const switches = [100n, 200n].map((time) => ({
    time,
    prevState: 1n,
    nextPid: 4,
    nextPrio: 1,
    nextComm: 'next',
  }));
  return ftracePacket(
    1,
    [
      {
        time: 1n,
        pid: 5,
        field: 113,
        write: (m) => m.bytes(1, 'machine_suspend').number(2, -3).number(3, 1),
      },
      { time: 3n, pid: 5, field: 3, write: (m) => m.number(1, 1n << 63n).bytes(2, 'B|5|draw\n') },
      { time: 4n, pid: 5, field: 45, write: (m) => m.number(1, 9).number(2, 3).bytes(5, 'R').bytes(7, 'x') },
      {
        time: 5n,
        pid: 5,
        field: 327,
        write: (m) => m.bytes(1, 'own').message(2, (f) => f.bytes(1, 'a').number(4, 1)),
      },
      { time: 6n, pid: 5, field: 65_600, write: (m) => m.number(1, 3) },
    ],
    (bundle) => {
      writeCompact(bundle, switches, [waking]);
      bundle.message(11, (entry) =>
        entry
          .number(1, 65_600)
          .message(2, (m) => m.bytes(1, 'd').message(2, (f) => f.bytes(1, 'b').number(3, 1))),
      );
    },
  );
}

const target: Target = {
  name: 'perfetto',
  layers: new Set(['trace']),
  samples: () => [
    Buffer.concat([ftrace(), madeTracks()]),
    madeTracks(),
    Buffer.concat([ftrace(), compressedPacket([madeTracks(), ftrace()]), ftrace()]),
  ],
  /** A trace is never refused once it is recognised: what is counted as damaged is what is noticed. */
  async run(bytes) {
    for (const source of perfetto.open(new MemoryBytes(bytes, 'damaged'), NO_SURROUNDINGS)) {
      let events = 0;
      for await (const batch of source.batches()) events += batch.count;
      if (events !== source.ledger.read)
        throw new Error(`${events} events, and ${source.ledger.read} in the ledger`);
      const { unparsed } = source.ledger;
      if (unparsed > 0) throw new Failure('trace', 'unparsed', `${unparsed} parts`, { file: 'damaged' });
    }
  },
};

export const perfettoTargets: readonly Target[] = [target];
