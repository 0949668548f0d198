/**
 * A case as an engine would answer it: run queue latency on a small device, with a burst in which the
 * network thread waits. Every number comes from one seeded walk, so totals and heatmaps agree.
 */
import type {
  BundleInfo,
  FieldValue,
  Heatmap,
  HistogramGroup,
  LedgerCounts,
  OutputRecord,
  RunResult,
} from '../../electron/host/contract.ts';

const SLOTS = 26;
const TIME_BINS = 96;
const SPAN_NS = 30_000_000_000n;
const START_NS = 8_412_034_117_905n;
const BIN_NS = Math.ceil(Number(SPAN_NS) / TIME_BINS);

export const FAKE_BUNDLE_ID = 'sample-gateway';
export const FAKE_PROGRAM_ID = 'scheduling/runqlat';

interface FakeTask {
  readonly comm: string;
  readonly tid: number;
  readonly wakeups: number;
  /** Log2 of the typical wait in microseconds. */
  readonly center: number;
  /** Waits of this task grow in the burst. */
  readonly isVictim: boolean;
}

const NAMED_TASKS: readonly FakeTask[] = [
  { comm: 'modem-rx', tid: 412, wakeups: 21_840, center: 4.2, isVictim: true },
  { comm: 'kworker/1:2', tid: 87, wakeups: 15_210, center: 3.1, isVictim: false },
  { comm: 'ksoftirqd/1', tid: 23, wakeups: 9_744, center: 3.6, isVictim: true },
  { comm: 'rcu_preempt', tid: 15, wakeups: 8_120, center: 2.4, isVictim: false },
  { comm: 'mqtt-uplink', tid: 733, wakeups: 5_932, center: 5.3, isVictim: true },
  { comm: 'logd', tid: 301, wakeups: 3_377, center: 5.9, isVictim: false },
  { comm: 'flash-writer', tid: 815, wakeups: 2_208, center: 6.4, isVictim: false },
  { comm: 'watchdog/0', tid: 11, wakeups: 300, center: 1.2, isVictim: false },
  { comm: '采集服务', tid: 902, wakeups: 260, center: 6.8, isVictim: true },
];

