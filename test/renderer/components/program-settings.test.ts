import { flushPromises } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { memoryDatabase, mountPage, type MountedPage } from '../mount-page.ts';

// Every test mounts the whole page, on a machine that may be busy.
vi.setConfig({ testTimeout: 20_000 });

let mounted: MountedPage | undefined;

async function open(...options: Parameters<typeof mountPage>): Promise<MountedPage> {
  mounted = await mountPage(...options);
  await expect.poll(() => mounted?.page.find('form.settings').exists()).toBe(true);
  return mounted;
}

beforeEach(() => sessionStorage.clear());
afterEach(() => mounted?.page.unmount());

describe('the program’s settings', () => {
  const field = ({ page }: MountedPage, label: string) => {
    const found = page.findAll('form.settings .field').find((each) => each.text().startsWith(label));
    if (found === undefined) throw new Error(`there is no field ${label}`);
    return found;
  };
  const lastRun = ({ host }: MountedPage): unknown =>
    host.calls.findLast(({ method }) => method === 'run')?.argument;

  it('are shown as compiled, and set for the next run', async () => {
    const now = await open();
    const input = field(now, 'filter').get('input');
    expect(input.attributes('placeholder')).toBe('{"comm":"","ports":[0,0]}');
    await input.setValue(' {"comm": "bash"} ');
    await field(now, 'hists').get('input').setValue('5');
    await now.page.get('form.settings input[type="checkbox"]').setValue(false);
    await now.page.get('form.settings').trigger('submit');
    await flushPromises();
    expect(lastRun(now)).toMatchObject({
      settings: { filter: '{"comm": "bash"}', 'hists.max_entries': '5', 'on_wakeup.autoload': 'false' },
    });
    await now.page.findAll('form.settings button')[1]?.trigger('click');
    await flushPromises();
    expect(lastRun(now)).toMatchObject({ settings: {} });
    expect((input.element as HTMLInputElement).value).toBe('');
  });

  it('say beside a field why it was refused, and keep what was typed', async () => {
    const now = await open();
    const reason = 'there is no element 9 of 2';
    now.host.fail('run', { layer: 'object', code: 'bad-setting', at: 'filter.ports[9]', reason });
    await field(now, 'filter').get('input').setValue('x');
    await now.page.get('form.settings').trigger('submit');
    await flushPromises();
    const refused = field(now, 'filter');
    expect(refused.get('[role="alert"]').text()).toBe(reason);
    expect(refused.get('input').attributes('aria-invalid')).toBe('true');
    expect((refused.get('input').element as HTMLInputElement).value).toBe('x');
    expect(field(now, 'min_wait_ns').find('[role="alert"]').exists()).toBe(false);
  });

  it('limit a run to some events, over a reload too, until all is as compiled again', async () => {
    const database = memoryDatabase({ settings: { theme: 'light', locale: 'en' } });
    const before = await open({ database });
    await field(before, 'CPUs').get('input').setValue('0,2-3');
    await field(before, 'From').get('input').setValue('+0.5');
    await before.page.get('form.settings').trigger('submit');
    await flushPromises();
    expect(lastRun(before)).toMatchObject({ limits: { cpu: '0,2-3', from: '+0.5' } });
    before.page.unmount();

    const now = await open({ database });
    expect((field(now, 'CPUs').get('input').element as HTMLInputElement).value).toBe('0,2-3');
    expect(now.page.get('details.limits').attributes('open')).toBeDefined();
    now.host.fail('run', {
      layer: 'host',
      code: 'bad-setting',
      at: 'limits.cpu',
      reason: 'numbers are meant',
    });
    await now.page.get('form.settings').trigger('submit');
    await flushPromises();
    expect(field(now, 'CPUs').get('[role="alert"]').text()).toBe('numbers are meant');
    now.host.heal('run');
    const reset = now.page.findAll('form.settings button').find((each) => each.text() === 'As compiled');
    await reset?.trigger('click');
    await flushPromises();
    expect(lastRun(now)).toMatchObject({ limits: {} });
  });

  it('of a libbpf tool are its arguments, and what it prints is shown', async () => {
    const tool = {
      name: 'runqlat',
      lines: ['', 'msecs : count', '0 -> 1 : 7'],
      withoutEvent: ['handle_old'],
    };
    const now = await open({ settings: { toolOptions: ['-p NUMBER', '-m'] }, run: { tool, histograms: [] } });
    expect(field(now, 'Arguments').text()).toContain('-p NUMBER -m');
    await field(now, 'Arguments').get('input').setValue('-m');
    await now.page.get('form.settings').trigger('submit');
    await flushPromises();
    expect(lastRun(now)).toMatchObject({ toolArguments: '-m' });
    const printed = now.page.get('section[aria-label="runqlat"]');
    expect(printed.get('pre').text()).toBe('msecs : count\n0 -> 1 : 7');
    expect(printed.text()).toContain('handle_old');
  });

  it('of iterators are when they are read, and which map one goes through', async () => {
    const programs = [
      { name: 'dump', section: 'iter/bpf_map_elem', isAutoloaded: true },
      { name: 'tasks', section: '?iter.s/task', isAutoloaded: false },
    ];
    const now = await open({ settings: { programs } });
    await field(now, 'Iterators are read at').get('input').setValue('+1');
    const through = field(now, 'dump goes through map').get('input');
    expect(through.attributes('placeholder')).toBe('hists');
    await through.setValue('hists');
    await now.page.get('form.settings').trigger('submit');
    await flushPromises();
    expect(lastRun(now)).toMatchObject({ iterators: { at: '+1', maps: { dump: 'hists' } } });
    expect(() => field(now, 'tasks goes through')).toThrow('there is no field');
    await now.page.get('form.settings input[type="checkbox"]').setValue(false);
    expect(() => field(now, 'dump goes through')).toThrow('there is no field');
  });

  it('of any other object are no arguments', async () => {
    const now = await open();
    expect(() => field(now, 'Arguments')).toThrow('there is no field');
    expect(() => field(now, 'Iterators')).toThrow('there is no field');
  });
});
