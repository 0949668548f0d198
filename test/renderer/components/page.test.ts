import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { BundleInfo } from '../../../electron/host/contract.ts';
import { emptyCounts, fakeBundle } from '../fake-case.ts';
import { memoryDatabase, mountPage, type MountedPage } from '../mount-page.ts';

// Every test mounts the whole page, on a machine that may be busy.
vi.setConfig({ testTimeout: 20_000 });

let mounted: MountedPage | undefined;

async function open(...options: Parameters<typeof mountPage>): Promise<MountedPage> {
  mounted = await mountPage(...options);
  return mounted;
}

beforeEach(() => sessionStorage.clear());
afterEach(() => mounted?.page.unmount());

/** Without what a panel asks for beside: when it does says nothing of the case. */
const methods = ({ host }: MountedPage): string[] =>
  host.calls.map(({ method }) => method).filter((method) => method !== 'programSettings');
const rowLabels = ({ page }: MountedPage): string[] =>
  page.findAll('[role="gridcell"].is-label').map((cell) => cell.text());

/** Drops one file on the window, as a browser tells it. */
async function drop(files: readonly File[], isDirectory = false): Promise<void> {
  const event = new Event('drop', { cancelable: true });
  const dataTransfer = {
    types: ['Files'],
    files,
    items: [{ webkitGetAsEntry: () => ({ isDirectory, name: files[0]?.name }) }],
  };
  Object.assign(event, { dataTransfer });
  window.dispatchEvent(event);
  await flushPromises();
}

