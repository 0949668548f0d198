import { expect, test } from 'vitest';
import { socketAddress } from '../../../../electron/trace/formats/log/strace-address.ts';

const hex = (printed: string): string | undefined => {
  const bytes = socketAddress(printed);
  return bytes === undefined ? undefined : Buffer.from(bytes, 'latin1').toString('hex');
};

test('addresses are what they were in the memory of the process, as far as strace prints them', () => {
  expect(hex('{sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("192.0.2.7")}')).toBe(
    '02001f90c00002070000000000000000',
  );
  const ipv6 =
    '{sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(7), inet_pton(AF_INET6, "fe80::1", &sin6_addr), sin6_scope_id=if_nametoindex("eth0")}';
  expect(hex(ipv6)).toBe(`0a0001bb00000007fe80${'0'.repeat(27)}1`);
  expect(hex(ipv6.replace(/if_nametoindex.*\)/, '3'))).toBe(`0a0001bb00000007fe80${'0'.repeat(27)}103000000`);
  // What is too short for its family, and families that are not decoded, have their family alone.
  expect(hex('{sa_family=AF_INET, sa_data="\\0\\1\\177\\0\\0\\1"}')).toBe('0200');
  expect(hex('{sa_family=AF_UNIX, sun_path="/run/nscd/socket"}')).toBe('0100');
  expect(hex('{sa_family=AF_INET, sin_port=htons(1), sin_addr=inet_addr("1.2.3.456")}')).toBe('0200');
});

test('what is no address is none', () => {
  expect(hex('{sa_family=AF_SOMETHING, sa_data="x"}')).toBeUndefined();
  expect(hex('0x7ffc8a0b1c9c')).toBeUndefined();
  expect(hex('{tv_sec=1, tv_usec=0}')).toBeUndefined();
});
