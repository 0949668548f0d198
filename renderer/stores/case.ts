/**
 * The open case: a bundle, the result of a program run over it, and what of it is looked at. Survives
 * a reload through the database, and a restart of the engine by running again.
 */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';

import type {
  AttachAnswer,
  BundleInfo,
  BundleListing,
  HostFailure,
  HostInfo,
  IteratorChoices,
  ProgramListing,
  ReportFile,
  RunChoices,
  RunLimits,
  RunResult,
  SymbolFile,
} from '../../electron/host/contract.ts';
import { probesYaml, type WrittenProbe } from '../analysis/log-probes.ts';
import { failureOf } from '../host/host-error.ts';
import { uploadFile, uploadSymbols } from '../host/upload.ts';
import { createHeatmapCache } from './heatmap-cache.ts';
import { useJob } from './job.ts';
import { useNotices } from './notices.ts';
import { useServices } from './services.ts';
import { takeUp } from './take-up.ts';

/** Where the tab remembers, as long as it lives, what it opened because the engine was started with it. */
const STARTUP_KEY = 'retroprobe.startup';

/** The run was refused for what was set of its program; `at` says which setting. */
export function isOfSetting({ code }: HostFailure): boolean {
  return code === 'bad-setting' || code === 'unknown-setting';
}

/** What was asked of a run that was made. */
function choicesOf(made: RunResult): RunChoices {
  const { settings, limits, iterators, toolArguments, symbolFiles } = made;
  return { settings, limits, iterators, toolArguments, symbolFiles };
}