describe('opening', () => {
  it('opens what the engine was started with, runs the first program and draws its heatmap', async () => {
    const now = await open();
    expect(methods(now)).toEqual(['openBundle', 'run', 'heatmap']);
    expect(now.page.get('[data-test="case-name"]').text()).toContain('gateway-stall.zip');
    expect(now.page.text()).toContain('Uplink stalls for two seconds');
    expect(now.page.findAll('[role="img"]')).toHaveLength(2);
  });

  it('uploads a dropped file in pieces, opens and runs it', async () => {
    const now = await open();
    now.host.calls.length = 0;
    await drop([new File([new Uint8Array(5 * 1024 * 1024)], 'mine.zip')]);
    await expect
      .poll(() => methods(now))
      .toEqual([
        'beginUpload',
        'appendUpload',
        'appendUpload',
        'finishUpload',
        'openBundle',
        'run',
        'heatmap',
      ]);
    expect(now.page.get('[data-test="case-name"]').text()).toContain('mine.zip');
  });

  it('says of a folder that it must be zipped, and uploads nothing', async () => {
    const now = await open();
    now.host.calls.length = 0;
    await drop([new File([], 'traces')], true);
    expect(now.page.get('[role="alert"]').text()).toContain('Zip it');
    expect(methods(now)).toEqual([]);
  });

  it('keeps the case before and names file, place and reason when a bundle cannot be opened', async () => {
    const now = await open();
    now.host.fail('openBundle', {
      layer: 'bundle',
      code: 'truncated',
      file: 'mine.zip',
      at: 'byte 4096',
      reason: 'the archive ends inside an entry',
    });
    await drop([new File(['x'], 'mine.zip')]);
    await expect.poll(() => now.page.find('[role="alert"]').exists()).toBe(true);
    const banner = now.page.get('[role="alert"]');
    for (const part of ['mine.zip', 'byte 4096', 'the archive ends inside an entry'])
      expect(banner.text()).toContain(part);
    expect(now.page.get('[data-test="case-name"]').text()).toContain('gateway-stall.zip');
    await banner.get('button').trigger('click');
    expect(now.page.find('[role="alert"]').exists()).toBe(false);
  });

  it('shows the recording and why the program did not run, and runs it when asked again', async () => {
    const now = await open({ isConnected: false });
    now.host.fail('run', {
      layer: 'replay',
      code: 'field-not-recorded',
      file: 'runqlat.bpf.o',
      reason: 'no sched_wakeup recorded',
    });
    await now.connect();
    const results = now.page.get('main');
    expect(results.text()).toContain('no sched_wakeup recorded');
    expect(now.page.text()).toContain('Uplink stalls');
    now.host.heal('run');
    await results.get('button').trigger('click');
    await flushPromises();
    expect(rowLabels(now)[0]).toBe('modem-rx 412');
  });

  it('shows an outline of what is being opened, marked as such, until it is counted', async () => {
    const now = await open();
    let finish: (value: BundleInfo) => void = () => undefined;
    now.host.api.openBundle = ({ jobId }) => {
      const [source] = fakeBundle().sources;
      if (source === undefined) throw new Error('the fake bundle has a source');
      const sources = [{ ...source, ledger: { ...source.ledger, read: 20_263_620 } }];
      now.outline({ jobId: 'another page', info: fakeBundle({ name: 'not-ours.dat' }) });
      now.outline({ jobId, info: fakeBundle({ name: 'big.dat', sha256: '', sources, caseFile: undefined }) });
      return new Promise((resolve) => (finish = resolve));
    };
    void now.openCase.openListed('uploaded', 'big.dat');
    await flushPromises();
    expect(now.page.get('aside').text()).toContain('about 20,300,000');
    expect(now.page.get('aside').attributes('aria-busy')).toBe('true');
    // What was measured of the case before is not said of this one.
    expect(now.page.get('main').text()).not.toContain('modem-rx');
    finish(fakeBundle({ bundleId: 'uploaded', name: 'big.dat' }));
    await flushPromises();
    expect(now.page.get('aside').text()).not.toContain('about 20,300,000');
    expect(rowLabels(now)[0]).toBe('modem-rx 412');
  });

  it('reports progress of its own job and cancels it', async () => {
    const now = await open({ isConnected: false });
    let finish: (value: never) => void = () => undefined;
    now.host.api.run = () => new Promise((resolve) => (finish = resolve));
    await now.connect();
    now.progress({ jobId: 'another page', phase: 'replay', fraction: 0.9, events: 9 });
    expect(now.page.get('[role="progressbar"]').attributes('aria-valuenow')).toBe('0');
    const { jobId } = now.host.calls.findLast(({ method }) => method === 'openBundle')?.argument as {
      jobId: string;
    };
    expect(jobId).not.toBe('');
    now.host.calls.length = 0;
    await drop([new File(['x'], 'other.zip')]);
    expect(now.page.get('.notice').text()).toContain('still under way');
    expect(methods(now)).toEqual([]);
    const buttons = now.page.findAll('.job button');
    expect(buttons.map((button) => button.text())).toEqual(['Pause', 'Cancel']);
    await buttons[1]?.trigger('click');
    expect(methods(now).at(-1)).toBe('cancel');
    finish(undefined as never);
  });
});

