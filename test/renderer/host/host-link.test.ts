import { describe, expect, it } from 'vitest';

import { serveHost } from '../../../electron/host/connection.ts';
import { Failure } from '../../../electron/failure.ts';
import type { HostApi, PageApi } from '../../../electron/host/contract.ts';
import type { Channel, ChannelOpener } from '../../../renderer/host/channel.ts';
import { failureOf } from '../../../renderer/host/host-error.ts';
import { createHostLink } from '../../../renderer/host/host-link.ts';
import { fakeHost } from '../fake-host.ts';

/** Two ends of a pipe of bytes; closing either tells both. */
function pipe(): [Channel, Channel] {
  const ends = [0, 1].map(() => ({
    onMessage: [] as ((bytes: Uint8Array) => void)[],
    onClose: [] as (() => void)[],
  }));
  const channel = (own: number): Channel => ({
    post: (bytes) => queueMicrotask(() => ends[1 - own]?.onMessage.forEach((tell) => tell(bytes.slice()))),
    onMessage: (listener) => ends[own]?.onMessage.push(listener),
    onClose: (listener) => ends[own]?.onClose.push(listener),
    close: () => ends.forEach(({ onClose }) => onClose.splice(0).forEach((tell) => tell())),
  });
  return [channel(0), channel(1)];
}

interface Served {
  readonly opener: ChannelOpener;
  /** Ends the channel that is open. */
  cut(): void;
  opened: number;
}

/** The project's own engine side over a made host; changes go in as the host's own calls. */
function served(changes: Partial<HostApi> = {}, isPolled = false): Served {
  let far: Channel | undefined;
  const state: Served = {
    opened: 0,
    cut: () => far?.close(),
    opener: {
      isPolled,
      async open() {
        const [near, other] = pipe();
        far = other;
        state.opened += 1;
        const connect = (page: PageApi): HostApi => ({ ...fakeHost({}, page).api, ...changes });
        serveHost(other, {
          connect,
          open: () => undefined,
          disconnect: () => undefined,
          close: async () => undefined,
        });
        return near;
      },
    },
  };
  return state;
}

describe('the link to the engine', () => {
  it('says hello, and carries a result with its columns of numbers and big integers whole', async () => {
    const link = createHostLink(served().opener);
    link.start();
    await expect.poll(() => link.state.value).toBe('connected');
    expect(link.info.value?.appVersion).toBe('0.1.0');
    const run = await link.api.run({ jobId: 'j', bundleId: 'b', programId: 'p' });
    expect(run.histograms[0]?.groups[0]?.slots).toBeInstanceOf(Float64Array);
    expect(run.spanNs?.[0]).toBe(8_412_034_117_905n);
  });

  it('hears the progress of jobs', async () => {
    const link = createHostLink(served().opener);
    const heard: string[] = [];
    link.onProgress(({ phase }) => heard.push(phase));
    link.start();
    await expect.poll(() => link.state.value).toBe('connected');
    await link.api.openBundle({ jobId: 'j', bundleId: 'b' });
    await expect.poll(() => heard).toEqual(['read']);
  });

  it('throws what the engine failed with: file, place and reason', async () => {
    const refuse = async (): Promise<never> => {
      throw new Failure('bundle', 'truncated', 'it ends early', { file: 'a.zip', at: 'byte 7' });
    };
    const link = createHostLink(served({ openBundle: refuse }).opener);
    link.start();
    await expect.poll(() => link.state.value).toBe('connected');
    const error = await link.api.openBundle({ jobId: 'j', bundleId: 'b' }).catch(failureOf);
    expect(error).toMatchObject({
      layer: 'bundle',
      code: 'truncated',
      file: 'a.zip',
      at: 'byte 7',
      reason: 'it ends early',
    });
  });

  it('fails calls at once while there is no engine, and those under way when it goes', async () => {
    const never = new Promise<never>(() => undefined);
    const engine = served({ run: () => never });
    const link = createHostLink(engine.opener);
    expect(await link.api.hello().catch(failureOf)).toMatchObject({ code: 'disconnected' });
    link.start();
    await expect.poll(() => link.state.value).toBe('connected');
    const running = link.api.run({ jobId: 'j', bundleId: 'b', programId: 'p' }).catch(failureOf);
    engine.cut();
    expect(await running).toMatchObject({ code: 'disconnected' });
  });

  it('connects again by itself, sooner when asked, and says so to whoever waits', async () => {
    const engine = served({}, true);
    const link = createHostLink(engine.opener);
    let hellos = 0;
    link.onConnected(() => (hellos += 1));
    link.start();
    await expect.poll(() => hellos).toBe(1);
    engine.cut();
    await expect.poll(() => link.state.value).toBe('disconnected');
    link.retryNow();
    await expect.poll(() => hellos).toBe(2);
    expect(link.state.value).toBe('connected');
    expect(engine.opened).toBe(2);
  });

  it('refuses an engine of another contract', async () => {
    const hello = async () => ({ ...fakeHost().info, contractVersion: 99 });
    const link = createHostLink(served({ hello }).opener);
    link.start();
    await expect.poll(() => link.state.value).toBe('wrong-version');
    expect(await link.api.hello().catch(failureOf)).toMatchObject({ code: 'disconnected' });
  });

  it('says that there is no token, and tries nothing', () => {
    const link = createHostLink(undefined);
    link.start();
    expect(link.state.value).toBe('no-token');
  });
});
