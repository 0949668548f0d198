/** Calls that the programs of sockets.bpf.c saw, and lines of an strace for them. */
import type { Replayed } from './on-bundle.ts';

export const SOCKETS = 'test/programs/sockets.bpf.o';
/** What sockets.bpf.c numbers its programs by. */
export const HOOKS: Readonly<Record<string, number>> = {
  sock_create: 2,
  bind4: 8,
  bind6: 9,
  connect4: 10,
  connect6: 11,
  post_bind4: 12,
  post_bind6: 13,
  sendmsg4: 14,
  sendmsg6: 15,
  recvmsg4: 19,
  recvmsg6: 20,
  getpeername4: 29,
  getpeername6: 30,
  getsockname4: 31,
  getsockname6: 32,
  getting: 21,
  setting: 22,
  lookup: 36,
  verdict: 100,
  sending: 101,
};

/** Lines as strace prints them with -f -ttt. */
export function traced(...calls: readonly string[]): string {
  return calls.map((call, index) => `700  1795423121.${String(100_000 + index)} ${call}\n`).join('');
}

/** What programs were handed: `connect4 2 127.0.0.1 80 of 2 1 6`, each as often as it was. */
export function callsIn({ attached }: Replayed): string[] {
  return textsOf([...(attached.maps.find(({ definition }) => definition.name === 'calls')?.entries() ?? [])]);
}

export function textsOf(
  pairs: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[],
): string[] {
  return pairs
    .flatMap(({ key, value }) => {
      const words = new DataView(key.buffer, key.byteOffset, key.length);
      const word = (index: number): number => words.getInt32(4 * index, true);
      const name = Object.keys(HOOKS).find((each) => HOOKS[each] === word(0)) ?? '?';
      const ip = name.endsWith('4')
        ? [...key.subarray(8, 12)].join('.')
        : Buffer.from(key.subarray(8, 24)).toString('hex').replace(/^0+/, ':');
      const text = `${name} ${word(1)} ${ip} ${word(6)} of ${word(7)} ${word(8)} ${word(9)}`;
      const count = Number(new DataView(value.buffer, value.byteOffset, 8).getBigUint64(0, true));
      return Array<string>(count).fill(text);
    })
    .sort();
}

const OPS = [
  '',
  'TIMEOUT_INIT',
  'RWND_INIT',
  'TCP_CONNECT_CB',
  'ACTIVE_ESTABLISHED_CB',
  'PASSIVE_ESTABLISHED_CB',
  'NEEDS_ECN',
  'BASE_RTT',
  'RTO_CB',
  'RETRANS_CB',
  'STATE_CB',
  'TCP_LISTEN_CB',
];

/** Keys of the map `callbacks`, as text: `STATE_CB 1 4 2 127.0.0.1:9 from 127.0.0.1 full=1 flags=6 state=1 x2`. */
export function callbacksOf(
  pairs: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[],
): string[] {
  return pairs
    .map(({ key, value }) => {
      const words = new DataView(key.buffer, key.byteOffset, key.length);
      const word = (index: number): number => words.getUint32(4 * index, true);
      const ip = (index: number): string => [...key.subarray(4 * index, 4 * index + 4)].join('.');
      const count = new DataView(value.buffer, value.byteOffset, 8).getBigUint64(0, true);
      const ends = `${ip(4)}:${word(6)} from ${ip(5)}`;
      const facts = `full=${word(7)} flags=${word(8)} state=${word(9)} x${count}`;
      return `${OPS[word(0)] ?? word(0)} ${word(1)} ${word(2)} ${word(3)} ${ends} ${facts}`;
    })
    .sort();
}
