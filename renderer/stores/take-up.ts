/** What the page does when an engine answers, at the start and after every reconnection. */
import type { BundleInfo, BundleListing, HostInfo, RunResult } from '../../electron/host/contract.ts';

export interface ShownCase {
  readonly bundle: BundleInfo | undefined;
  readonly run: RunResult | undefined;
  /** What this tab opened because an engine was started with it. */
  readonly openedStartupId: string | undefined;
}

export type TakeUp =
  /** What the engine was started with. */
  | { readonly kind: 'open-startup'; readonly listing: BundleListing }
  /** Nothing to open and nothing shown. */
  | { readonly kind: 'wait' }
  /** The shown case is the user's, and this engine does not know its recording. */
  | { readonly kind: 'not-held'; readonly name: string }
  | { readonly kind: 'run' }
  /** Ask for what is shown: an engine that no longer has the run says so. */
  | { readonly kind: 'refresh' };

/**
 * A recording somebody named when starting the engine comes before the case this tab kept, once; the
 * sample, which comes by itself, does not push away a case.
 */
export function takeUp(info: HostInfo, { bundle, run, openedStartupId }: ShownCase): TakeUp {
  const startup = info.bundles.find(({ bundleId }) => bundleId === info.startupBundleId);
  const isNew = startup !== undefined && startup.bundleId !== openedStartupId;
  if (startup !== undefined && (bundle === undefined || (isNew && !startup.isSample))) {
    return { kind: 'open-startup', listing: startup };
  }
  if (bundle === undefined) return { kind: 'wait' };
  if (!info.bundles.some(({ bundleId }) => bundleId === bundle.bundleId)) {
    return { kind: 'not-held', name: bundle.name };
  }
  return { kind: run === undefined ? 'run' : 'refresh' };
}
