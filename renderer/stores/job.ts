/** The one long thing the page has under way, its progress, and how to stop it. */
import { defineStore } from 'pinia';
import { computed, shallowRef } from 'vue';

import type { BundleInfo, Progress } from '../../electron/host/contract.ts';
import { useNotices } from './notices.ts';
import { useServices } from './services.ts';

export interface Job {
  readonly jobId: string;
  /** What it works on, for people. */
  readonly subject: string;
  readonly phase: Progress['phase'];
  /** 0 to 1. */
  readonly fraction: number;
  readonly events: number;
  /** Of the recording, since its first event; undefined where nothing is replayed. */
  readonly elapsedNs: number | undefined;
  readonly isPaused: boolean;
  readonly isCancelling: boolean;
  /** What is told of a bundle that is being opened, before its events are counted. */
  readonly outline: BundleInfo | undefined;
}

export const useJob = defineStore('job', () => {
  const { link } = useServices();
  const notices = useNotices();
  const job = shallowRef<Job>();
  let abort = new AbortController();

  link.onProgress(({ jobId, phase, fraction, events, elapsedNs }) =>
    update(jobId, { phase, fraction, events, elapsedNs }),
  );
  link.onOutline(({ jobId, info }) => update(jobId, { outline: info }));

  /** Runs `work` as the job; one at a time. Throws what `work` throws. */
  async function perform<T>(
    subject: string,
    phase: Progress['phase'],
    work: (jobId: string, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const jobId = crypto.randomUUID();
    abort = new AbortController();
    job.value = {
      jobId,
      subject,
      phase,
      fraction: 0,
      events: 0,
      elapsedNs: undefined,
      isPaused: false,
      isCancelling: false,
      outline: undefined,
    };
    try {
      return await work(jobId, abort.signal);
    } finally {
      if (job.value?.jobId === jobId) job.value = undefined;
    }
  }

  function update(jobId: string, change: Partial<Job>): void {
    if (job.value?.jobId === jobId) job.value = { ...job.value, ...change };
  }

  async function cancel(): Promise<void> {
    if (job.value === undefined) return;
    const { jobId } = job.value;
    update(jobId, { isCancelling: true });
    abort.abort();
    try {
      await link.api.cancel({ jobId });
    } catch (error) {
      // The job ends by itself, or the link did and took it along; either way this is to be seen.
      notices.report(error);
    }
  }

  /** Holds the job, or lets it go on. */
  async function togglePause(): Promise<void> {
    if (job.value === undefined) return;
    const { jobId, isPaused } = job.value;
    try {
      if (await link.api.pause({ jobId, isPaused: !isPaused })) update(jobId, { isPaused: !isPaused });
    } catch (error) {
      notices.report(error);
    }
  }

  return { job, isBusy: computed(() => job.value !== undefined), perform, update, cancel, togglePause };
});
