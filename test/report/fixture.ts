/** Results to render: as many groups as asked for, with seeded counts. */
import type {
  BundleInfo,
  Heatmap,
  HistogramGroup,
  LedgerCounts,
  RunResult,
} from '../../electron/host/contract.ts';

export const HOSTILE_COMM = '</script><b>"\u001b[2J\u202e';
const SLOTS = 26;
const TIME_BINS = 96;

export function ledgerFixture(over: Partial<LedgerCounts> = {}): LedgerCounts {
  const none = {
    dropped: 0,
    droppedUncounted: 0,
    unparsed: 0,
    unsupported: 0,
    outOfOrder: 0,
    withoutClock: 0,
    priorState: 0,
  };
  return { read: 91_234, ...none, suspectedLosses: 0, places: [], ...over };
}

export function groupFixture(index: number, label: string, scale = 1): HistogramGroup {
  const key = { pid: 100 + index };
  const peak = 4 + (index % 5);
  const slots = Float64Array.from({ length: SLOTS }, (_, slot) =>
    slot < 1 || slot > 14 ? 0 : Math.floor((1000 * scale) / (1 + index) / 2 ** Math.abs(slot - peak)),
  );
  return { groupId: JSON.stringify(key), label, key, total: slots.reduce((a, b) => a + b, 0), slots };
}

export function runFixture(groupCount: number, over: Partial<RunResult> = {}, scale = 1): RunResult {
  const groups = Array.from({ length: groupCount }, (_, index) =>
    groupFixture(index, index === 1 ? HOSTILE_COMM : `worker/${index} ${100 + index}`, scale),
  );
  return {
    runId: 'r1',
    bundleId: 'b1',
    programId: 'scheduling/runqlat',
    bundle: { name: 'case.zip', sha256: 'ab'.repeat(32) },
    object: { name: 'runqlat.bpf.o', sha256: 'cd'.repeat(32) },
    spanNs: [5_000_000_000n, 17_345_678_000n],
    attached: [
      { program: 'sched_wakeup', hook: 'tracepoint:sched:sched_wakeup', events: 40_123 },
      { program: 'sched_switch', hook: 'tracepoint:sched:sched_switch', events: 51_111 },
    ],
    maps: [
      {
        name: 'hists',
        type: 'hash',
        rowsCut: 0,
        rows: groups.map(({ key, label, slots }) => ({ key, value: { slots: [...slots], comm: label } })),
      },
      {
        name: 'start',
        type: 'hash',
        rowsCut: 0,
        rows: [{ key: 7, value: { at: '9007199254740993', comm: HOSTILE_COMM } }],
      },
    ],
    outputs: groups.slice(0, 12).map(({ key }, index) => ({
      stream: 'worst',
      program: 'sched_switch',
      timeNs: 5_000_000_000n + BigInt(index) * 123_456_789n,
      value: { ...(key as object), comm: index === 1 ? HOSTILE_COMM : 'worker', wait_us: 30_000 - index },
    })),
    outputsCut: groupCount > 12 ? 3 : 0,
    ledger: ledgerFixture(),
    faults: [],
    missing: [],
    histograms: [
      {
        viewId: 'wait',
        map: 'hists',
        title: { en: 'Wait for a CPU', zh: '等待 CPU 的时间' },
        unit: 'us',
        groupNoun: { en: 'task', zh: '任务' },
        groups,
      },
    ],
    elapsedMs: 12,
    ...over,
  };
}

export function bundleFixture(run: RunResult, over: Partial<BundleInfo> = {}): BundleInfo {
  return {
    bundleId: 'b1',
    name: run.bundle.name,
    sizeBytes: 1_234_567,
    sha256: run.bundle.sha256,
    caseFile: {
      title: 'Audio drops out while a backup runs',
      what: 'Playback stutters for seconds at a time.',
      where: 'A two-core box in the lab',
      kernel: 'Linux 6.18 x86_64',
      how: 'trace-cmd record -e sched',
    },
    sources: [
      {
        name: 'trace.dat',
        format: 'trace.dat',
        formatDetail: 'v7 zstd',
        clock: 'mono',
        placement: { offsetNs: 0n, origins: [], spreadNs: 0n },
        spanNs: run.spanNs,
        cpuCount: 2,
        kernelRelease: '6.18.0',
        machine: 'x86_64',
        ledger: run.ledger,
        types: [{ name: 'sched:sched_switch', events: 51_111 }],
      },
    ],
    clock: 'mono',
    context: [],
    unread: [{ name: 'notes.bin', reason: 'no format this version reads' }],
    ...over,
  };
}

export function heatmapFixture(run: RunResult): Heatmap {
  const all = run.histograms[0]?.groups ?? [];
  const counts = new Float64Array(TIME_BINS * SLOTS);
  for (const { slots } of all) {
    for (const [slot, count] of slots.entries()) {
      for (let bin = 0; bin < TIME_BINS; bin += 1) {
        const cell = bin * SLOTS + slot;
        counts[cell] = (counts[cell] ?? 0) + Math.floor((count / TIME_BINS) * (1 + Math.sin(bin / 7 + slot)));
      }
    }
  }
  return {
    viewId: 'wait',
    groupId: undefined,
    fromNs: 5_000_000_000n,
    binNs: 128_600_000,
    timeBins: TIME_BINS,
    slotCount: SLOTS,
    counts,
  };
}
