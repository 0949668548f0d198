/** An engine of the contract's shape with one case in it, for component tests and for looking at the page. */
import {
  CONTRACT_VERSION,
  type AttachAnswer,
  type BundleInfo,
  type HostApi,
  type HostFailure,
  type HostInfo,
  type PageApi,
  type ProgramSettings,
  type RunResult,
} from '../../electron/host/contract.ts';
import { HostError } from '../../renderer/host/host-error.ts';
import { fakeEvents, fakeLogs } from './fake-logs.ts';
import { FAKE_BUNDLE_ID, FAKE_PROGRAM_ID, fakeBundle, fakeRun } from './fake-case.ts';

export interface FakeHostOptions {
  readonly bundle?: Partial<BundleInfo>;
  readonly run?: Partial<RunResult>;
  readonly info?: Partial<HostInfo>;
  readonly settings?: Partial<ProgramSettings>;
}

const fakeSettings: ProgramSettings = {
  variables: [
    { name: 'min_wait_ns', type: 'const volatile __u64', value: 0 },
    { name: 'filter', type: 'const volatile struct filter', value: { comm: '', ports: [0, 0] } },
  ],
  maps: [{ name: 'hists', type: 'hash', maxEntries: 10_240 }],
  programs: [
    { name: 'on_wakeup', section: 'tracepoint/sched/sched_wakeup', isAutoloaded: true },
    { name: 'on_switch', section: 'tracepoint/sched/sched_switch', isAutoloaded: true },
  ],
};

const fakeAttach: AttachAnswer = {
  bundle: 'modem.zip',
  object: 'runqlat.bpf.o',
  programs: [
    {
      program: 'on_switch',
      section: 'tracepoint/sched/sched_switch',
      type: 'tracepoint',
      isAutoloaded: true,
      hook: 'tracepoint:sched:sched_switch',
      events: [{ source: 'trace.dat', type: 'sched:sched_switch', events: 1_234 }],
      refusal: undefined,
      lacks: [{ what: 'stacks', remedy: 'record with call stacks' }],
      doesWithout: ['task_struct___old.state'],
    },
    {
      program: 'on_exit',
      section: 'tracepoint/sched/sched_process_exit',
      type: 'tracepoint',
      isAutoloaded: false,
      hook: undefined,
      events: [],
      refusal: {
        layer: 'replay',
        code: 'event-not-recorded',
        file: '',
        at: '',
        reason: 'the recording does not describe it',
        message: 'the recording does not describe it',
      },
      lacks: [],
      doesWithout: [],
    },
  ],
};

export interface FakeHost {
  readonly api: HostApi;
  readonly info: HostInfo;
  /** Every call in order, by name. */
  readonly calls: { readonly method: keyof HostApi; readonly argument: unknown }[];
  /** From now on this method fails so. */
  fail(method: keyof HostApi, failure: Partial<HostFailure>): void;
  heal(method: keyof HostApi): void;
  /** As after a restart: runs are forgotten. */
  forgetRuns(): void;
}

export function fakeHost(
  options: FakeHostOptions = {},
  page: PageApi = { onProgress: () => undefined, onOutline: () => undefined },
): FakeHost {
  const bundle = fakeBundle(options.bundle);
  const fake = fakeRun(options.run);
  const info = fakeInfo(bundle, options.info);
  const calls: FakeHost['calls'] = [];
  const failures = new Map<keyof HostApi, HostFailure>();
  const runIds = new Set<string>();
  let runCount = 0;
  let uploaded = { name: '', receivedBytes: 0 };

  const answers: HostApi = {
    hello: async () => info,
    beginUpload: async ({ name }) => {
      uploaded = { name, receivedBytes: 0 };
      return { uploadId: 'upload-1' };
    },
    appendUpload: async ({ bytes }) => {
      uploaded = { ...uploaded, receivedBytes: uploaded.receivedBytes + bytes.length };
      return { receivedBytes: uploaded.receivedBytes };
    },
    finishUpload: async () => {
      const { name } = uploaded;
      if (!name.endsWith('.o'))
        return { kind: 'bundle', bundle: { bundleId: 'uploaded', name, isSample: false } };
      const program = {
        programId: 'own-1',
        title: { en: name, zh: name },
        summary: { en: 'count', zh: 'count' },
      };
      return { kind: 'program', program };
    },
    finishSymbols: async () => ({ fileId: `symbols-${uploaded.name}`, name: uploaded.name }),
    openBundle: async ({ jobId, bundleId }) => {
      page.onProgress({ jobId, phase: 'read', fraction: 0.5, events: 200_000 });
      return bundleId === 'uploaded' ? { ...bundle, bundleId, name: uploaded.name } : bundle;
    },
    programSettings: async () => ({ ...fakeSettings, ...options.settings }),
    explain: async () => fakeAttach,
    logs: async ({ probes, areTemplatesWanted }) => fakeLogs(probes, areTemplatesWanted),
    events: async ({ types, count }) => ({ events: fakeEvents(types).slice(0, count), isMore: false }),
    run: async ({ jobId, bundleId, programId, ...choices }) => {
      page.onProgress({ jobId, phase: 'replay', fraction: 0.5, events: 200_000 });
      runCount += 1;
      const runId = `run-${runCount}`;
      runIds.add(runId);
      return { ...fake.run, runId, bundleId, programId, ...choices };
    },
    heatmap: async ({ runId, groupId }) => {
      if (!runIds.has(runId))
        throw new HostError(failureWith({ code: 'unknown-run', reason: 'this run is not held any more' }));
      const heatmap = fake.heatmap(groupId);
      if (heatmap === undefined) throw new HostError(failureWith({ code: 'no-heatmap' }));
      return heatmap;
    },
    report: async () => ({
      fileName: 'report.html',
      mediaType: 'text/html',
      bytes: new TextEncoder().encode('<!doctype html>'),
    }),
    cancel: async () => true,
    pause: async () => true,
  };

  const api = Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => {
      const method = name as keyof HostApi;
      return [
        method,
        async (argument: never) => {
          calls.push({ method, argument });
          const failure = failures.get(method);
          if (failure !== undefined) throw new HostError(failure);
          return (answer as (argument: never) => Promise<unknown>)(argument);
        },
      ];
    }),
  ) as unknown as HostApi;

  return {
    api,
    info,
    calls,
    fail: (method, failure) => void failures.set(method, failureWith(failure)),
    heal: (method) => void failures.delete(method),
    forgetRuns: () => runIds.clear(),
  };
}

export function failureWith(changes: Partial<HostFailure>): HostFailure {
  const failure = { layer: 'host', code: 'failed', file: '', at: '', reason: '', ...changes };
  return { message: [failure.file, failure.at, failure.reason].filter(Boolean).join(': '), ...failure };
}

function fakeInfo(bundle: BundleInfo, changes: Partial<HostInfo> = {}): HostInfo {
  return {
    contractVersion: CONTRACT_VERSION,
    appVersion: '0.1.0',
    door: 'browser',
    versions: { retroprobe: '0.1.0' },
    bundles: [
      { bundleId: FAKE_BUNDLE_ID, name: bundle.name, isSample: true },
      { bundleId: 'uploaded', name: 'mine.zip', isSample: false },
    ],
    programs: [
      {
        programId: FAKE_PROGRAM_ID,
        title: { en: 'Run queue latency', zh: '运行队列延迟' },
        summary: {
          en: 'How long tasks that were ready to run waited for a CPU, by process.',
          zh: '就绪任务等待 CPU 的时间，按进程统计。',
        },
      },
    ],
    startupBundleId: FAKE_BUNDLE_ID,
    ...changes,
  };
}
