import { expect, it } from 'vitest';

import { flowRows, verdictRows } from '../../../renderer/analysis/packet-rows.ts';

const counts = { seen: 8, truncated: 0, passedBy: 0 };

it('shows answers by how many packets had them, and their share of all', () => {
  const verdicts = { XDP_ABORTED: 1, XDP_DROP: 2, XDP_PASS: 4, XDP_TX: 1 };
  expect(verdictRows({ ...counts, verdicts })).toEqual([
    { name: 'XDP_PASS', packets: 4, share: 0.5 },
    { name: 'XDP_DROP', packets: 2, share: 0.25 },
    { name: 'XDP_ABORTED', packets: 1, share: 0.125 },
    { name: 'XDP_TX', packets: 1, share: 0.125 },
  ]);
  expect(verdictRows({ ...counts, verdicts: {} })).toEqual([]);
});

it('shows the first flows, and counts the packets of the others', () => {
  const rows = [
    { keys: 'a', packets: 5 },
    { keys: 'b', packets: 2 },
    { keys: 'c', packets: 1 },
  ];
  expect(flowRows({ ...counts, verdicts: {}, flows: { rows, packetsCut: 7 } }, 1)).toEqual({
    rows: rows.slice(0, 1),
    packetsCut: 10,
  });
  expect(flowRows({ ...counts, verdicts: {} }, 1)).toBeUndefined();
});