describe('the table of processes', () => {
  it('shows bounds, never invented precision', async () => {
    const now = await open();
    const cells = now.page.findAll('[role="grid"] .body [role="row"]')[0]?.findAll('[role="gridcell"]') ?? [];
    expect(cells.slice(2, 6).map((cell) => cell.text())).toEqual([
      '< 32 µs',
      '< 128 µs',
      '< 8.192 ms',
      '< 32.77 ms',
    ]);
  });

  it('draws only the rows that are seen', async () => {
    const now = await open();
    expect(now.page.get('[role="grid"]').attributes('aria-rowcount')).toBe('141');
    expect(rowLabels(now).length).toBeLessThan(40);
  });

  it('selects the row under the keyboard cursor, asks for its heatmap and clears again', async () => {
    const now = await open();
    const grid = now.page.get('[role="grid"]');
    await grid.trigger('keydown', { key: 'ArrowDown' });
    expect(grid.attributes('aria-activedescendant')).toBe('group-row-1');
    await grid.trigger('keydown', { key: 'Enter' });
    await flushPromises();
    expect(now.page.get('[aria-selected="true"]').text()).toContain('kworker/1:2 87');
    expect(now.host.calls.at(-1)).toEqual({
      method: 'heatmap',
      argument: { runId: 'run-1', viewId: 'wait', groupId: '{"tid":87}' },
    });
    expect(now.page.get('section[aria-label="Histogram"]').text()).toContain('15,210 samples');
    await now.page.get('[data-test="clear"]').trigger('click');
    expect(now.page.find('[aria-selected="true"]').exists()).toBe(false);
    expect(now.page.get('section[aria-label="Histogram"]').text()).toContain('79,769 samples');
  });

  it('clears the selection with Escape and focuses the filter with a slash', async () => {
    const now = await open();
    now.openCase.select('{"tid":412}');
    await flushPromises();
    document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
    expect(now.openCase.selectedGroup).toBeUndefined();
    document.dispatchEvent(new KeyboardEvent('keydown', { key: '/' }));
    expect(document.activeElement?.id).toBe('group-filter');
  });

  it('filters, and says so where nothing matches', async () => {
    const now = await open();
    await now.page.get('#group-filter').setValue('MODEM');
    expect(rowLabels(now)).toEqual(['modem-rx 412']);
    await now.page.get('#group-filter').setValue('nobody');
    expect(now.page.text()).toContain('No row matches “nobody”.');
  });

  it('sorts by a column, and the other way on a second click', async () => {
    const now = await open();
    const head = now.page
      .findAll('[role="columnheader"] button')
      .find((button) => button.text().startsWith('Max'));
    await head?.trigger('click');
    expect(now.page.get('.is-head .is-max').attributes('aria-sort')).toBe('descending');
    expect(rowLabels(now)[0]).toBe('mqtt-uplink 733');
    await head?.trigger('click');
    expect(now.page.get('.is-head .is-max').attributes('aria-sort')).toBe('ascending');
    expect(rowLabels(now)[0]).not.toBe('mqtt-uplink 733');
  });

  it('says that a row has no heatmap instead of showing another', async () => {
    const now = await open();
    now.host.fail('heatmap', { code: 'no-heatmap', reason: 'none kept' });
    now.openCase.select('{"tid":1130}');
    await flushPromises();
    expect(now.page.get('section[aria-label="Over time"]').text()).toContain(
      'There is no heatmap of this row.',
    );
    expect(now.page.find('[role="alert"]').exists()).toBe(false);
  });
});

describe('the account', () => {
  it('marks what is missing and no zero', async () => {
    const now = await open();
    expect(now.page.get('[data-kind="dropped"] .is-loss').text()).toBe('1,204');
    expect(now.page.find('[data-kind="unparsed"] .is-loss').exists()).toBe(false);
    expect(now.page.text()).toContain('Something is missing');
    expect(now.page.text()).toContain('dmesg.txt');
  });

  it('says in words that nothing was lost', async () => {
    const [source] = fakeBundle().sources;
    if (source === undefined) throw new Error('the fake has a source');
    const ledger = emptyCounts({ read: 10 });
    const now = await open({ bundle: { sources: [{ ...source, ledger }] }, run: { ledger } });
    expect(now.page.text()).toContain('Nothing lost');
    expect(now.page.find('.is-loss').exists()).toBe(false);
  });

  it('shows the replay’s own ledger beside the recording’s where they differ', async () => {
    const now = await open({
      run: { ledger: emptyCounts({ read: 412_907, dropped: 1204, suspectedLosses: 9 }) },
    });
    expect(now.page.findAll('[data-kind="suspectedLosses"] .is-loss').map((cell) => cell.text())).toEqual([
      '3',
      '9',
    ]);
  });

  it('lists faults and facts the recording lacks', async () => {
    const now = await open({ run: { missing: [{ what: 'user callchain', count: 31 }] } });
    expect(now.page.get('section[aria-label="Faults"]').text()).toContain('updates refused: map full');
    expect(now.page.get('section[aria-label="Facts the recording lacks"]').text()).toContain(
      'user callchain31',
    );
  });

  it('says that no event reached a program', async () => {
    const attached = [{ program: 'on_switch', hook: 'tracepoint:sched:sched_switch', events: 0 }];
    const now = await open({ run: { histograms: [], outputs: [], attached } });
    expect(now.page.text()).toContain('No event reached a program');
  });

  it('shows the worst output first', async () => {
    const now = await open();
    const waits = now.page
      .findAll('section[aria-label="Worst cases"] tbody tr td:nth-child(2)')
      .map((cell) => Number(cell.attributes('title')));
    expect(waits).toHaveLength(40);
    expect(waits).toEqual(waits.toSorted((a, b) => b - a));
  });
});

