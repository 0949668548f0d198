import { describe, expect, it } from 'vitest';
import { MessagePlace, messageOffsets } from '../../../../electron/bpf/message-context.ts';
import type { Bench } from '../../vm/machine-fixture.ts';
import { ask, onBoth } from '../ask.ts';

interface Seen {
  readonly answers: readonly bigint[];
  readonly message: string;
  readonly shown: string;
}

/** What a message of ten letters is after calls by name, and what of it the context shows. */
function after(
  ...calls: readonly (readonly [name: string, from: number, to: number, flags?: number])[]
): Seen {
  return onBoth((bench: Bench): Seen => {
    const { memory } = bench.machine;
    const place = new MessagePlace(memory);
    place.put(new TextEncoder().encode('abcdefghij'));
    const answers = calls.map(([name, from, to, flags = 0]) =>
      ask(bench, name, BigInt(place.context), from, to, flags),
    );
    const pointer = (offset: number): number =>
      Number(memory.view.getBigUint64(place.context + offset, true));
    const shown = memory.bytes.subarray(pointer(messageOffsets.data), pointer(messageOffsets.data_end));
    return { answers, message: text(place.taken()), shown: text(shown) };
  });
}

function text(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes).replaceAll('\0', '.');
}

describe('helpers on messages', () => {
  it('show the bytes that were asked for, as long as the message has them', () => {
    expect(after(['msg_pull_data', 2, 5])).toEqual({ answers: [0n], message: 'abcdefghij', shown: 'cde' });
    expect(after(['msg_pull_data', 0, 11]).answers).toEqual([-22n]);
    expect(after(['msg_pull_data', 5, 5], ['msg_pull_data', 0, 1, 1]).answers).toEqual([-22n, -22n]);
  });

  it('put bytes in, at the end as well, and show what lies in front of them', () => {
    expect(after(['msg_push_data', 3, 2])).toEqual({ answers: [0n], message: 'abc..defghij', shown: 'abc' });
    expect(after(['msg_push_data', 0, 2])).toEqual({ answers: [0n], message: '..abcdefghij', shown: '..' });
    expect(after(['msg_push_data', 10, 1]).message).toBe('abcdefghij.');
    expect(after(['msg_push_data', 11, 1], ['msg_push_data', 0, 0]).answers).toEqual([-22n, 0n]);
    expect(after(['msg_push_data', 0, 65_536]).answers).toEqual([-12n]);
  });

  it('take bytes out that are there', () => {
    expect(after(['msg_pop_data', 3, 4])).toEqual({ answers: [0n], message: 'abchij', shown: 'abc' });
    expect(after(['msg_pop_data', 0, 4]).shown).toBe('efghij');
    expect(after(['msg_pop_data', 8, 3], ['msg_pop_data', 0, 0]).answers).toEqual([-22n, 0n]);
  });

  it('find all of a message again that they widened', () => {
    const seen = after(['msg_push_data', 3, 2], ['msg_pull_data', 1, 7], ['msg_pop_data', 3, 2]);
    expect(seen).toEqual({ answers: [0n, 0n, 0n], message: 'abcdefghij', shown: 'abc' });
  });
});
