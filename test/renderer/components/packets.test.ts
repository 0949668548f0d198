import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import type { PacketTotals } from '../../../electron/host/contract.ts';
import { mountPage, type MountedPage } from '../mount-page.ts';

// Every test mounts the whole page, on a machine that may be busy.
vi.setConfig({ testTimeout: 20_000 });

let mounted: MountedPage | undefined;
beforeEach(() => sessionStorage.clear());
afterEach(() => mounted?.page.unmount());

async function cardOf(packets: PacketTotals): Promise<string[]> {
  const attached = [{ program: 'guard', hook: 'packets:xdp', events: packets.seen, packets }];
  mounted = await mountPage({ run: { histograms: [], outputs: [], attached } });
  const card = mounted.page.get('section[aria-label="Packets that guard answered"]');
  return card.findAll('th, td, p, .card-note').map((each) => each.text());
}

it('shows what a program answered of packets, and what it did not see', async () => {
  const verdicts = { XDP_DROP: 1_500, XDP_PASS: 500 };
  const texts = await cardOf({ seen: 2_000, truncated: 3, passedBy: 40, verdicts });
  expect(texts).toEqual([
    '2,000 in all',
    ...['Answer', 'Count', 'Share', ''],
    ...['XDP_DROP', '1,500', '75.0%', ''],
    ...['XDP_PASS', '500', '25.0%', ''],
    '3 of them were cut by the capture.',
    '40 more are none that it sees: of other protocols, directions or routes.',
  ]);
});

it('shows the flows that a dissector found, and says where no packet reached a program', async () => {
  const flows = { rows: [{ keys: '192.0.2.1:53 > 192.0.2.2:99 udp', packets: 6 }], packetsCut: 2 };
  const texts = await cardOf({ seen: 8, truncated: 0, passedBy: 0, verdicts: {}, flows });
  expect(texts).toEqual([
    '8 in all',
    'Nothing reached it.',
    ...['Flow', 'Packets', '192.0.2.1:53 > 192.0.2.2:99 udp', '6'],
    '2 more packets are of other flows.',
  ]);
});
