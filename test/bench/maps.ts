/**
 * `npm run bench:maps`: nanoseconds a map operation, from programs that do one many times, on both
 * engines and in the kernel, on the same bytecode in one run. The loop around it is measured alone,
 * and taken off.
 */
import { CONSUMER, HANDLE_TAG, PRODUCER } from '../../electron/bpf/maps/descriptor.ts';
import { BPF_F_NO_PREALLOC } from '../../electron/bpf/maps/flags.ts';
import type { MapDefinition } from '../../electron/bpf/program.ts';
import type { Machine } from '../../electron/bpf/vm/machine.ts';
import { alu64, atomic, byteSwap, call, exit, imm, jump, lddw, mov64, store } from '../bpf/vm/assembler.ts';
import { mapDefinition, type Slots } from '../bpf/vm/machine-fixture.ts';
import { startOracle } from '../oracle/oracle.ts';
import { measure, type Subject, type Times } from './measure.ts';
import { machineLine, shown, table } from './table.ts';

const ROUNDS_OF_LOOP = 1000;
const ROUNDS = 7;
const RING_BYTES = 2 ** 24;
const RECORD_BYTES = 16;
/** Records, with their headers of 8 bytes, that the ring holds; nobody drains the kernel's. */
const RING_RUNS = Math.floor(RING_BYTES / (RECORD_BYTES + 8) / ROUNDS_OF_LOOP) - 1;
const COUNTER = 9;
/** What the program returns, so that who does not do the same is found out. */
const FOUND = 6;

const MAP_LOOKUP = 1;
const MAP_UPDATE = 2;
const MAP_DELETE = 3;
const MAP_PUSH = 87;
const MAP_POP = 88;
const KTIME_GET_NS = 5;
const GET_CURRENT_PID_TGID = 14;
const RINGBUF_RESERVE = 131;
const RINGBUF_SUBMIT = 132;
const NO_WAKEUP = imm(1);

interface Operation {
  readonly name: string;
  readonly map: MapDefinition;
  readonly body: Slots;
  readonly kernelRunsMax?: number;
  readonly reset?: (machine: Machine) => void;
}

/** Adds one to the value if there is one, and counts it. */
const increment: Slots = [
  jump('jeq', 0, imm(0), 3),
  mov64(1, imm(1)),
  atomic('dw', 0x00, 0, 0, 1),
  alu64('add', FOUND, imm(1)),
];
const pointToKey: Slots = [lddw(1, 0n, 1), mov64(2, 10), alu64('add', 2, imm(-4))];
const lookUp: Slots = [...pointToKey, call(MAP_LOOKUP)];
const pointToValue: Slots = [mov64(3, 10), alu64('add', 3, imm(-16)), mov64(4, imm(0))];
/** One of 1,024 keys, another each round. */
const nextKey: Slots = [mov64(1, COUNTER), alu64('and', 1, imm(1023)), store('w', 10, -4, 1)];
const hash = mapDefinition({ type: 'hash', maxEntries: 1024 });
const insert = [...pointToKey, ...pointToValue, call(MAP_UPDATE), mov64(0, imm(0))].flat();
const found: Slots = [jump('jeq', 0, imm(0), 1), alu64('add', FOUND, imm(1))];
const count: Slots = [alu64('add', FOUND, 0)];
/** The first run puts the keys in: of what it costs, little is left in the mean of a round. */
const lookUpOrInsert: Slots = [
  ...nextKey,
  ...lookUp,
  jump('jne', 0, imm(0), insert.length),
  ...insert,
  ...increment,
];
const lru = mapDefinition({ type: 'lru_hash', maxEntries: 1024 });

/** Of an IPv4 address: one of 1,024 networks of 24 bits, put in by the first run; a lookup is of a host. */
const trie = mapDefinition({ type: 'lpm_trie', keySizeBytes: 8, maxEntries: 1024, flags: BPF_F_NO_PREALLOC });
const nextHost: Slots = [
  mov64(1, COUNTER),
  alu64('and', 1, imm(1023)),
  // Upper byte of the number, then lower byte: as the network orders them.
  byteSwap('be', 1, 16),
  store('w', 10, -4, 1),
];
const pointToPrefix: Slots = [lddw(1, 0n, 1), mov64(2, 10), alu64('add', 2, imm(-8))];
const insertPrefix = [
  store('w', 10, -8, imm(24)),
  ...pointToPrefix,
  ...pointToValue,
  call(MAP_UPDATE),
  mov64(0, imm(0)),
].flat();

const queue = (type: 'queue' | 'stack') => mapDefinition({ type, keySizeBytes: 0, maxEntries: 64 });
const pushAndPop: Slots = [
  lddw(1, 0n, 1),
  mov64(2, 10),
  alu64('add', 2, imm(-16)),
  mov64(3, imm(0)),
  call(MAP_PUSH),
  ...count,
  lddw(1, 0n, 1),
  mov64(2, 10),
  alu64('add', 2, imm(-16)),
  call(MAP_POP),
  ...count,
];

