/** The engine behind Electron's message port: the preload posts one port to the window, and another after a crash. */
import type { Channel, ChannelOpener } from './channel.ts';

export const PORT_MESSAGE = 'retroprobe-port';

/** Listens from the moment it is made, so that a port which comes before the page asks is not lost. */
export function portOpener(target: Window): ChannelOpener {
  const ports: MessagePort[] = [];
  let waiting: ((port: MessagePort) => void) | undefined;
  target.addEventListener('message', (event) => {
    const [port] = event.ports;
    if (event.source !== target || event.data !== PORT_MESSAGE || port === undefined) return;
    if (waiting === undefined) ports.push(port);
    else waiting(port);
    waiting = undefined;
  });
  return {
    isPolled: false,
    async open() {
      // The newest port is the living one.
      const kept = ports.pop();
      ports.length = 0;
      return portChannel(kept ?? (await new Promise<MessagePort>((resolve) => (waiting = resolve))));
    },
  };
}

function portChannel(port: MessagePort): Channel {
  return {
    post: (bytes) => port.postMessage(bytes),
    onMessage(listener) {
      port.onmessage = (event: MessageEvent<unknown>) => {
        if (event.data instanceof Uint8Array) listener(event.data);
        else if (event.data instanceof ArrayBuffer) listener(new Uint8Array(event.data));
      };
      port.start();
    },
    onClose: (listener) => port.addEventListener('close', () => listener(), { once: true }),
    close: () => port.close(),
  };
}
