/** The engine behind a WebSocket of the origin that served the page. */
import type { Channel, ChannelOpener } from './channel.ts';

/** `token` is the hexadecimal secret of the address the page was opened with. */
export function socketOpener(location: Location, token: string): ChannelOpener {
  const address = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/host`;
  return {
    isPolled: true,
    open: () =>
      new Promise<Channel>((resolve, reject) => {
        const socket = new WebSocket(address, ['retroprobe', `token.${token}`]);
        socket.binaryType = 'arraybuffer';
        socket.addEventListener('open', () => resolve(socketChannel(socket)), { once: true });
        socket.addEventListener('close', () => reject(new Error('the engine refused the connection')), {
          once: true,
        });
      }),
  };
}

function socketChannel(socket: WebSocket): Channel {
  return {
    post: (bytes) => socket.send(bytes as Uint8Array<ArrayBuffer>),
    onMessage: (listener) =>
      socket.addEventListener('message', (event: MessageEvent<unknown>) => {
        if (event.data instanceof ArrayBuffer) listener(new Uint8Array(event.data));
      }),
    onClose: (listener) => socket.addEventListener('close', () => listener(), { once: true }),
    close: () => socket.close(),
  };
}
