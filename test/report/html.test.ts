import { describe, expect, it } from 'vitest';

import { findingOf, renderHtmlReport } from '../../electron/report/html.ts';
import type { RunResult } from '../../electron/host/contract.ts';
import { bundleFixture, heatmapFixture, ledgerFixture, runFixture } from './fixture.ts';

function render(run: RunResult, locale: 'en' | 'zh' = 'en'): string {
  return renderHtmlReport({
    bundle: bundleFixture(run),
    run,
    heatmaps: [heatmapFixture(run)],
    versions: { retroprobe: '0.1.0' },
    locale,
    command: ['retroprobe', 'report', "it's.zip"],
  });
}

describe('renderHtmlReport', () => {
  it('gives the same bytes for the same input, however many charts were drawn before', () => {
    const first = render(runFixture(3));
    render(runFixture(7));
    expect(render(runFixture(3))).toBe(first);
  });

  it('escapes names that are markup, in tables and in drawings', () => {
    const html = render(runFixture(3));
    expect(html).toContain('&lt;/script&gt;&lt;b&gt;&quot;\\x1b[2J\\u202e');
    expect(html).not.toContain('<b>"');
    expect(html).not.toContain('\u001b');
  });

  it('shows what a tool prints line by line, and says how it was asked to', () => {
    const tool = {
      name: 'runqlat',
      lines: ['', 'usecs : count', '0 -> 1\t: 7 \u001b'],
      withoutEvent: ['old'],
    };
    const html = render({ ...runFixture(0), histograms: [], tool });
    expect(html).toContain('<pre>usecs : count\n0 -&gt; 1\t: 7 \\x1b</pre>');
    expect(html).toContain('does not describe their events: old');
    expect(html).not.toContain('counted nothing');
    expect(html).toContain('retroprobe report &#39;it&#39;\\&#39;&#39;s.zip&#39;');
  });

  it('tells what windows congestion controls chose', () => {
    const window = { min: 1, median: 20, max: 300 };
    const counts = { mssBytes: 1448, acks: 4_321, recoveries: 2, timeouts: 0, points: [], pointsCut: 0 };
    const one = { algorithm: 'reno', flow: 'a > b', from: 'packets', ...counts, chosen: window };
    const series = Array.from({ length: 60 }, () => ({ ...one, recorded: undefined }));
    const html = render({ ...runFixture(0), histograms: [], flows: { series, flowsCut: 5 } });
    const plain = html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
    expect(plain).toContain('reno a &gt; b 4,321 2 0 1 / 20 / 300 –');
    expect(plain).toContain('and 15 more flows');
  });

  it('tells what programs answered of packets, and the flows of a dissector, in both languages', () => {
    const flows = {
      rows: [{ keys: '192.0.2.1 > 192.0.2.2 icmp, headers at 14 and 34', packets: 6 }],
      packetsCut: 2,
    };
    const packets = { seen: 9, truncated: 0, passedBy: 4, verdicts: { BPF_DROP: 1, BPF_OK: 8 }, flows };
    const attached = [{ program: 'parse', hook: 'packets:flow_dissector', events: 9, packets }];
    const html = render(runFixture(1, { attached }));
    const plain = html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
    expect(plain).toContain('Packets that parse answered Answer Count BPF_OK 8 BPF_DROP 1 4 more are none');
    expect(plain).toContain(
      'Flow Packets 192.0.2.1 &gt; 192.0.2.2 icmp, headers at 14 and 34 6 2 more packets',
    );
    expect(render(runFixture(1, { attached }), 'zh')).toContain('parse 对数据包的裁决');
    expect(render(runFixture(1))).not.toContain('Packets that');
  });

  it('writes a title that looks like a replacement pattern as it is', () => {
    const run = runFixture(1);
    const histograms = run.histograms.map((view) => ({ ...view, title: { en: 'a $& b', zh: '' } }));
    const html = render({ ...run, histograms });
    expect(html).toContain('aria-label="a $&amp; b: ');
    expect(html.match(/<svg width/g)).toBeNull();
  });

  it('loads nothing and holds no script', () => {
    const html = render(runFixture(3));
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/<script|<link|<img|\bsrc=|\bhref=|url\((?!#)/);
  });

  it('says that nothing was lost only when every loss count is zero', () => {
    expect(render(runFixture(1))).toContain('Nothing was lost.');
    for (const kind of [
      'dropped',
      'droppedUncounted',
      'unparsed',
      'unsupported',
      'outOfOrder',
      'withoutClock',
    ] as const) {
      expect(render(runFixture(1, { ledger: ledgerFixture({ [kind]: 1 }) }))).not.toContain(
        'Nothing was lost.',
      );
    }
    expect(render(runFixture(1, { ledger: ledgerFixture({ suspectedLosses: 1 }) }))).not.toContain(
      'Nothing was lost.',
    );
  });

  it('calls records of what stood before the recording no loss', () => {
    const ledger = ledgerFixture({ withoutClock: 477, priorState: 477 });
    const html = render(runFixture(1, { ledger }));
    expect(html).toContain('Records of what was there before, without times: 477. Nothing was lost.');
    expect(render(runFixture(1, { ledger: { ...ledger, withoutClock: 480 } }))).toContain(
      '<b>3</b> events without a usable time',
    );
  });

  it('names the programs that a tool has others in the place of', () => {
    const html = render(runFixture(1, { inPlaceOf: ['kprobe_vfs_read'] }));
    expect(html).toContain('the tool takes either these or those above: kprobe_vfs_read');
  });

  it('draws no chart and still reports when nothing was counted', () => {
    const html = render(
      runFixture(0, { spanNs: undefined, attached: [], ledger: ledgerFixture({ read: 0 }) }),
    );
    expect(html).not.toContain('<svg');
    expect(html).toContain('The program counted nothing');
  });

  it('lists fifty of two hundred groups and counts the rest', () => {
    const html = render(runFixture(200));
    expect(html).toContain('150 more are not listed here');
  });

  it('prints counts beyond a thousand million with all digits', () => {
    const run = runFixture(1, {}, 1e9);
    expect(render(run)).toContain('1,000,000,000,000');
  });

  it('speaks Chinese throughout', () => {
    const html = render(runFixture(2), 'zh');
    expect(html).toContain('lang="zh-CN"');
    expect(html).toContain('没有任何丢失。');
    expect(html).not.toContain('Nothing was lost');
  });
});

describe('findingOf', () => {
  it('names the bounds of the quantiles and the group that reaches the highest slot', () => {
    const slots = (counts: Record<number, number>): Float64Array =>
      Float64Array.from({ length: 20 }, (_, slot) => counts[slot] ?? 0);
    const group = (label: string, counts: Record<number, number>) => ({
      groupId: label,
      label,
      key: label,
      total: 0,
      slots: slots(counts),
    });
    const view = {
      viewId: 'wait',
      map: 'hists',
      title: { en: 'Wait', zh: '等待' },
      unit: 'us',
      groupNoun: { en: 'task', zh: '任务' },
      groups: [group('busy', { 5: 990 }), group('latency', { 12: 10 })],
    };
    expect(findingOf(view, 'en')).toBe(
      '1,000 samples of “Wait”: half under 64 µs, 99 of 100 under 64 µs. Of the 10 from 4.1 ms up, 10 are those of latency; none has more.',
    );
  });
});
