// @vitest-environment node
/// <reference types="node" />
import { MessageChannel } from 'node:worker_threads';

import { expect, it } from 'vitest';

import { PORT_CHANNEL } from '../../../electron/main/names.ts';
import { PORT_MESSAGE, portOpener } from '../../../renderer/host/port-channel.ts';

/** A window as far as the opener sees one: it hears messages, and says whose they are. */
function fakeWindow() {
  const target = new EventTarget();
  const hand = (data: unknown, ports: readonly unknown[], source: unknown = target): boolean =>
    target.dispatchEvent(Object.assign(new Event('message'), { data, ports, source }));
  return { target: target as unknown as Window, hand };
}

it('waits for the message the preload sends', () => {
  expect(PORT_MESSAGE).toBe(PORT_CHANNEL);
});

it('carries bytes both ways over the port it is handed, and tells of its end', async () => {
  const { target, hand } = fakeWindow();
  const opener = portOpener(target);
  const { port1, port2 } = new MessageChannel();
  const opening = opener.open();
  hand(PORT_MESSAGE, [port1]);
  const channel = await opening;
  const heard: Uint8Array[] = [];
  channel.onMessage((bytes) => heard.push(bytes));
  const closed = new Promise<void>((resolve) => channel.onClose(resolve));
  port2.on('message', (bytes: Uint8Array) => port2.postMessage(bytes.map((byte) => byte + 1)));
  channel.post(Uint8Array.of(1, 2));
  await expect.poll(() => heard).toEqual([Uint8Array.of(2, 3)]);
  port2.close();
  await closed;
});

it('takes the newest of the ports that came before it asked', async () => {
  const { target, hand } = fakeWindow();
  const opener = portOpener(target);
  const [old, living] = [new MessageChannel(), new MessageChannel()];
  hand(PORT_MESSAGE, [old.port1]);
  hand(PORT_MESSAGE, [living.port1]);
  const channel = await opener.open();
  const heard = new Promise((resolve) => living.port2.once('message', resolve));
  channel.post(Uint8Array.of(7));
  expect(await heard).toEqual(Uint8Array.of(7));
  for (const { port1 } of [old, living]) port1.close();
});

it('takes no port from another window, and none under another name', async () => {
  const { target, hand } = fakeWindow();
  const opener = portOpener(target);
  const [foreign, other, own] = [new MessageChannel(), new MessageChannel(), new MessageChannel()];
  hand(PORT_MESSAGE, [foreign.port1], new EventTarget());
  hand('something else', [other.port1]);
  hand(PORT_MESSAGE, [own.port1]);
  const channel = await opener.open();
  const heard = new Promise((resolve) => own.port2.once('message', resolve));
  channel.post(Uint8Array.of(9));
  expect(await heard).toEqual(Uint8Array.of(9));
  for (const { port1 } of [foreign, other, own]) port1.close();
});