describe('the outputs of a selected process', () => {
  it('are its own', async () => {
    const now = await open();
    now.openCase.select('{"tid":412}');
    await flushPromises();
    const card = now.page.get('section[aria-label="Worst cases"]');
    expect(card.text()).toContain('modem-rx 412 ·');
    const names = new Set(card.findAll('tbody tr td:nth-child(3)').map((cell) => cell.text()));
    expect([...names]).toEqual(['modem-rx']);
  });
});

describe('settings', () => {
  it('switch the language of everything the page says, and keep it', async () => {
    const now = await open();
    await now.page.get('[role="radio"][value="zh"]').trigger('click');
    await flushPromises();
    expect(now.page.text()).toContain('运行队列延迟');
    expect(now.page.text()).toContain('账目');
    expect(now.page.text()).not.toContain('Ledger');
    expect(document.documentElement.lang).toBe('zh-CN');
    expect(now.database.settings?.locale).toBe('zh');
  });

  it('switch the theme, and keep it', async () => {
    const now = await open();
    expect(document.documentElement.dataset['theme']).toBe('light');
    await now.page.get('[aria-label="Dark"]').trigger('click');
    await flushPromises();
    expect(document.documentElement.dataset['theme']).toBe('dark');
    expect(now.database.settings?.theme).toBe('dark');
  });
});

describe('maps', () => {
  it('that no histogram shows are listed row by row, the largest count first', async () => {
    const maps = [
      { name: 'wait', type: 'hash', rows: [], rowsCut: 0 },
      {
        name: 'switches',
        type: 'hash',
        rows: [
          { key: { comm: 'modem-rx' }, value: 3 },
          { key: { comm: 'logger' }, value: 1_204 },
        ],
        rowsCut: 7,
      },
    ];
    const now = await open({ run: { maps, histograms: [], outputs: [] } });
    const card = now.page.get('section[aria-label="Maps"]');
    expect(card.findAll('thead th').map((cell) => cell.text())).toEqual(['key.comm', 'value']);
    const rows = card.findAll('tbody tr').map((row) => row.findAll('td').map((cell) => cell.text()));
    expect(rows).toEqual([
      ['logger', '1,204'],
      ['modem-rx', '3'],
    ]);
    expect(card.text()).toContain('7 more rows');
  });
});

describe('an object of your own', () => {
  it('is run over the open recording when it is dropped, and can be chosen from then on', async () => {
    const now = await open();
    now.host.calls.length = 0;
    await drop([new File([new Uint8Array(64)], 'mine.bpf.o')]);
    await expect
      .poll(() => methods(now))
      .toEqual(['beginUpload', 'appendUpload', 'finishUpload', 'run', 'heatmap']);
    expect(now.host.calls.find(({ method }) => method === 'run')?.argument).toMatchObject({
      programId: 'own-1',
    });
    const options = now.page.findAll('select option').map((each) => each.text());
    expect(options).toEqual(['Run queue latency', 'mine.bpf.o']);
  });

  it('that is refused does not stand under the result of another', async () => {
    const now = await open();
    now.host.fail('run', { code: 'event-not-recorded', reason: 'not recorded' });
    await drop([new File([new Uint8Array(64)], 'mine.bpf.o')]);
    await expect.poll(() => now.openCase.run).toBeUndefined();
    expect(now.page.text()).toContain('not recorded');
    now.host.heal('run');
    await now.openCase.runProgram();
    await flushPromises();
    expect(now.openCase.run).toBeDefined();
    expect(now.page.text()).not.toContain('not recorded');
  });
});