export const useCase = defineStore('case', () => {
  const { link, database } = useServices();
  const jobs = useJob();
  const notices = useNotices();

  const bundle = shallowRef<BundleInfo>();
  const run = shallowRef<RunResult>();
  /** Why the last run of the open bundle gave no result. */
  const runFailure = shallowRef<HostFailure>();
  /** What is set of the program before it is loaded, by name, as text. */
  const settings = shallowRef<Readonly<Record<string, string>>>({});
  /** Which events programs are called for: of this recording, whatever the program. */
  const limits = shallowRef<RunLimits>({});
  /** Of programs that are iterators. */
  const iterators = shallowRef<IteratorChoices>({});
  /** Files with symbols that were added to the case. */
  const symbolFiles = shallowRef<readonly SymbolFile[]>([]);
  /** What the libbpf tool would be given that the program is of. */
  const toolArguments = ref('');
  /** The program that was asked for last: that of the run, if it could be run. */
  const chosenProgramId = ref<string>();
  /** Log probes that were written for the case, beside those of its bundle. */
  const probes = shallowRef<readonly WrittenProbe[]>([]);
  const viewId = ref<string>();
  const selectedGroupId = ref<string>();
  const heatmaps = createHeatmapCache();
  const heatmapState = ref<'ready' | 'loading' | 'unavailable' | 'failed'>('ready');
  /** Bundles the host can open without an upload. */
  const known = shallowRef<readonly BundleListing[]>([]);
  /** Programs that are run again quietly must not be run twice at once. */
  let rerun: Promise<void> | undefined;

  /** Those of the engine, and objects that were opened here, which an engine that was restarted may not hold. */
  const ownPrograms = shallowRef<readonly ProgramListing[]>([]);
  const programs = computed(() => {
    const listed = link.info.value?.programs ?? [];
    const added = ownPrograms.value.filter(
      ({ programId }) => !listed.some((each) => each.programId === programId),
    );
    return [...listed, ...added];
  });

  const view = computed(() => {
    const views = run.value?.histograms ?? [];
    return views.find((each) => each.viewId === viewId.value) ?? views[0];
  });
  const selectedGroup = computed(() =>
    view.value?.groups.find(({ groupId }) => groupId === selectedGroupId.value),
  );
  const heatmap = computed(() => view.value && heatmaps.get(view.value.viewId, selectedGroup.value?.groupId));

  /** Brings back the case that was open; from then on follows the link and keeps what changes. */
  async function restore(): Promise<void> {
    try {
      const stored = await database.loadCase();
      if (stored !== undefined) {
        bundle.value = stored.bundle;
        run.value = stored.run;
        settings.value = stored.settings ?? {};
        limits.value = stored.limits ?? {};
        toolArguments.value = stored.toolArguments ?? '';
        symbolFiles.value = stored.symbolFiles ?? [];
        iterators.value = stored.iterators ?? {};
        probes.value = stored.probes ?? [];
        viewId.value = stored.viewId;
        selectedGroupId.value = stored.selectedGroupId;
        heatmaps.replaceAll(stored.heatmaps);
      }
    } catch {
      notices.tell('storage-unavailable');
    }
    watch(
      [
        bundle,
        run,
        settings,
        limits,
        toolArguments,
        iterators,
        symbolFiles,
        probes,
        viewId,
        selectedGroupId,
        heatmap,
      ],
      () => void save(),
    );
    watch([view, selectedGroup], () => void fetchHeatmap());
    link.onConnected((info) => void onConnected(info));
  }

  async function onConnected(info: HostInfo): Promise<void> {
    known.value = info.bundles;
    const openedStartupId = sessionStorage.getItem(STARTUP_KEY) ?? undefined;
    const step = takeUp(info, { bundle: bundle.value, run: run.value, openedStartupId });
    switch (step.kind) {
      case 'open-startup':
        sessionStorage.setItem(STARTUP_KEY, step.listing.bundleId);
        return openListed(step.listing.bundleId, step.listing.name);
      case 'not-held':
        return notices.tell('case-not-held', step.name);
      case 'run':
        return runProgram();
      case 'refresh':
        return fetchHeatmap({ isFresh: true });
      case 'wait':
        return undefined;
    }
  }

  /** Opens a bundle the host lists, then runs the first program on it. The case before stays if it cannot be opened. */
  async function openListed(bundleId: string, name: string): Promise<void> {
    if (jobs.isBusy) return;
    try {
      show(await jobs.perform(name, 'open', (jobId) => link.api.openBundle({ jobId, bundleId })));
    } catch (error) {
      return notices.report(error);
    }
    return runProgram();
  }

  async function openFile(file: File): Promise<void> {
    if (jobs.isBusy) return notices.tell('busy', file.name);
    try {
      const opened = await jobs.perform(file.name, 'upload', (jobId, signal) =>
        uploadFile(link.api, file, { signal, onProgress: (fraction) => jobs.update(jobId, { fraction }) }),
      );
      if (opened.kind === 'program') return await takeProgram(opened.program);
      const { bundle: listing } = opened;
      known.value = [...known.value.filter(({ bundleId }) => bundleId !== listing.bundleId), listing];
      await openListed(listing.bundleId, listing.name);
    } catch (error) {
      notices.report(error);
    }
  }

  /** An object of the user's own: run over the open bundle, or kept until there is one. */
  async function takeProgram(program: ProgramListing): Promise<void> {
    const { programId } = program;
    ownPrograms.value = [program, ...ownPrograms.value.filter((each) => each.programId !== programId)];
    return runProgram(programId);
  }

  /** Hands files over for their symbols, and runs again with those that have some. */
  async function addSymbols(files: readonly File[]): Promise<void> {
    if (jobs.isBusy) return;
    const before = symbolFiles.value;
    for (const file of files)
      try {
        const added = await jobs.perform(file.name, 'upload', (jobId, signal) =>
          uploadSymbols(link.api, file, {
            signal,
            onProgress: (fraction) => jobs.update(jobId, { fraction }),
          }),
        );
        const others = symbolFiles.value.filter(({ name }) => name !== added.name);
        symbolFiles.value = [...others, added];
      } catch (error) {
        notices.report(error);
      }
    if (symbolFiles.value !== before) await runProgram(chosenOrShown());
  }

  async function removeSymbols({ fileId }: SymbolFile): Promise<void> {
    if (jobs.isBusy) return;
    symbolFiles.value = symbolFiles.value.filter((each) => each.fileId !== fileId);
    await runProgram(chosenOrShown());
  }

  function chosenOrShown(): string | undefined {
    return chosenProgramId.value ?? run.value?.programId;
  }

  function choices(): RunChoices {
    return {
      settings: settings.value,
      limits: limits.value,
      toolArguments: toolArguments.value,
      iterators: iterators.value,
      symbolFiles: symbolFiles.value,
    };
  }

  /** Runs a program over the open bundle, by default the host's first. */
  async function runProgram(programId = programs.value[0]?.programId): Promise<void> {
    const shown = bundle.value;
    if (shown === undefined || jobs.isBusy) return;
    if (programId === undefined) return notices.tell('no-programs');
    // What is set of one program means nothing to another.
    if (run.value !== undefined && run.value.programId !== programId) {
      settings.value = {};
      toolArguments.value = '';
      iterators.value = {};
      // A program that cannot be attached would stand under another's result.
      run.value = undefined;
    }
    chosenProgramId.value = programId;
    if (runFailure.value !== undefined) notices.withdraw(runFailure.value);
    runFailure.value = undefined;
    try {
      showRun(await performRun(shown, programId, choices()));
    } catch (error) {
      runFailure.value = failureOf(error);
      // What is wrong with a setting is said beside it.
      if (!isOfSetting(runFailure.value)) notices.report(error);
    }
  }

  function performRun(
    { bundleId, name }: BundleInfo,
    programId: string,
    asked: RunChoices,
  ): Promise<RunResult> {
    const call = { bundleId, programId, ...asked, probes: probesYaml(probes.value) };
    return jobs.perform(name, 'verify', (jobId) => link.api.run({ jobId, ...call }));
  }

  /** What a run would attach; undefined where that could not be told, which was said. */
  async function explainProgram(programId: string): Promise<AttachAnswer | undefined> {
    const shown = bundle.value;
    if (shown === undefined || jobs.isBusy) return undefined;
    const call = {
      bundleId: shown.bundleId,
      programId,
      settings: settings.value,
      probes: probesYaml(probes.value),
    };
    try {
      return await jobs.perform(shown.name, 'read', (jobId) => link.api.explain({ jobId, ...call }));
    } catch (error) {
      notices.report(error);
      return undefined;
    }
  }

  /** The heatmap of what is looked at, where the page has none yet. */
  async function fetchHeatmap({ isFresh = false } = {}): Promise<void> {
    const [shownView, shownRun] = [view.value, run.value];
    if (shownView === undefined || shownRun === undefined) return;
    if (heatmap.value !== undefined) heatmapState.value = 'ready';
    else heatmapState.value = 'loading';
    if (heatmap.value !== undefined && !isFresh) return;
    const { bundleId, programId } = shownRun;
    const { viewId } = shownView;
    const groupId = selectedGroup.value?.groupId;
    // A run done again has another id and the same numbers.
    const isSameRun = (): boolean => run.value?.bundleId === bundleId && run.value.programId === programId;
    await heatmaps.once(JSON.stringify([bundleId, programId, viewId, groupId ?? null]), async () => {
      try {
        const call = (): { runId: string; viewId: string; groupId?: string } => ({
          runId: run.value?.runId ?? '',
          viewId,
          ...(groupId !== undefined && { groupId }),
        });
        const fetched = await askAgainAfterRestart(() => link.api.heatmap(call()));
        if (!isSameRun()) return;
        heatmaps.keep(fetched);
        if (isLookedAt(viewId, groupId)) heatmapState.value = 'ready';
      } catch (error) {
        if (isSameRun() && isLookedAt(viewId, groupId)) onHeatmapFailure(error);
      }
    });
  }

  function isLookedAt(shownViewId: string, groupId: string | undefined): boolean {
    return view.value?.viewId === shownViewId && selectedGroup.value?.groupId === groupId;
  }

  /** The link's own state says that the engine is away, and a group without a heatmap is no failure. */
  function onHeatmapFailure(error: unknown): void {
    const { code } = failureOf(error);
    if (heatmap.value !== undefined) heatmapState.value = 'ready';
    else heatmapState.value = code === 'no-heatmap' ? 'unavailable' : 'failed';
    if (code !== 'no-heatmap' && code !== 'disconnected') notices.report(error);
  }

  /** The engine's own HTML report of the run that is shown; undefined where it gave none, which was told. */
  async function report(locale: 'en' | 'zh'): Promise<ReportFile | undefined> {
    if (run.value === undefined || bundle.value === undefined || jobs.isBusy) return undefined;
    const { name } = bundle.value;
    try {
      return await askAgainAfterRestart(() =>
        jobs.perform(name, 'report', (jobId) =>
          link.api.report({ jobId, runId: run.value?.runId ?? '', locale }),
        ),
      );
    } catch (error) {
      notices.report(error);
      return undefined;
    }
  }

  /** An engine that was restarted holds no runs: the same program over the same bundle gives the same result. */
  async function askAgainAfterRestart<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (failureOf(error).code !== 'unknown-run') throw error;
    }
    rerun ??= runAgain().finally(() => (rerun = undefined));
    await rerun;
    return ask();
  }

  async function runAgain(): Promise<void> {
    const [shown, before] = [bundle.value, run.value];
    if (shown === undefined || before === undefined) return;
    const { bundleId } = shown;
    bundle.value = await jobs.perform(shown.name, 'open', (jobId) =>
      link.api.openBundle({ jobId, bundleId }),
    );
    heatmaps.replaceAll([]);
    run.value = await performRun(shown, before.programId, choicesOf(before));
  }

  function show(opened: BundleInfo): void {
    bundle.value = opened;
    run.value = undefined;
    runFailure.value = undefined;
    settings.value = {};
    limits.value = {};
    toolArguments.value = '';
    iterators.value = {};
    symbolFiles.value = [];
    probes.value = [];
    heatmaps.replaceAll([]);
    selectedGroupId.value = undefined;
  }

  function showRun(result: RunResult): void {
    heatmaps.replaceAll([]);
    run.value = result;
    viewId.value = result.histograms[0]?.viewId;
    selectedGroupId.value = undefined;
  }

  function select(groupId: string | undefined): void {
    selectedGroupId.value = groupId;
  }

  function showView(shown: string): void {
    viewId.value = shown;
    selectedGroupId.value = undefined;
  }

  async function save(): Promise<void> {
    if (bundle.value === undefined) return;
    const shownView = view.value?.viewId ?? '';
    const onScreen = new Set([undefined, selectedGroup.value?.groupId]);
    try {
      await database.saveCase({
        bundle: bundle.value,
        run: run.value,
        settings: settings.value,
        limits: limits.value,
        toolArguments: toolArguments.value,
        iterators: iterators.value,
        symbolFiles: symbolFiles.value,
        probes: probes.value,
        viewId: viewId.value,
        selectedGroupId: selectedGroupId.value,
        heatmaps: [...onScreen].flatMap((groupId) => heatmaps.get(shownView, groupId) ?? []),
      });
    } catch {
      notices.tell('storage-unavailable');
    }
  }

  return {
    bundle,
    run,
    runFailure,
    settings,
    limits,
    toolArguments,
    iterators,
    symbolFiles,
    probes,
    known,
    programs,
    chosenProgramId,
    view,
    viewId,
    selectedGroup,
    selectedGroupId,
    heatmap,
    heatmapState,
    restore,
    openListed,
    openFile,
    addSymbols,
    removeSymbols,
    runProgram,
    explainProgram,
    report,
    select,
    showView,
  };
});
