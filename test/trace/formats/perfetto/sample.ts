/** A trace of one application: slices, an instant, counters, with interned names. */
import { clockPacket, packet, type ProtoWriter } from './make-perfetto.ts';

const WRITER = 3;

function event(time: bigint, write: (event: ProtoWriter) => void): Buffer {
  return packet((trace) => trace.number(8, time).number(10, WRITER).number(13, 2).message(11, write));
}

/** Tracks of a thread and of counters below it, and the names that events tell by number. */
function state(): Buffer[] {
  const track = (write: (descriptor: ProtoWriter) => void): Buffer =>
    packet((trace) => trace.number(10, WRITER).message(60, write));
  return [
    packet((trace) =>
      trace
        .number(10, WRITER)
        .number(13, 1)
        .number(87, 1)
        .message(59, (defaults) => defaults.message(11, (events) => events.number(11, 77).packed(31, [78])))
        .message(12, (data) => {
          data.message(1, (entry) => entry.number(1, 1).bytes(2, 'gfx'));
          data.message(1, (entry) => entry.number(1, 2).bytes(2, 'ui'));
          data.message(2, (entry) => entry.number(1, 1).bytes(2, 'draw'));
          data.message(3, (entry) => entry.number(1, 1).bytes(2, 'frame'));
        }),
    ),
    track((descriptor) =>
      descriptor
        .number(1, 77)
        .message(4, (thread) => thread.number(1, 10).number(2, 12).bytes(5, 'RenderThread')),
    ),
    track((descriptor) =>
      descriptor
        .number(1, 78)
        .number(5, 77)
        .bytes(2, 'bytes')
        .message(8, (counter) => counter.number(4, 1000).number(5, 1)),
    ),
    track((descriptor) =>
      descriptor
        .number(1, 79)
        .number(5, 77)
        .bytes(2, 'load')
        .message(8, () => {}),
    ),
  ];
}

export function madeTracks(): Buffer {
  return Buffer.concat([
    clockPacket([
      { id: 6, time: 500n },
      { id: 3, time: 400n },
    ]),
    ...state(),
    event(1_000n, (each) =>
      each
        .number(9, 1)
        .packed(3, [1, 2])
        .packed(12, [2])
        .number(10, 1)
        .message(4, (note) => note.number(1, 1).number(3, 3))
        .message(4, (note) => note.bytes(10, 'cached').number(2, 1)),
    ),
    event(1_200n, (each) => each.number(9, 4).number(11, 78).number(30, 1)),
    event(1_500n, (each) => each.number(9, 2)),
    event(1_600n, (each) =>
      each
        .number(9, 3)
        .number(11, 0)
        .bytes(23, 'vsync')
        .message(4, (note) =>
          note
            .bytes(10, 'sizes')
            .message(12, (one) => one.number(3, 1))
            .message(12, (two) => two.number(4, 2)),
        )
        .message(4, (note) =>
          note
            .bytes(10, 'at')
            .message(11, (entry) => entry.bytes(10, 'x').number(4, -1))
            .message(11, (entry) => entry.bytes(10, 'y').double(5, 1.5)),
        ),
    ),
    event(1_700n, (each) => each.number(9, 4).number(11, 78).number(30, 1)),
    event(1_800n, (each) => each.number(9, 4).number(11, 79).double(44, 2.5)),
  ]);
}
