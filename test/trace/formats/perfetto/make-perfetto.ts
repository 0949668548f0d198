/**
 * Writes Perfetto traces field by field, by the numbers of its public .proto files: there is no recorder of
 * Perfetto's on the machines that tests run on.
 */
import { deflateSync, zstdCompressSync } from 'node:zlib';

export class ProtoWriter {
  readonly #parts: Buffer[] = [];

  done(): Buffer {
    return Buffer.concat(this.#parts);
  }

  /** A number of 64 bits, a negative one as it lies in ten bytes. */
  number(field: number, value: bigint | number): this {
    return this.#push(varint(BigInt(field) << 3n), varint(BigInt.asUintN(64, BigInt(value))));
  }

  bytes(field: number, value: string | Uint8Array): this {
    const bytes = Buffer.from(value);
    return this.#push(varint((BigInt(field) << 3n) | 2n), varint(BigInt(bytes.length)), bytes);
  }

  message(field: number, write: (message: ProtoWriter) => void): this {
    const inner = new ProtoWriter();
    write(inner);
    return this.bytes(field, inner.done());
  }

  packed(field: number, values: readonly (bigint | number)[]): this {
    return this.bytes(field, Buffer.concat(values.map((value) => varint(BigInt.asUintN(64, BigInt(value))))));
  }

  double(field: number, value: number): this {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    return this.#push(varint((BigInt(field) << 3n) | 1n), bytes);
  }

  #push(...parts: Buffer[]): this {
    this.#parts.push(...parts);
    return this;
  }
}

/** One packet of a trace, with its tag and length. */
export function packet(write: (message: ProtoWriter) => void): Buffer {
  return new ProtoWriter().message(1, write).done();
}

export function compressedPacket(packets: readonly Buffer[], how: 'deflate' | 'zstd' = 'deflate'): Buffer {
  const bytes = Buffer.concat(packets);
  return packet((trace) =>
    how === 'deflate' ? trace.bytes(50, deflateSync(bytes)) : trace.bytes(133, zstdCompressSync(bytes)),
  );
}

export interface FtraceEvent {
  readonly time: bigint;
  readonly pid: number;
  /** Of FtraceEvent, for the event's message. */
  readonly field: number;
  readonly write: (message: ProtoWriter) => void;
}

export function writeEvent(bundle: ProtoWriter, { time, pid, field, write }: FtraceEvent): void {
  bundle.message(2, (event) => event.number(1, time).number(2, pid).message(field, write));
}

/** A packet of ftrace events of one CPU; `more` adds to the bundle. */
export function ftracePacket(
  cpu: number,
  events: readonly FtraceEvent[],
  more: (bundle: ProtoWriter) => void = () => {},
  writer = 1,
): Buffer {
  return packet((trace) =>
    trace.number(10, writer).message(1, (bundle) => {
      bundle.number(1, cpu);
      for (const event of events) writeEvent(bundle, event);
      more(bundle);
    }),
  );
}

export interface CompactSwitch {
  readonly time: bigint;
  readonly prevState: bigint;
  readonly nextPid: number;
  readonly nextPrio: number;
  readonly nextComm: string;
}

export interface CompactWaking {
  readonly time: bigint;
  readonly pid: number;
  readonly targetCpu: number;
  readonly prio: number;
  readonly comm: string;
}

/** Adds switches and wake-ups in columns. */
export function writeCompact(
  bundle: ProtoWriter,
  switches: readonly CompactSwitch[],
  wakings: readonly CompactWaking[],
): void {
  const comms = [...new Set([...switches.map((each) => each.nextComm), ...wakings.map(({ comm }) => comm)])];
  const differences = (times: readonly bigint[]): bigint[] =>
    times.map((time, index) => time - (index === 0 ? 0n : (times[index - 1] ?? 0n)));
  bundle.message(4, (compact) => {
    for (const comm of comms) compact.bytes(5, comm);
    compact
      .packed(1, differences(switches.map(({ time }) => time)))
      .packed(
        2,
        switches.map(({ prevState }) => prevState),
      )
      .packed(
        3,
        switches.map(({ nextPid }) => nextPid),
      )
      .packed(
        4,
        switches.map(({ nextPrio }) => nextPrio),
      )
      .packed(
        6,
        switches.map(({ nextComm }) => comms.indexOf(nextComm)),
      )
      .packed(7, differences(wakings.map(({ time }) => time)))
      .packed(
        8,
        wakings.map(({ pid }) => pid),
      )
      .packed(
        9,
        wakings.map(({ targetCpu }) => targetCpu),
      )
      .packed(
        10,
        wakings.map(({ prio }) => prio),
      )
      .packed(
        11,
        wakings.map(({ comm }) => comms.indexOf(comm)),
      )
      .packed(
        12,
        wakings.map(() => 1),
      );
  });
}

/** Readings of clocks at one moment: id and time. */
export function clockPacket(
  readings: readonly {
    readonly id: number;
    readonly time: bigint;
    readonly isIncremental?: boolean;
    readonly unitNs?: bigint;
  }[],
  writer = 1,
): Buffer {
  return packet((trace) =>
    trace.number(10, writer).message(6, (snapshot) => {
      for (const { id, time, isIncremental, unitNs } of readings) {
        snapshot.message(1, (clock) => {
          clock.number(1, id).number(2, time);
          if (isIncremental === true) clock.number(3, 1);
          if (unitNs !== undefined) clock.number(4, unitNs);
        });
      }
    }),
  );
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? byte : byte | 0x80);
  } while (rest !== 0n);
  return Buffer.from(bytes);
}
