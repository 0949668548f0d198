/** The entry of a job's worker thread: performs the one job it was started with, answers, ends. */
import { parentPort, workerData } from 'node:worker_threads';

import { cancelledFailure, hostFailure } from '../failures.ts';
import { performEvents } from './events.ts';
import { performExplain } from './explain.ts';
import { performLogs } from './logs.ts';
import { performOpen, performRun, type JobControl } from './perform.ts';
import { JOB_STATE, type JobAnswer, type JobStart } from './protocol.ts';

/** Progress more often than this is noise on a screen and load on a channel. */
const PROGRESS_INTERVAL_MS = 50;

if (parentPort === null) throw new Error('worker.ts is the entry of a worker thread');
const port = parentPort;
const answer = (message: JobAnswer): void => port.postMessage(message);

const { job, state } = workerData as JobStart;
const abort = new AbortController();
let reportedAt = 0;
let reportedPhase = '';

const control: JobControl = {
  signal: abort.signal,
  onProgress(phase, fraction, events, elapsedNs) {
    Atomics.wait(state, 0, JOB_STATE.paused);
    if (Atomics.load(state, 0) === JOB_STATE.cancelled && !abort.signal.aborted)
      abort.abort(cancelledFailure());
    const now = performance.now();
    if (phase === reportedPhase && now - reportedAt < PROGRESS_INTERVAL_MS) return;
    reportedAt = now;
    reportedPhase = phase;
    answer({ kind: 'progress', phase, fraction, events, elapsedNs });
  },
  onOutline: (info) => answer({ kind: 'outlined', info }),
};

try {
  if (job.kind === 'open') answer({ kind: 'opened', info: await performOpen(job, control) });
  else if (job.kind === 'explain') answer({ kind: 'explained', answer: await performExplain(job, control) });
  else if (job.kind === 'logs') answer({ kind: 'logged', answer: await performLogs(job, control) });
  else if (job.kind === 'events') answer({ kind: 'listed', answer: await performEvents(job, control) });
  else answer({ kind: 'ran', answer: await performRun(job, control) });
} catch (error) {
  const failure = hostFailure(error);
  if (failure.code === 'internal') console.error(error);
  answer({ kind: 'failed', failure });
}
