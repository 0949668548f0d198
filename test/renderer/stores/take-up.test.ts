import { describe, expect, it } from 'vitest';

import { takeUp } from '../../../renderer/stores/take-up.ts';
import { fakeBundle, fakeRun } from '../fake-case.ts';
import { fakeHost } from '../fake-host.ts';

const { info } = fakeHost();
const { run } = fakeRun();
const sample = fakeBundle();
const mine = fakeBundle({ bundleId: 'uploaded', name: 'mine.zip' });
const named = { ...info, startupBundleId: 'uploaded' };

describe('takeUp', () => {
  it('opens the sample where nothing is shown, also when the tab opened it before', () => {
    const nothing = { bundle: undefined, run: undefined };
    expect(takeUp(info, { ...nothing, openedStartupId: undefined }).kind).toBe('open-startup');
    expect(takeUp(info, { ...nothing, openedStartupId: sample.bundleId }).kind).toBe('open-startup');
  });

  it('does not push a case away for the sample', () => {
    expect(takeUp(info, { bundle: mine, run, openedStartupId: undefined }).kind).toBe('refresh');
  });

  it('opens a recording the engine was started with in place of a case, once', () => {
    expect(takeUp(named, { bundle: sample, run, openedStartupId: undefined })).toMatchObject({
      kind: 'open-startup',
      listing: { bundleId: 'uploaded' },
    });
    expect(takeUp(named, { bundle: sample, run, openedStartupId: 'uploaded' }).kind).toBe('refresh');
  });

  it('keeps a case whose recording the engine does not know, and says so', () => {
    const unknown = fakeBundle({ bundleId: 'gone', name: 'gone.zip' });
    expect(takeUp(info, { bundle: unknown, run, openedStartupId: undefined })).toEqual({
      kind: 'not-held',
      name: 'gone.zip',
    });
  });

  it('runs what was opened and not run', () => {
    expect(takeUp(info, { bundle: sample, run: undefined, openedStartupId: sample.bundleId }).kind).toBe(
      'run',
    );
  });

  it('waits where there is nothing to open', () => {
    const empty = { ...info, bundles: [], startupBundleId: undefined };
    expect(takeUp(empty, { bundle: undefined, run: undefined, openedStartupId: undefined }).kind).toBe(
      'wait',
    );
  });
});
