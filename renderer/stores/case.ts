/**
 * The open case: a bundle, the result of a program run over it, and what of it is looked at. Survives
 * a reload through the database, and a restart of the engine by running again.
 */
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';

import type {
  BundleInfo,
  BundleListing,
  Heatmap,
  HostFailure,
  HostInfo,
  ReportFile,
  RunResult,
} from '../../electron/host/contract.ts';
import { failureOf } from '../host/host-error.ts';
import { uploadFile } from '../host/upload.ts';
import { useJob } from './job.ts';
import { useNotices } from './notices.ts';
import { useServices } from './services.ts';

/** Heatmaps kept for a run; one of 96 by 26 cells is 20 KB. */
const HEATMAPS_KEPT_MAX = 200;

/** Marks, for the life of the tab, the bundle that was opened because the engine was started with it. */
const STARTUP_KEY = 'retroprobe.startup';

export const useCase = defineStore('case', () => {
  const { link, database } = useServices();
  const jobs = useJob();
  const notices = useNotices();

  const bundle = shallowRef<BundleInfo>();
  const run = shallowRef<RunResult>();
  const viewId = ref<string>();
  const selectedGroupId = ref<string>();
  const heatmaps = shallowRef<ReadonlyMap<string, Heatmap>>(new Map());
  /** Why the last run of the open bundle gave no result. */
  const runFailure = shallowRef<HostFailure>();
  /** Bundles the host can open without an upload. */
  const known = shallowRef<readonly BundleListing[]>([]);
  const heatmapState = ref<'ready' | 'loading' | 'unavailable' | 'failed'>('ready');
  /** Asked for and not answered yet. */
  const heatmapsAsked = new Set<string>();
  /** Until the database has answered nothing is known, not even that there is nothing. */
  const isRestored = ref(false);
  /** Programs that are run again quietly must not be run twice at once. */
  let rerun: Promise<void> | undefined;

  const view = computed(() => {
    const views = run.value?.histograms ?? [];
    return views.find((each) => each.viewId === viewId.value) ?? views[0];
  });
  const selectedGroup = computed(() =>
    view.value?.groups.find(({ groupId }) => groupId === selectedGroupId.value),
  );
  const heatmap = computed(
    () => view.value && heatmaps.value.get(heatmapKey(view.value.viewId, selectedGroup.value?.groupId)),
  );

  async function restore(): Promise<void> {
    try {
      const stored = await database.loadCase();
      if (stored !== undefined) {
        bundle.value = stored.bundle;
        run.value = stored.run;
        viewId.value = stored.viewId;
        selectedGroupId.value = stored.selectedGroupId;
        heatmaps.value = new Map(
          stored.heatmaps.map((each) => [heatmapKey(each.viewId, each.groupId), each]),
        );
      }
    } catch {
      notices.tell('storage-unavailable');
    }
    isRestored.value = true;
    watch([bundle, run, viewId, selectedGroupId, heatmap], () => void save());
    watch([view, selectedGroup], () => void fetchHeatmap());
    link.onConnected((info) => void takeUp(info));
  }

  /** What to do when the engine answers: what it was started with, or the case that is already here. */
  async function takeUp(info: HostInfo): Promise<void> {
    known.value = info.bundles;
    const startup = info.bundles.find(({ bundleId }) => bundleId === info.startupBundleId);
    const isNew = startup !== undefined && sessionStorage.getItem(STARTUP_KEY) !== startup.bundleId;
    if (startup !== undefined && isNew && (bundle.value === undefined || !startup.isSample)) {
      sessionStorage.setItem(STARTUP_KEY, startup.bundleId);
      return openListed(startup.bundleId, startup.name);
    }
    const shown = bundle.value;
    if (shown === undefined) return;
    if (!info.bundles.some(({ bundleId }) => bundleId === shown.bundleId))
      return notices.tell('case-not-held', shown.name);
    return run.value === undefined ? runProgram() : fetchHeatmap({ isFresh: true });
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
    if (jobs.isBusy) return;
    try {
      const listing = await jobs.perform(file.name, 'upload', (jobId, signal) =>
        uploadFile(link.api, file, { signal, onProgress: (fraction) => jobs.update(jobId, { fraction }) }),
      );
      known.value = [...known.value.filter(({ bundleId }) => bundleId !== listing.bundleId), listing];
      await openListed(listing.bundleId, listing.name);
    } catch (error) {
      notices.report(error);
    }
  }

  /** Runs a program, by default the one that ran last, else the host's first. */
  async function runProgram(
    programId = run.value?.programId ?? link.info.value?.programs[0]?.programId,
  ): Promise<void> {
    const shown = bundle.value;
    if (shown === undefined || jobs.isBusy) return;
    if (programId === undefined) return notices.tell('no-programs');
    runFailure.value = undefined;
    try {
      showRun(await performRun(shown, programId));
    } catch (error) {
      runFailure.value = failureOf(error);
      notices.report(error);
    }
  }

  function performRun({ bundleId, name }: BundleInfo, programId: string): Promise<RunResult> {
    return jobs.perform(name, 'verify', (jobId) => link.api.run({ jobId, bundleId, programId }));
  }

  /** The heatmap of what is looked at, where the page has none yet. */
  async function fetchHeatmap({ isFresh = false } = {}): Promise<void> {
    const shownView = view.value;
    if (shownView === undefined || run.value === undefined) return;
    if (heatmap.value !== undefined && !isFresh) {
      heatmapState.value = 'ready';
      return;
    }
    const groupId = selectedGroup.value?.groupId;
    if (heatmap.value === undefined) heatmapState.value = 'loading';
    const { bundleId, programId } = run.value;
    const asked = JSON.stringify([bundleId, programId, shownView.viewId, groupId ?? null]);
    if (heatmapsAsked.has(asked)) return;
    heatmapsAsked.add(asked);
    const isSameRun = (): boolean => run.value?.bundleId === bundleId && run.value.programId === programId;
    const isStillShown = (): boolean =>
      view.value?.viewId === shownView.viewId && selectedGroup.value?.groupId === groupId;
    try {
      const fetched = await askAgainAfterRestart(() =>
        link.api.heatmap({
          runId: run.value?.runId ?? '',
          viewId: shownView.viewId,
          ...(groupId !== undefined && { groupId }),
        }),
      );
      if (!isSameRun()) return;
      keepHeatmap(fetched);
      if (isStillShown()) heatmapState.value = 'ready';
    } catch (error) {
      if (!isStillShown()) return;
      const { code } = failureOf(error);
      if (heatmap.value !== undefined) heatmapState.value = 'ready';
      else heatmapState.value = code === 'no-heatmap' ? 'unavailable' : 'failed';
      if (code !== 'no-heatmap' && code !== 'disconnected') notices.report(error);
    } finally {
      heatmapsAsked.delete(asked);
    }
  }

  /** The engine's own HTML report of the run that is shown. */
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
    showRun(await performRun(shown, before.programId), { keepsSelection: true });
  }

  function show(opened: BundleInfo): void {
    bundle.value = opened;
    run.value = undefined;
    runFailure.value = undefined;
    heatmaps.value = new Map();
    selectedGroupId.value = undefined;
  }

  function showRun(result: RunResult, { keepsSelection = false } = {}): void {
    heatmaps.value = new Map();
    run.value = result;
    if (keepsSelection) return;
    viewId.value = result.histograms[0]?.viewId;
    selectedGroupId.value = undefined;
  }

  function keepHeatmap(fetched: Heatmap): void {
    const kept = [...heatmaps.value].slice(-HEATMAPS_KEPT_MAX);
    heatmaps.value = new Map([...kept, [heatmapKey(fetched.viewId, fetched.groupId), fetched]]);
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
    const onScreen = [undefined, selectedGroup.value?.groupId].map((groupId) =>
      heatmapKey(shownView, groupId),
    );
    try {
      await database.saveCase({
        bundle: bundle.value,
        run: run.value,
        viewId: viewId.value,
        selectedGroupId: selectedGroupId.value,
        heatmaps: [...heatmaps.value].filter(([key]) => onScreen.includes(key)).map(([, kept]) => kept),
      });
    } catch {
      notices.tell('storage-unavailable');
    }
  }

  return {
    bundle,
    run,
    runFailure,
    known,
    view,
    viewId,
    selectedGroup,
    selectedGroupId,
    heatmap,
    heatmapState,
    isRestored,
    restore,
    openListed,
    openFile,
    runProgram,
    report,
    select,
    showView,
  };
});

function heatmapKey(viewId: string, groupId: string | undefined): string {
  return JSON.stringify([viewId, groupId ?? null]);
}
