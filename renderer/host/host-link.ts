/**
 * The page's standing link to the engine: opens a channel, says hello, and starts again when the
 * channel ends. Calls made while there is none fail as `disconnected`; nothing is queued.
 */
import { readonly, shallowRef, type Ref } from 'vue';

import {
  CONTRACT_VERSION,
  type BundleOutline,
  type HostApi,
  type HostInfo,
  type Progress,
} from '../../electron/host/contract.ts';
import type { ChannelOpener } from './channel.ts';
import { hostCalls } from './host-calls.ts';
import { pageFailure } from './host-error.ts';

export type LinkState = 'connecting' | 'connected' | 'disconnected' | 'wrong-version' | 'no-token';

const RETRY_MS_MIN = 400;
const RETRY_MS_MAX = 8_000;

export interface HostLink {
  readonly state: Readonly<Ref<LinkState>>;
  /** Of the engine that answers now, or answered last. */
  readonly info: Readonly<Ref<HostInfo | undefined>>;
  /** Throws HostError `disconnected` from every call while the link is down. */
  readonly api: HostApi;
  onProgress(listener: (progress: Progress) => void): void;
  onOutline(listener: (outline: BundleOutline) => void): void;
  /** Called with every hello: at the start and after each reconnection. */
  onConnected(listener: (info: HostInfo) => void): void;
  /** Whether the link tries by itself; else the shell brings the next channel. */
  readonly isPolled: boolean;
  /** Tries now instead of waiting for the next attempt. */
  retryNow(): void;
  start(): void;
}

/** Without an opener the link says `no-token` and stays so. */
export function createHostLink(opener: ChannelOpener | undefined): HostLink {
  const state = shallowRef<LinkState>(opener === undefined ? 'no-token' : 'connecting');
  const info = shallowRef<HostInfo>();
  const progressListeners: ((progress: Progress) => void)[] = [];
  const outlineListeners: ((outline: BundleOutline) => void)[] = [];
  const connectedListeners: ((info: HostInfo) => void)[] = [];
  let calls: HostApi | undefined;
  let hurry: () => void = () => undefined;

  /** Resolves when the channel has ended. */
  async function serveOneChannel(opener: ChannelOpener): Promise<void> {
    const channel = await opener.open();
    const ended = new Promise<void>((resolve) => channel.onClose(resolve));
    const opened = hostCalls(channel, {
      onProgress: (progress) => progressListeners.forEach((tell) => tell(progress)),
      onOutline: (outline) => outlineListeners.forEach((tell) => tell(outline)),
    });
    const hello = await opened.hello();
    if (hello.contractVersion !== CONTRACT_VERSION) {
      state.value = 'wrong-version';
      return new Promise(() => undefined);
    }
    calls = opened;
    info.value = hello;
    state.value = 'connected';
    connectedListeners.forEach((tell) => tell(hello));
    await ended;
    calls = undefined;
  }

  async function keepConnected(opener: ChannelOpener): Promise<never> {
    let retryMs = RETRY_MS_MIN;
    for (;;) {
      try {
        await serveOneChannel(opener);
        retryMs = RETRY_MS_MIN;
      } catch {
        // A failed attempt is what the state says; the next one follows.
        retryMs = Math.min(retryMs * 2, RETRY_MS_MAX);
      }
      state.value = 'disconnected';
      if (opener.isPolled) await pause(retryMs);
    }
  }

  function pause(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, durationMs);
      hurry = () => (clearTimeout(timer), resolve());
    });
  }

  const api = new Proxy({} as HostApi, {
    get: (_, method: string) => async (argument?: unknown) => {
      if (calls === undefined) throw pageFailure('disconnected');
      const call = calls[method as keyof HostApi] as (argument?: unknown) => Promise<unknown>;
      return call(argument);
    },
  });

  return {
    state: readonly(state),
    info,
    api,
    onProgress: (listener) => progressListeners.push(listener),
    onOutline: (listener) => outlineListeners.push(listener),
    onConnected: (listener) => connectedListeners.push(listener),
    isPolled: opener?.isPolled === true,
    retryNow: () => hurry(),
    start: () => {
      if (opener !== undefined) void keepConnected(opener);
    },
  };
}
