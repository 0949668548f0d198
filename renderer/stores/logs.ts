/**
 * The logs of the open case and the log probes that are being written for them. Counting is quick and often, so it is
 * no job of the page's: the next count takes the place of one under way.
 */
import { defineStore } from 'pinia';
import { computed, shallowRef, watch } from 'vue';

import type { HostFailure, LogInfo } from '../../electron/host/contract.ts';
import { probeAtLine, probesYaml, proposedName, type WrittenProbe } from '../analysis/log-probes.ts';
import { failureOf } from '../host/host-error.ts';
import { useCase } from './case.ts';
import { useNotices } from './notices.ts';
import { useServices } from './services.ts';

export type LogTemplate = NonNullable<LogInfo['templates']>[number] & { readonly source: string };

export const useLogs = defineStore('logs', () => {
  const { link } = useServices();
  const openCase = useCase();
  const notices = useNotices();

  const logs = shallowRef<readonly LogInfo[]>();
  const templates = shallowRef<readonly LogTemplate[]>();
  /** As they are written; the case's once they are kept. */
  const probes = shallowRef<readonly WrittenProbe[]>([]);
  /** What the engine refuses of them. */
  const refusal = shallowRef<HostFailure>();
  const isCounting = shallowRef(false);
  let counting: string | undefined;

  watch(
    () => openCase.bundle?.bundleId,
    () => {
      logs.value = undefined;
      templates.value = undefined;
      refusal.value = undefined;
      probes.value = openCase.probes;
    },
    { immediate: true },
  );

  const yaml = computed(() => probesYaml(probes.value));
  const isKept = computed(() => yaml.value === probesYaml(openCase.probes));
  const refused = computed(() => {
    const line = /^line (\d+)$/.exec(refusal.value?.at ?? '')?.[1];
    return line === undefined ? undefined : probeAtLine(probes.value, Number(line));
  });

  /** Lines and events of probes, as they are written now; with templates where they are asked for. */
  async function count({ areTemplatesWanted = false } = {}): Promise<void> {
    const bundleId = openCase.bundle?.bundleId;
    if (bundleId === undefined || link.state.value !== 'connected') return;
    await stop();
    const jobId = crypto.randomUUID();
    counting = jobId;
    isCounting.value = true;
    try {
      const answer = await link.api.logs({ jobId, bundleId, probes: yaml.value, areTemplatesWanted });
      if (counting !== jobId) return;
      logs.value = answer.logs;
      refusal.value = undefined;
      if (areTemplatesWanted) templates.value = answer.logs.flatMap(templatesOf);
    } catch (error) {
      if (counting !== jobId) return;
      const failure = failureOf(error);
      if (failure.code === 'bad-probe') refusal.value = failure;
      else if (failure.code !== 'cancelled') notices.report(error);
    } finally {
      if (counting === jobId) [counting, isCounting.value] = [undefined, false];
    }
  }

  async function stop(): Promise<void> {
    if (counting === undefined) return;
    const jobId = counting;
    [counting, isCounting.value] = [undefined, false];
    // It may have ended by itself.
    await link.api.cancel({ jobId }).catch(() => undefined);
  }

  function add(pattern: string, source: string): void {
    const name = proposedName(pattern, new Set(probes.value.map((each) => each.name)));
    probes.value = [...probes.value, { name, source, pattern }];
  }

  function change(index: number, to: Partial<WrittenProbe>): void {
    probes.value = probes.value.map((each, at) => (at === index ? { ...each, ...to } : each));
  }

  function remove(index: number): void {
    probes.value = probes.value.filter((_, at) => at !== index);
  }

  /** Of a probe: how many events it makes; undefined where that is not counted yet. */
  function eventsOf(name: string): number | undefined {
    const counts = (logs.value ?? []).flatMap((log) =>
      log.probes.filter((each) => each.name === `log:${name}`),
    );
    return counts.length === 0 ? undefined : counts.reduce((sum, { events }) => sum + events, 0);
  }

  /** From now on programs of this case may attach to them. */
  function keep(): void {
    openCase.probes = probes.value;
  }

  return {
    logs,
    templates,
    probes,
    yaml,
    refusal,
    refused,
    isCounting,
    isKept,
    count,
    stop,
    add,
    change,
    remove,
    eventsOf,
    keep,
  };
});

function templatesOf({ name, templates = [] }: LogInfo): readonly LogTemplate[] {
  return templates.map((each) => ({ ...each, source: name }));
}
