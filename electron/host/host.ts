/**
 * The application behind the contract, the same for every door: which bundles and programs there are,
 * jobs in worker threads, the results of the last runs. Pages come and go; what they opened stays.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

import { Failure } from '../failure.ts';
import { renderHtmlReport } from '../report/html.ts';
import {
  CONTRACT_VERSION,
  type AttachAnswer,
  type BundleInfo,
  type BundleListing,
  type EventsAnswer,
  type Heatmap,
  type HostApi,
  type HostInfo,
  type LogsAnswer,
  type OpenedFile,
  type PageApi,
  type ReportFile,
  type RunResult,
} from './contract.ts';
import { JobRunner, type JobListener } from './jobs/runner.ts';
import { joinSpans } from '../trace/summary.ts';
import type { ProbeFile, RunAnswer } from './jobs/protocol.ts';
import { isObjectFile, ownProgram, readProgramLibrary, type LibraryProgram } from './program-library.ts';
import { programSettings } from './program-settings.ts';
import { heatmapOf, runResult } from './results.ts';
import { iteratorsAsked, limitsAsked, reportCommand, toolAsked } from './run-choices.ts';
import { SymbolLibrary } from './symbol-library.ts';
import { Uploads } from './uploads.ts';
import { appVersions } from './versions.ts';

/** Results kept for heatmaps and reports; a run holds a few MB. */
const RUNS_KEPT_MAX = 16;

/** What the log probes written on the page are called. */
const WRITTEN_PROBES = 'probes.yaml';

export interface HostOptions {
  readonly door: HostInfo['door'];
  /** Bundle to open first, as the user named it. */
  readonly startupPath?: string;
  /** Default: one made in the system's temporary folder, removed on close. */
  readonly cacheFolder?: string;
  readonly programsFolder?: string;
  readonly tracesFolder?: string;
}

export interface Host {
  /** One page's view of the host; progress of its jobs goes to it. */
  connect(page: PageApi): HostApi;
  /** A page went away: what it had not finished uploading goes; its jobs and results stay. */
  disconnect(page: PageApi): void;
  /** A bundle the user named after the start; whoever says hello from now on opens it first. */
  open(path: string): void;
  close(): Promise<void>;
}

interface KnownBundle extends BundleListing {
  readonly path: string;
  info?: BundleInfo;
}

interface KnownRun {
  readonly answer: RunAnswer;
  readonly result: RunResult;
}

const projectFolder = resolve(import.meta.dirname, '..', '..');

export function createHost(options: HostOptions): Host {
  return new ApplicationHost(options);
}

class ApplicationHost implements Host {
  readonly #options: HostOptions;
  readonly #cacheFolder: string;
  readonly #uploads: Uploads;
  readonly #jobs = new JobRunner();
  readonly #bundles = new Map<string, KnownBundle>();
  readonly #programsFolder: string;
  readonly #programs: Map<string, LibraryProgram>;
  readonly #symbolFiles = new SymbolLibrary();
  readonly #runs = new Map<string, KnownRun>();
  #startupBundleId: string | undefined;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#cacheFolder = options.cacheFolder ?? mkdtempSync(join(tmpdir(), 'retroprobe-'));
    mkdirSync(this.#cacheFolder, { recursive: true, mode: 0o700 });
    this.#uploads = new Uploads(this.#cacheFolder);
    this.#programsFolder = options.programsFolder ?? join(projectFolder, 'programs');
    this.#programs = new Map(readProgramLibrary(this.#programsFolder));
    this.#findSamples(options.tracesFolder ?? join(projectFolder, 'traces'));
    if (options.startupPath !== undefined) this.open(options.startupPath);
  }