const operations: readonly Operation[] = [
  {
    name: 'array lookup, increment',
    map: mapDefinition({ type: 'array', maxEntries: 1024 }),
    body: [...nextKey, ...lookUp, ...increment],
  },
  {
    name: 'percpu_array lookup, increment',
    map: mapDefinition({ type: 'percpu_array', maxEntries: 1024 }),
    body: [...nextKey, ...lookUp, ...increment],
  },
  {
    name: 'hash lookup, increment',
    map: hash,
    body: lookUpOrInsert,
  },
  {
    name: 'percpu_hash lookup, increment',
    map: mapDefinition({ type: 'percpu_hash', maxEntries: 1024 }),
    body: lookUpOrInsert,
  },
  { name: 'lru_hash lookup, increment', map: lru, body: lookUpOrInsert },
  { name: 'hash lookup, absent', map: hash, body: [...nextKey, ...lookUp, ...found] },
  {
    name: 'hash update, existing',
    map: hash,
    body: [...nextKey, ...pointToKey, ...pointToValue, call(MAP_UPDATE), ...count],
  },
  {
    name: 'hash update new, delete',
    map: hash,
    body: [
      ...nextKey,
      ...pointToKey,
      ...pointToValue,
      call(MAP_UPDATE),
      ...pointToKey,
      call(MAP_DELETE),
      ...count,
    ],
  },
  {
    // Half of the keys have room: the one that comes next is the one evicted longest ago.
    name: 'lru_hash update new, evicting',
    map: mapDefinition({ type: 'lru_hash', maxEntries: 512 }),
    body: [...nextKey, ...pointToKey, ...pointToValue, call(MAP_UPDATE), ...count],
  },
  {
    name: 'array update',
    map: mapDefinition({ type: 'array', maxEntries: 1024 }),
    body: [...nextKey, ...pointToKey, ...pointToValue, call(MAP_UPDATE), ...count],
  },
  {
    name: 'lpm_trie lookup, increment',
    map: trie,
    body: [
      ...nextHost,
      store('w', 10, -8, imm(32)),
      ...pointToPrefix,
      call(MAP_LOOKUP),
      jump('jne', 0, imm(0), insertPrefix.length),
      ...insertPrefix,
      ...increment,
    ],
  },
  { name: 'queue push, pop', map: queue('queue'), body: pushAndPop },
  { name: 'stack push, pop', map: queue('stack'), body: pushAndPop },
  {
    name: 'ringbuf reserve, submit',
    map: mapDefinition({ type: 'ringbuf', keySizeBytes: 0, valueSizeBytes: 0, maxEntries: RING_BYTES }),
    body: [
      lddw(1, 0n, 1),
      mov64(2, imm(RECORD_BYTES)),
      mov64(3, imm(0)),
      call(RINGBUF_RESERVE),
      jump('jeq', 0, imm(0), 5),
      alu64('add', FOUND, imm(1)),
      store('dw', 0, 0, COUNTER),
      mov64(1, 0),
      mov64(2, NO_WAKEUP),
      call(RINGBUF_SUBMIT),
    ],
    kernelRunsMax: RING_RUNS,
    reset: takeAllRecords,
  },
];

/** What most programs begin with: how the moment is asked for. */
const bodiesOfRuns = {
  nothing: [],
  ktime_get_ns: [call(KTIME_GET_NS)],
  'ktime_get_ns, get_current_pid_tgid': [call(KTIME_GET_NS), call(GET_CURRENT_PID_TGID)],
};

/** The consumer catches up with the producer, as when the host has drained the ring. */
function takeAllRecords({ maps, memory }: Machine): void {
  const descriptor = (maps[0]?.handle ?? 0) - HANDLE_TAG;
  const { view } = memory;
  view.setUint32(descriptor + CONSUMER, view.getUint32(descriptor + PRODUCER, true), true);
}

function subjectOf(map: MapDefinition, body: Slots): Subject {
  const slots = body.flat();
  const instructions = [
    store('dw', 10, -8, imm(0)),
    store('dw', 10, -16, imm(0)),
    mov64(COUNTER, imm(0)),
    mov64(FOUND, imm(0)),
    ...slots,
    alu64('add', COUNTER, imm(1)),
    jump('jlt', COUNTER, imm(ROUNDS_OF_LOOP), -(slots.length + 2)),
    mov64(0, FOUND),
    exit(),
  ];
  return { instructions, maps: [map] };
}

console.log(`${machineLine()}\n`);
const oracle = await startOracle();
const peer = 'unavailable' in oracle ? undefined : oracle;
if ('unavailable' in oracle) console.log(`No column for the kernel: ${oracle.unavailable}\n`);

const empty = await measure(subjectOf(hash, []), peer, { rounds: ROUNDS, runsInChunk: 100 });
const each = (of: (times: Times) => number | undefined, times: Times): number | undefined => {
  const [whole, loop] = [of(times), of(empty)];
  return whole === undefined || loop === undefined ? undefined : (whole - loop) / ROUNDS_OF_LOOP;
};
const row = (name: string, times: Times, of: typeof each): string[] => {
  const [jit, kernel] = [of((taken) => taken.jit, times), of((taken) => taken.kernel, times)];
  const interpreted = of((taken) => taken.interpreter, times);
  const ratio = jit === undefined || kernel === undefined ? undefined : jit / kernel;
  return [name, shown(interpreted, 0), shown(jit, 2), shown(kernel, 2), shown(ratio, 2)];
};
const rows: string[][] = [];
for (const { name, map, body, ...options } of operations) {
  const times = await measure(subjectOf(map, body), peer, { rounds: ROUNDS, runsInChunk: 20, ...options });
  rows.push(row(name, times, each));
}
console.log(`ns an operation, median of ${ROUNDS} rounds`);
console.log(table(['operation', 'interpreter', 'JIT', 'kernel', 'JIT/kernel'], rows));

const runs = { rounds: ROUNDS, runsInChunk: 1000 };
const perRun: string[][] = [];
for (const [name, body] of Object.entries(bodiesOfRuns)) {
  const times = await measure({ instructions: [...body, mov64(0, imm(0)), exit()], maps: [] }, peer, runs);
  perRun.push(row(name, times, (of, taken) => of(taken)));
}
console.log('\nns a run, which is what an event costs: once each, nothing taken off');
console.log(table(['a program of', 'interpreter', 'JIT', 'kernel', 'JIT/kernel'], perRun));
peer?.stop();
