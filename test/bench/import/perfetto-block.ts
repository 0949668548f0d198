/** A Perfetto trace of the same busy machine: bundles of ftrace events, each CPU's drained in turn. */
import { FTRACE_MESSAGES } from '../../../electron/trace/formats/perfetto/ftrace-events.ts';
import { ftracePacket, packet, type FtraceEvent } from '../../trace/formats/perfetto/make-perfetto.ts';
import type { Block } from './recordings.ts';
import { CPUS, STEP_NS } from './trace-dat-pages.ts';

const EVENTS_PER_BUNDLE = 120;
const COMMS = ['worker-a', 'worker-b', 'kworker/1:2', 'ksoftirqd/0', 'swapper/2', 'rcu_preempt'];
/** Times from here on take nine bytes as numbers of Protobuf, so that they can be set in place. */
const LATE_NS = 2n ** 56n;
const TIME_BYTES = 9;

/** What begins a sequence: its incremental state is cleared. */
export const PERFETTO_HEADER: Uint8Array = packet((trace) => trace.number(10, 1).number(13, 1));

export function makePerfettoBlock(): Block {
  const packets = Array.from({ length: CPUS }, (_, cpu) =>
    ftracePacket(
      cpu,
      Array.from({ length: EVENTS_PER_BUNDLE }, (_, index) => eventOf(index, timeOf(cpu, index))),
    ),
  );
  const bytes = Buffer.concat(packets);
  const places = Array.from({ length: CPUS * EVENTS_PER_BUNDLE }, (_, each) => {
    const time = timeOf(Math.floor(each / EVENTS_PER_BUNDLE), each % EVENTS_PER_BUNDLE);
    return { at: bytes.indexOf(varint(time)), afterNs: time - LATE_NS };
  });
  return {
    bytes,
    spanNs: BigInt(EVENTS_PER_BUNDLE * STEP_NS),
    setTime(ns) {
      for (const { at, afterNs } of places) bytes.set(varint(LATE_NS + ns + afterNs), at);
    },
  };
}

function timeOf(cpu: number, index: number): bigint {
  return LATE_NS + BigInt(index * STEP_NS + cpu * 150);
}

/** Of nine bytes. */
function varint(value: bigint): Uint8Array {
  const bytes = new Uint8Array(TIME_BYTES);
  for (let at = 0, rest = value; at < TIME_BYTES; at += 1, rest >>= 7n)
    bytes[at] = Number(rest & 0x7fn) | (at < TIME_BYTES - 1 ? 0x80 : 0);
  return bytes;
}

function eventOf(index: number, time: bigint): FtraceEvent {
  const name = ['sched_waking', 'sched_wakeup', 'sched_switch'][index % 3] ?? '';
  const turn = Math.floor(index / 3);
  const turns = EVENTS_PER_BUNDLE / 3;
  const comm = COMMS[(turn + 1) % COMMS.length] ?? '';
  const [here, next] = [1000 + turn, 1000 + ((turn + 1) % turns)];
  return {
    time,
    pid: here,
    field: fieldOf(name),
    write(message) {
      if (name !== 'sched_switch') {
        message
          .bytes(1, comm)
          .number(2, next)
          .number(3, 120)
          .number(4, 1)
          .number(5, index % CPUS);
        return;
      }
      message
        .bytes(1, COMMS[turn % COMMS.length] ?? '')
        .number(2, here)
        .number(3, 120)
        .number(4, 1);
      message.bytes(5, comm).number(6, next).number(7, 120);
    },
  };
}

function fieldOf(name: string): number {
  const found = [...FTRACE_MESSAGES].find(([, message]) => message.name === name);
  if (found === undefined) throw new Error(`${name} has no message`);
  return found[0];
}