  connect(page: PageApi): HostApi {
    return {
      hello: async () => this.#hello(),
      beginUpload: async ({ name, sizeBytes }) => ({ uploadId: this.#uploads.begin(name, sizeBytes, page) }),
      appendUpload: async ({ uploadId, bytes }) => ({ receivedBytes: this.#uploads.append(uploadId, bytes) }),
      finishUpload: async ({ uploadId }) => this.#finishUpload(uploadId),
      finishSymbols: async ({ uploadId }) => this.#symbolFiles.add(this.#uploads.finish(uploadId)),
      openBundle: async ({ jobId, bundleId }) => this.#openBundle(page, jobId, bundleId),
      programSettings: async ({ programId }) => programSettings(this.#program(programId)),
      run: async (call) => this.#run(page, call),
      explain: async (call) => this.#explain(page, call),
      logs: async (call) => this.#logs(page, call),
      events: async (call) => this.#events(page, call),
      heatmap: async ({ runId, viewId, groupId }) => this.#heatmap(runId, viewId, groupId),
      report: async ({ runId, locale }) => this.#report(runId, locale),
      cancel: async ({ jobId }) => this.#jobs.cancel(jobId) || this.#uploads.drop(jobId),
      pause: async ({ jobId, isPaused }) => this.#jobs.pause(jobId, isPaused),
    };
  }

  disconnect(page: PageApi): void {
    this.#uploads.dropOf(page);
  }

  open(named: string): void {
    const path = resolve(named);
    const bundleId = idOfPath(path);
    this.#bundles.set(bundleId, { bundleId, name: basename(path), isSample: false, path });
    this.#startupBundleId = bundleId;
  }

  async close(): Promise<void> {
    await this.#jobs.close();
    this.#uploads.close();
    if (this.#options.cacheFolder === undefined) rmSync(this.#cacheFolder, { recursive: true, force: true });
  }

  #findSamples(folder: string): void {
    for (const file of readdirSync(folder)
      .filter((name) => name.endsWith('.zip'))
      .sort()) {
      const bundleId = `sample-${file.replace(/\.zip$/, '')}`;
      this.#bundles.set(bundleId, { bundleId, name: file, isSample: true, path: join(folder, file) });
      this.#startupBundleId ??= bundleId;
    }
  }

  #hello(): HostInfo {
    const versions = appVersions();
    return {
      contractVersion: CONTRACT_VERSION,
      appVersion: versions.retroprobe,
      door: this.#options.door,
      versions,
      bundles: [...this.#bundles.values()].map(listing),
      programs: [...this.#programs.values()].map(({ listing }) => listing),
      startupBundleId: this.#startupBundleId,
    };
  }

  #finishUpload(uploadId: string): OpenedFile {
    const { name, path, sha256 } = this.#uploads.finish(uploadId);
    if (isObjectFile(path)) {
      const program = ownProgram(path, sha256, this.#programsFolder);
      this.#programs.set(program.listing.programId, program);
      return { kind: 'program', program: program.listing };
    }
    const known = { bundleId: sha256.slice(0, 16), name, isSample: false, path };
    this.#bundles.set(known.bundleId, known);
    return { kind: 'bundle', bundle: listing(known) };
  }

  async #openBundle(page: PageApi, jobId: string, bundleId: string): Promise<BundleInfo> {
    const known = this.#bundle(bundleId);
    if (known.info !== undefined) return known.info;
    const cacheFolder = this.#cacheFolder;
    const { path } = known;
    const job = { kind: 'open', bundleId, path, cacheFolder, summaryFolder: cacheFolder } as const;
    const answer = await this.#jobs.run(jobId, job, reporter(page, jobId));
    if (answer.kind !== 'opened') throw new Error(`an open job answered ${answer.kind}`);
    known.info = answer.info;
    return answer.info;
  }

  async #run(page: PageApi, call: Parameters<HostApi['run']>[0]): Promise<RunResult> {
    const { jobId, bundleId, programId, probes, ...choices } = call;
    const { settings, limits, iterators, toolArguments, symbolFiles } = choices;
    const known = this.#bundle(bundleId);
    const program = this.#program(programId);
    const startedAt = performance.now();
    const answer = await this.#jobs.run(
      jobId,
      {
        kind: 'run',
        path: known.path,
        cacheFolder: this.#cacheFolder,
        objectPath: program.objectPath,
        manifestPath: program.manifestPath,
        tool: toolAsked(program, toolArguments),
        settings,
        limits: limitsAsked(limits),
        iterators: iteratorsAsked(iterators),
        symbolUploads: symbolFiles?.map((file) => this.#symbolFiles.uploadOf(file)),
        probeFiles: probeFiles(probes),
        spanNs: known.info?.sources.map((source) => source.spanNs).reduce(joinSpans, undefined),
      },
      reporter(page, jobId),
    );
    if (answer.kind !== 'ran') throw new Error(`a run job answered ${answer.kind}`);
    const ids = { runId: randomUUID(), bundleId, programId, elapsedMs: performance.now() - startedAt };
    const result = { ...runResult(answer.answer, ids), ...choices };
    this.#keepRun(result.runId, { answer: answer.answer, result });
    return result;
  }

  async #explain(page: PageApi, call: Parameters<HostApi['explain']>[0]): Promise<AttachAnswer> {
    const { jobId, bundleId, programId, settings, probes } = call;
    const { path } = this.#bundle(bundleId);
    const { objectPath, manifestPath } = this.#program(programId);
    const files = { path, cacheFolder: this.#cacheFolder, objectPath, manifestPath };
    const job = { kind: 'explain', ...files, settings, probeFiles: probeFiles(probes) } as const;
    const answer = await this.#jobs.run(jobId, job, reporter(page, jobId));
    if (answer.kind !== 'explained') throw new Error(`an explain job answered ${answer.kind}`);
    return answer.answer;
  }

  async #logs(page: PageApi, call: Parameters<HostApi['logs']>[0]): Promise<LogsAnswer> {
    const { jobId, bundleId, probes, areTemplatesWanted } = call;
    const { path } = this.#bundle(bundleId);
    const cacheFolder = this.#cacheFolder;
    const job = {
      kind: 'logs',
      path,
      cacheFolder,
      areTemplatesWanted,
      probeFiles: probeFiles(probes),
    } as const;
    const answer = await this.#jobs.run(jobId, job, reporter(page, jobId));
    if (answer.kind !== 'logged') throw new Error(`a logs job answered ${answer.kind}`);
    return answer.answer;
  }

  async #events(page: PageApi, call: Parameters<HostApi['events']>[0]): Promise<EventsAnswer> {
    const { jobId, bundleId, types, from, count, probes } = call;
    const { path } = this.#bundle(bundleId);
    const cacheFolder = this.#cacheFolder;
    const job = {
      kind: 'events',
      path,
      cacheFolder,
      types,
      from,
      count,
      probeFiles: probeFiles(probes),
    } as const;
    const answer = await this.#jobs.run(jobId, job, reporter(page, jobId));
    if (answer.kind !== 'listed') throw new Error(`an events job answered ${answer.kind}`);
    return answer.answer;
  }

  #heatmap(runId: string, viewId: string, groupId: string | undefined): Heatmap {
    const heatmap = heatmapOf(this.#knownRun(runId).answer, viewId, groupId);
    if (heatmap === undefined)
      throw new Failure('host', 'no-heatmap', `no heatmap ${viewId} of ${groupId ?? 'all'}`);
    return heatmap;
  }

  #report(runId: string, locale: 'en' | 'zh'): ReportFile {
    const { answer, result } = this.#knownRun(runId);
    const bundle = this.#bundle(result.bundleId).info;
    if (bundle === undefined) throw new Failure('host', 'unknown-run', 'the bundle of this run is not open');
    const heatmaps = answer.histograms.flatMap(({ view }) => heatmapOf(answer, view.viewId, undefined) ?? []);
    const command = reportCommand(bundle.name, basename(this.#program(result.programId).objectPath), result);
    const html = renderHtmlReport({
      ...{ bundle, run: result, heatmaps, versions: appVersions(), locale, command },
    });
    const fileName = `${bundle.name.replace(/\.[a-z0-9]+$/i, '')}-${result.programId.replaceAll('/', '-')}.html`;
    return { fileName, mediaType: 'text/html', bytes: new TextEncoder().encode(html) };
  }

  #keepRun(runId: string, run: KnownRun): void {
    this.#runs.set(runId, run);
    const [oldest] = this.#runs.keys();
    if (this.#runs.size > RUNS_KEPT_MAX && oldest !== undefined) this.#runs.delete(oldest);
  }

  #program(programId: string): LibraryProgram {
    const program = this.#programs.get(programId);
    if (program === undefined) throw new Failure('host', 'unknown-program', `no program ${programId}`);
    return program;
  }

  #bundle(bundleId: string): KnownBundle {
    const known = this.#bundles.get(bundleId);
    if (known === undefined)
      throw new Failure('host', 'unknown-bundle', 'this recording is not open here any more');
    return known;
  }

  #knownRun(runId: string): KnownRun {
    const run = this.#runs.get(runId);
    if (run === undefined)
      throw new Failure('host', 'unknown-run', 'this run is not held any more; run it again');
    return run;
  }
}

/** Those written on the page: none where nothing is written. */
function probeFiles(text: string | undefined): readonly ProbeFile[] {
  if (text === undefined || text.trim() === '') return [];
  return [{ name: WRITTEN_PROBES, bytes: Buffer.from(text) }];
}

/** Another id once the file changes, so that a page does not take a new recording for the one it shows. */
function idOfPath(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return createHash('sha256').update(`${path}\0${stat?.mtimeMs}\0${stat?.size}`).digest('hex').slice(0, 16);
}

function listing({ bundleId, name, isSample }: KnownBundle): BundleListing {
  return { bundleId, name, isSample };
}

function reporter(page: PageApi, jobId: string): JobListener {
  return {
    onProgress: ({ phase, fraction, events, elapsedNs }) =>
      page.onProgress({ jobId, phase, fraction, events, elapsedNs }),
    onOutline: (info) => page.onOutline({ jobId, info }),
  };
}
