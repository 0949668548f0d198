import { expect, it } from 'vitest';

import { messagesOf, phrase } from '../../electron/report/messages.ts';

it('has every sentence in both languages, with the same places to fill', () => {
  const places = (messages: Readonly<Record<string, string>>): Record<string, string[]> =>
    Object.fromEntries(
      Object.entries(messages).map(([key, text]) => [key, (text.match(/\{\w+\}/g) ?? []).sort()]),
    );
  expect(places(messagesOf('zh'))).toEqual(places(messagesOf('en')));
});

it('refuses to leave a place unfilled', () => {
  expect(() => phrase('{count} events', {})).toThrow('count');
});
