import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { fakeBundle } from '../fake-case.ts';
import { memoryDatabase, mountPage, type MountedPage } from '../mount-page.ts';

// Every test mounts the whole page, on a machine that may be busy.
vi.setConfig({ testTimeout: 20_000 });

let now: MountedPage;

const [trace] = fakeBundle().sources;
if (trace === undefined) throw new Error('the fake bundle has a source');
const LOG = { ...trace, name: 'dmesg.txt', format: 'kernel log', types: [{ name: 'log:line', events: 4 }] };

async function openView(name: string): Promise<void> {
  const choice = now.page.findAll('.views button').find((button) => button.text() === name);
  await choice?.trigger('click');
  await flushPromises();
}

async function press(text: string): Promise<void> {
  const button = now.page.findAll('main button').find((each) => each.text() === text);
  if (button === undefined) throw new Error(`there is no button ${text}`);
  await button.trigger('click');
  await flushPromises();
}

/** As after a pause in writing. */
async function pause(): Promise<void> {
  await vi.advanceTimersByTimeAsync(1_000);
  await flushPromises();
}

const counted = (): string[] => now.page.findAll('main form td.matches').map((cell) => cell.text());
const last = (method: string): unknown => now.host.calls.findLast((call) => call.method === method)?.argument;

beforeEach(async () => {
  sessionStorage.clear();
  now = await mountPage({ bundle: { sources: [trace, LOG] } });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
  now.page.unmount();
});

describe('the logs of a case', () => {
  it('are counted, and a template that is clicked is a probe with its matches counted', async () => {
    await openView('Logs');
    expect(now.page.get('main').text()).toContain('info 4');
    await press('Find templates');
    await press('Probe this');
    expect(now.page.get<HTMLInputElement>('main form input').element.value).toBe('camera_open_took');
    await pause();
    expect(counted()).toEqual(['2']);
    // What is probed is not proposed again.
    expect(now.page.get('.card:last-child').text()).toContain('Probed');
  });

  it('say beside a pattern what is wrong with it, and count again once it is written right', async () => {
    await openView('Logs');
    await press('Add a probe');
    await now.page.get('main form input').setValue('broken');
    await now.page.get('main form input.pattern').setValue('{oops');
    await pause();
    expect(now.page.get('main form .problem').text()).toContain('is not closed');
    expect(now.page.get('main form input.pattern').attributes('aria-invalid')).toBe('true');
    expect(now.page.get('main form button[type="submit"]').attributes('disabled')).toBeDefined();
    await now.page.get('main form input.pattern').setValue('usb {port:str} new device');
    await pause();
    expect(now.page.find('main form .problem').exists()).toBe(false);
    expect(counted()).toEqual(['1']);
  });

  it('keep probes in the case: the next run is told of them, and so is a page loaded anew', async () => {
    await openView('Logs');
    await press('Find templates');
    await press('Probe this');
    await pause();
    await now.page.get('main form').trigger('submit');
    await flushPromises();
    expect(now.page.get('main form').text()).toContain('In use');
    await now.openCase.runProgram();
    const yaml = expect.stringContaining('name: camera_open_took') as unknown;
    expect(last('run')).toMatchObject({ probes: yaml });
    const { stored, settings } = now.database;
    now.page.unmount();
    now = await mountPage({
      database: memoryDatabase({ stored, settings }),
      bundle: { sources: [trace, LOG] },
    });
    await openView('Logs');
    expect(now.page.get<HTMLInputElement>('main form input').element.value).toBe('camera_open_took');
  });
});

describe('the events of a case', () => {
  it('are listed, by type and from a time on', async () => {
    await openView('Events');
    expect(now.page.findAll('main tbody tr')).toHaveLength(4);
    expect(now.page.get('main tbody').text()).toContain('message="usb 1-1: new device"');
    expect(now.page.get('main tbody').text()).not.toContain('common_type');
    await now.page.get('main input').setValue('+1.5');
    await now.page.get('main select').setValue('log:line');
    await flushPromises();
    expect(last('events')).toMatchObject({ types: ['log:line'], from: '+1.5' });
  });

  it('say beside a time that it is none', async () => {
    await openView('Events');
    now.host.fail('events', { code: 'bad-option', reason: 'soon is no time' });
    await now.page.get('main input').setValue('soon');
    await now.page.get('main form').trigger('submit');
    await flushPromises();
    expect(now.page.get('main .problem').text()).toBe('soon is no time');
    expect(now.page.find('.notice').exists()).toBe(false);
  });
});

it('a case without logs has no view of them', async () => {
  now.page.unmount();
  now = await mountPage();
  expect(now.page.findAll('.views button').map((button) => button.text())).toEqual(['Results', 'Events']);
});
