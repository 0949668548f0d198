import { expect, test } from 'vitest';

import { addressText, parseAddress } from '../../../electron/replay/kernel/ip-address.ts';

test.for([
  '192.0.2.1',
  '::',
  '::1',
  'fe80::1',
  '2001:db8::',
  '1:0:2:3:4:5:6:7',
  '1::4:5:0:0:8',
  '::1:0:0:1:1:1',
  '10:0:0:100::1',
])('%s is written as inet_ntop() does', (text) => {
  expect(addressText(parseAddress(text)?.bytes ?? new Uint8Array(0))).toBe(text);
});
