import { describe, expect, it } from 'vitest';

import { renderInfo, renderRun } from '../../electron/report/text.ts';
import { bundleFixture, ledgerFixture, runFixture } from './fixture.ts';

describe('renderRun', () => {
  it('prints no control character but the line feed, whatever a thread is called', () => {
    // eslint-disable-next-line no-control-regex -- what must not be there
    expect(renderRun(runFixture(3))).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });

  it('keeps every line within 100 columns', () => {
    const long = runFixture(200, { missing: [{ what: 'x'.repeat(300), count: 1 }] }, 1e12);
    expect(
      Math.max(
        ...renderRun(long)
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(100);
  });

  it('draws ten groups and counts the rest', () => {
    expect(renderRun(runFixture(200))).toContain('and 190 smaller groups with');
  });

  it('prints the maps that no histogram shows', () => {
    const text = renderRun(runFixture(2));
    expect(text).toContain('Map start');
    expect(text).not.toContain('Map hists');
  });

  it('prints what programs answered of packets, most first, and what they did not see', () => {
    const packets = { seen: 9, truncated: 2, passedBy: 0, verdicts: { XDP_DROP: 1, XDP_PASS: 8 } };
    const attached = [{ program: 'guard', hook: 'packets:xdp', events: 9, packets }];
    expect(renderRun(runFixture(1, { attached }))).toContain(
      'Packets that guard answered\n  XDP_PASS  8\n  XDP_DROP  1\n  2 of them were cut by the capture.\n',
    );
  });

  it('marks losses, and says that nothing was lost only without any', () => {
    expect(renderRun(runFixture(1))).toContain('nothing was lost');
    const lossy = renderRun(runFixture(1, { ledger: ledgerFixture({ droppedUncounted: 2 }) }));
    expect(lossy).toContain('! 2 gaps');
    expect(lossy).not.toContain('nothing was lost');
  });
});

describe('renderInfo', () => {
  it('wraps what the case file says, and cuts none of it', () => {
    const what = Array.from({ length: 60 }, (_, index) => `word${index}`);
    const bundle = bundleFixture(runFixture(1));
    const caseFile = { title: 't', where: '', kernel: '', how: '', what: what.join(' ') };
    const text = renderInfo({ ...bundle, caseFile });
    for (const word of what) expect(text).toContain(word);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('names the members that were not read, with the reason', () => {
    expect(renderInfo(bundleFixture(runFixture(1)))).toContain('notes.bin: no format this version reads');
  });
});
