/** Starts jobs in worker threads, hears their progress, cancels them. */
import { Worker } from 'node:worker_threads';

import { Failure } from '../../failure.ts';
import { cancelledFailure, failureOf } from '../failures.ts';
import type { BundleInfo } from '../contract.ts';
import { JOB_STATE, type Job, type JobAnswer, type JobStart } from './protocol.ts';

/** A cancelled job that has not looked at its flag by then is ended from outside. */
const CANCEL_GRACE_MS = 2_000;

/** Two cores are common; a third job waits for the disk more than it works. */
const JOBS_MAX = 8;

type FinalAnswer = Exclude<JobAnswer, { kind: 'progress' | 'outlined' | 'failed' }>;

/** What is heard of a job while it runs. */
export interface JobListener {
  onProgress(progress: Extract<JobAnswer, { kind: 'progress' }>): void;
  onOutline?(info: BundleInfo): void;
}

interface RunningJob {
  readonly worker: Worker;
  readonly state: Int32Array;
  isCancelled: boolean;
}

export class JobRunner {
  readonly #running = new Map<string, RunningJob>();

  /** Throws Failure: the job's own, `cancelled`, `job-crashed`, `too-many-jobs`, `job-exists`. */
  async run(jobId: string, job: Job, listener: JobListener): Promise<FinalAnswer> {
    if (this.#running.has(jobId))
      throw new Failure('host', 'job-exists', `a job ${jobId} is running already`);
    if (this.#running.size >= JOBS_MAX)
      throw new Failure('host', 'too-many-jobs', `${JOBS_MAX} jobs are running already`);
    const state = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(workerUrl(), { workerData: { job, state } satisfies JobStart });
    const running: RunningJob = { worker, state, isCancelled: false };
    this.#running.set(jobId, running);
    try {
      return await answerOf(running, listener);
    } finally {
      this.#running.delete(jobId);
      await worker.terminate();
    }
  }

  /** False where no such job is running. */
  cancel(jobId: string): boolean {
    const running = this.#running.get(jobId);
    if (running === undefined) return false;
    running.isCancelled = true;
    tell(running, JOB_STATE.cancelled);
    setTimeout(() => void running.worker.terminate(), CANCEL_GRACE_MS).unref();
    return true;
  }

  /** False where no such job is running. */
  pause(jobId: string, isPaused: boolean): boolean {
    const running = this.#running.get(jobId);
    if (running === undefined || running.isCancelled) return false;
    tell(running, isPaused ? JOB_STATE.paused : JOB_STATE.running);
    return true;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ worker }) => worker.terminate()));
  }
}

function tell({ state }: RunningJob, word: number): void {
  Atomics.store(state, 0, word);
  Atomics.notify(state, 0);
}

function answerOf(running: RunningJob, listener: JobListener): Promise<FinalAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<FinalAnswer>();
  running.worker.on('message', (answer: JobAnswer) => {
    if (answer.kind === 'progress') listener.onProgress(answer);
    else if (answer.kind === 'outlined') listener.onOutline?.(answer.info);
    else if (answer.kind === 'failed') reject(failureOf(answer.failure));
    else resolve(answer);
  });
  running.worker.on('error', (error) => {
    console.error(error);
    reject(new Failure('host', 'job-crashed', `the job ended early: ${error.message}`));
  });
  running.worker.on('exit', (code) => {
    reject(
      running.isCancelled
        ? cancelledFailure()
        : new Failure('host', 'job-crashed', `the job ended early, code ${code}`),
    );
  });
  return promise;
}

/** Beside this file as a source, beside the bundled engine in the packaged app. */
function workerUrl(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './job-worker.js', import.meta.url);
}
