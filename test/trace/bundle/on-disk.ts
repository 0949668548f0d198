/** Files and folders that a test makes and that go with it, and bundles opened from them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished, type TestContext } from 'vitest';
import { openBundle } from '../../../electron/trace/bundle/bundle.ts';
import type { Bundle, OpenBundleOptions } from '../../../electron/trace/bundle/bundle.ts';
import { makeTraceDat } from '../formats/trace-dat/make-trace-dat.ts';

/** A recording of one event. */
export const RECORDING = makeTraceDat({ isLittleEndian: true, longSizeBytes: 8 }, [
  [{ time: 1000n, entries: [{ kind: 'tick', delta: 5, value: 1 }] }],
]).file;

export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'retroprobe-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A folder with these files in it. */
export function folderOf(files: Readonly<Record<string, Uint8Array | string>>): string {
  const path = folder();
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), bytes);
  }
  return path;
}

export function file(name: string, bytes: Uint8Array | string): string {
  return join(folderOf({ [name]: bytes }), name);
}

export async function open(path: string, options?: OpenBundleOptions): Promise<Bundle> {
  const bundle = await openBundle(path, options);
  onTestFinished(() => bundle.close());
  return bundle;
}

export async function countEvents(bundle: Bundle): Promise<number[]> {
  const counts: number[] = [];
  for (const source of bundle.sources) {
    for await (const _batch of source.batches());
    counts.push(source.ledger.read);
  }
  return counts;
}

/** What a tool of this machine prints, given bytes; skips the test where there is no such tool. */
export function toolOutput(
  context: TestContext,
  tool: string,
  args: readonly string[],
  input?: Uint8Array,
  cwd?: string,
): Buffer {
  const { stdout, error, status, stderr } = spawnSync(tool, args, { input, cwd, maxBuffer: 1 << 30 });
  if (error !== undefined && 'code' in error && error.code === 'ENOENT') context.skip(`${tool} is not there`);
  if (status !== 0) throw new Error(`${tool} ${args.join(' ')}: ${stderr.toString()}`);
  return stdout;
}