describe('what attaches', () => {
  it('is told of every program: events, what the bundle lacks, why one is refused', async () => {
    const now = await open();
    const button = now.page.findAll('button').find((each) => each.text() === 'What attaches');
    await button?.trigger('click');
    await flushPromises();
    const told = now.page.get('.explanation').text();
    expect(told).toContain('1,234 events');
    expect(told).toContain('record with call stacks');
    expect(told).toContain('Does without task_struct___old.state');
    expect(told).toContain('Cannot be attached');
    expect(told).toContain('the recording does not describe it');
    now.openCase.settings = { min_wait_ns: '5' };
    await flushPromises();
    expect(now.page.find('.explanation').exists()).toBe(false);
  });
});

describe('a reload', () => {
  it('shows the case, its selection and its heatmap before the engine answers', async () => {
    const before = await open();
    before.openCase.select('{"tid":412}');
    await flushPromises();
    before.page.unmount();
    const now = await open({
      database: memoryDatabase({ stored: before.database.stored }),
      isConnected: false,
    });
    expect(methods(now)).toEqual([]);
    expect(now.page.get('[aria-selected="true"]').text()).toContain('modem-rx 412');
    expect(now.page.findAll('[role="img"]')).toHaveLength(2);
    expect(now.page.get('[role="status"]').text()).toContain('Connecting');
  });

  it('takes up the case with an engine that still holds it, without opening it again', async () => {
    const before = await open();
    before.page.unmount();
    const now = await open({
      database: memoryDatabase({ stored: before.database.stored }),
      isConnected: false,
    });
    await now.host.api.run({ jobId: 'kept', bundleId: 'x', programId: 'y' });
    now.host.calls.length = 0;
    await now.connect();
    expect(methods(now)).toEqual(['heatmap']);
    expect(now.page.find('[role="alert"]').exists()).toBe(false);
  });

  it('runs again without a word where the engine was restarted, and keeps the selection', async () => {
    const before = await open();
    before.openCase.select('{"tid":412}');
    await flushPromises();
    before.page.unmount();
    const now = await open({
      database: memoryDatabase({ stored: before.database.stored }),
      isConnected: false,
    });
    await now.connect();
    expect(methods(now).slice(0, 4)).toEqual(['heatmap', 'openBundle', 'run', 'heatmap']);
    expect(now.openCase.selectedGroup?.label).toBe('modem-rx 412');
    expect(now.page.findAll('[role="alert"]')).toHaveLength(0);
  });

  it('says that the engine no longer holds the recording, and keeps showing it', async () => {
    const before = await open();
    await drop([new File(['x'], 'mine.zip')]);
    await expect.poll(() => before.database.stored?.run?.bundleId).toBe('uploaded');
    before.page.unmount();
    const now = await open({
      database: memoryDatabase({ stored: before.database.stored }),
      info: { bundles: [], startupBundleId: undefined },
    });
    expect(now.page.get('.notice').text()).toContain('no longer holds the recording');
    expect(now.page.get('[data-test="case-name"]').text()).toContain('mine.zip');
    expect(methods(now)).toEqual([]);
  });

  it('opens a recording the engine was newly started with in place of the case before', async () => {
    const before = await open();
    before.page.unmount();
    sessionStorage.clear();
    const bundles = [{ bundleId: 'uploaded', name: 'named.zip', isSample: false }];
    const now = await open({
      database: memoryDatabase({ stored: before.database.stored }),
      info: { bundles, startupBundleId: 'uploaded' },
    });
    expect(now.host.calls[0]).toMatchObject({ method: 'openBundle', argument: { bundleId: 'uploaded' } });
  });
});

describe('a lost engine', () => {
  it('is said, with what was shown left in place and nothing offered that needs it', async () => {
    const now = await open();
    now.linkState.value = 'disconnected';
    await flushPromises();
    expect(now.page.get('.link-state').text()).toContain('Engine disconnected');
    expect(rowLabels(now)[0]).toBe('modem-rx 412');
    const buttons = now.page.findAll('header.bar > button');
    expect(buttons.filter((button) => button.attributes('disabled') === undefined)).toEqual([]);
  });
});