/** Numbers in [0, 1), the same ones every time (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function fakeTasks(): FakeTask[] {
  const small = Array.from({ length: 131 }, (_, index) => ({
    comm: `worker-${index}`,
    tid: 1000 + index,
    wakeups: 3 + ((index * 37) % 190),
    center: 2 + ((index * 13) % 50) / 10,
    isVictim: index % 9 === 0,
  }));
  return [...NAMED_TASKS, ...small];
}

interface Walked {
  readonly group: HistogramGroup;
  readonly counts: Float64Array;
}

function walkTask(task: FakeTask, random: () => number): Walked {
  const counts = new Float64Array(TIME_BINS * SLOTS);
  const slots = new Float64Array(SLOTS);
  for (let wakeup = 0; wakeup < task.wakeups; wakeup += 1) {
    const bin = Math.floor(random() * TIME_BINS);
    const spread = random() + random() + random() - 1.5;
    const isBurst = task.isVictim && bin >= 52 && bin < 61 && random() < 0.6;
    const slot = Math.max(0, Math.min(SLOTS - 1, Math.floor(task.center + spread * 2.6 + (isBurst ? 7 : 0))));
    counts[bin * SLOTS + slot] = (counts[bin * SLOTS + slot] ?? 0) + 1;
    slots[slot] = (slots[slot] ?? 0) + 1;
  }
  const key = { tid: task.tid };
  const group = {
    groupId: JSON.stringify(key),
    label: `${task.comm} ${task.tid}`,
    key,
    total: task.wakeups,
    slots,
  };
  return { group, counts };
}

function fakeOutputs(random: () => number): OutputRecord[] {
  return Array.from({ length: 40 }, (_, index) => {
    const task = NAMED_TASKS[index % 3 === 0 ? 0 : index % NAMED_TASKS.length];
    const value: FieldValue = {
      tid: task?.tid ?? 0,
      comm: task?.comm ?? '',
      prev_comm: index % 4 === 0 ? 'flash-writer' : 'swapper/1',
      cpu: index % 2,
      wait_us: Math.round(2000 + random() ** 3 * 41_000),
    };
    const timeNs = START_NS + BigInt(Math.round((16.3 + random() * 2.6) * 1e9));
    return { stream: 'worst', program: 'on_switch', timeNs, value };
  });
}

export function emptyCounts(changes: Partial<LedgerCounts> = {}): LedgerCounts {
  return {
    read: 0,
    dropped: 0,
    droppedUncounted: 0,
    unparsed: 0,
    unsupported: 0,
    outOfOrder: 0,
    withoutClock: 0,
    priorState: 0,
    suspectedLosses: 0,
    places: [],
    ...changes,
  };
}

export function fakeBundle(changes: Partial<BundleInfo> = {}): BundleInfo {
  return {
    bundleId: FAKE_BUNDLE_ID,
    name: 'gateway-stall.zip',
    sizeBytes: 6_412_288,
    sha256: '9f2c1d5a7be04c1f88a3d1f6e20b7c5594aa0f3e6d1c2b7a8e9f00112233aabb',
    caseFile: {
      title: 'Uplink stalls for two seconds',
      what: 'The gateway stops sending for about two seconds, a few times a day; the modem stays connected.',
      where: 'Pump house 4, unit 0172',
      kernel: '6.1.55-rt16, PREEMPT_RT off, 2 CPUs',
      how: 'trace-cmd record -e sched -e irq, 30 s around a stall',
    },
    sources: [
      {
        name: 'trace.dat',
        format: 'trace.dat',
        formatDetail: 'v7 zstd',
        clock: 'mono',
        placement: { offsetNs: 0n, origins: [], spreadNs: 0n },
        spanNs: [START_NS, START_NS + SPAN_NS],
        cpuCount: 2,
        kernelRelease: '6.1.55',
        machine: 'aarch64',
        ledger: emptyCounts({ read: 412_907, dropped: 1_204, suspectedLosses: 3 }),
        types: [
          { name: 'sched:sched_switch', events: 198_311 },
          { name: 'sched:sched_wakeup', events: 92_004 },
          { name: 'sched:sched_waking', events: 92_010 },
          { name: 'irq:irq_handler_entry', events: 14_220 },
          { name: 'irq:irq_handler_exit', events: 14_220 },
          { name: 'sched:sched_process_fork', events: 1_071 },
          { name: 'sched:sched_process_exit', events: 1_071 },
        ],
      },
    ],
    clock: 'mono',
    context: [{ name: 'kallsyms', kind: 'kernel symbols', detail: '122,133 symbols', sizeBytes: 4_800_000 }],
    unread: [{ name: 'dmesg.txt', reason: 'text logs are not read by this version' }],
    ...changes,
  };
}

export function fakeRun(changes: Partial<RunResult> = {}): {
  readonly run: RunResult;
  heatmap(groupId: string | undefined): Heatmap | undefined;
} {
  const random = seeded(20_261_122);
  const walked = fakeTasks().map((task) => walkTask(task, random));
  const byGroup = new Map(walked.map(({ group, counts }) => [group.groupId, counts]));
  const all = new Float64Array(TIME_BINS * SLOTS);
  for (const { counts } of walked) counts.forEach((count, at) => (all[at] = (all[at] ?? 0) + count));
  const run: RunResult = {
    runId: 'run-1',
    bundleId: FAKE_BUNDLE_ID,
    programId: FAKE_PROGRAM_ID,
    bundle: { name: 'gateway-stall.zip', sha256: fakeBundle().sha256 },
    object: { name: 'runqlat.bpf.o', sha256: 'c0ffee' },
    spanNs: [START_NS, START_NS + SPAN_NS],
    attached: [
      { program: 'on_wakeup', hook: 'tracepoint:sched:sched_wakeup', events: 92_004 },
      { program: 'on_wakeup_new', hook: 'tracepoint:sched:sched_wakeup_new', events: 0 },
      { program: 'on_switch', hook: 'tracepoint:sched:sched_switch', events: 198_311 },
    ],
    maps: [],
    outputs: fakeOutputs(random),
    outputsCut: 0,
    ledger: fakeBundle().sources[0]?.ledger ?? emptyCounts(),
    faults: [{ program: 'hists', kind: 'map-full', count: 12, firstEvent: 201_442 }],
    missing: [],
    histograms: [
      {
        viewId: 'wait',
        map: 'hists',
        title: { en: 'Wait for a CPU', zh: '等待 CPU 的时间' },
        unit: 'us',
        groupNoun: { en: 'task', zh: '任务' },
        groups: walked.map(({ group }) => group).sort((a, b) => b.total - a.total),
      },
    ],
    elapsedMs: 842,
    ...changes,
  };
  return {
    run,
    heatmap(groupId) {
      const counts = groupId === undefined ? all : byGroup.get(groupId);
      if (counts === undefined) return undefined;
      return {
        viewId: 'wait',
        groupId,
        fromNs: START_NS,
        binNs: BIN_NS,
        timeBins: TIME_BINS,
        slotCount: SLOTS,
        counts,
      };
    },
  };
}
