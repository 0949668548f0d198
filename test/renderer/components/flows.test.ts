import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import type { FlowView } from '../../../electron/host/contract.ts';
import { mountPage, type MountedPage } from '../mount-page.ts';

// Every test mounts the whole page, on a machine that may be busy.
vi.setConfig({ testTimeout: 20_000 });

let mounted: MountedPage | undefined;
beforeEach(() => sessionStorage.clear());
afterEach(() => mounted?.page.unmount());

function flow(name: string, acks: number, recorded: FlowView['recorded']): FlowView {
  const points = Array.from({ length: 3 }, (_, index) => ({
    timeNs: 1_000_000n * BigInt(index),
    acknowledged: 1448 * index,
    cwnd: 10 + index,
    ssthresh: undefined,
    recordedCwnd: recorded === undefined ? undefined : 9 + index,
  }));
  const counts = { recoveries: 1, timeouts: 0, mssBytes: 1448, pointsCut: acks - 3 };
  const chosen = { min: 10, median: 11, max: 12 };
  return { algorithm: 'reno', flow: name, from: 'packets', acks, ...counts, chosen, recorded, points };
}

it('shows what a congestion control chose for the flow with most acknowledgements, and for one that is picked', async () => {
  const series = [flow('a > b', 5, undefined), flow('c > d', 2_003, { min: 9, median: 10, max: 11 })];
  const attached = [{ program: 'reno_init', hook: 'struct_ops:tcp_congestion_ops/init', events: 2 }];
  mounted = await mountPage({
    run: { histograms: [], outputs: [], attached, flows: { series, flowsCut: 0 } },
  });
  const card = mounted.page.get('section[aria-label="Windows that reno chose, in segments"]');
  const facts = (): string[] => card.findAll('dd').map((each) => each.text());
  expect(facts()).toEqual(['2,003', '1', '0', '10 / 11 / 12', '9 / 10 / 11']);
  expect(card.get('p').text()).toBe('2,000 more acknowledgements are counted and not drawn.');
  await card.get('select').setValue('1');
  expect(facts()).toEqual(['5', '1', '0', '10 / 11 / 12', 'not recorded']);
  expect(card.get('[role="img"]').attributes('aria-label')).toContain('a > b');
});
