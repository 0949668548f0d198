/** The contract over one channel: every call resolves to its value or throws a HostError. */
import { createBirpc } from 'birpc';

import {
  decodeMessage,
  encodeMessage,
  type HostApi,
  type PageApi,
  type WireCalls,
} from '../../electron/host/contract.ts';
import type { Channel } from './channel.ts';
import { HostError, pageFailure } from './host-error.ts';

/** Every method, so that one more cannot be forgotten here. */
const METHODS: Readonly<Record<keyof HostApi, true>> = {
  hello: true,
  beginUpload: true,
  appendUpload: true,
  finishUpload: true,
  finishSymbols: true,
  openBundle: true,
  programSettings: true,
  run: true,
  explain: true,
  logs: true,
  events: true,
  heatmap: true,
  report: true,
  cancel: true,
  pause: true,
};

/** Calls that were under way when the channel ends fail as `disconnected`. */
export function hostCalls(channel: Channel, page: PageApi): HostApi {
  const rpc = createBirpc<WireCalls, PageApi>(page, {
    post: (bytes: Uint8Array) => channel.post(bytes),
    on: (listener) => channel.onMessage(listener),
    serialize: encodeMessage,
    deserialize: decodeMessage,
    // A replay takes as long as it takes; the link's end is what ends a call.
    timeout: -1,
    eventNames: [],
  });
  channel.onClose(() => rpc.$close(pageFailure('disconnected')));
  const call = async (method: keyof HostApi, argument: unknown): Promise<unknown> => {
    if (rpc.$closed) throw pageFailure('disconnected');
    const result = argument === undefined ? await rpc.$call(method) : await rpc.$call(method, argument);
    if (result.ok) return result.value;
    throw new HostError(result.failure);
  };
  const calls = (Object.keys(METHODS) as (keyof HostApi)[]).map(
    (method) => [method, (argument?: unknown) => call(method, argument)] as const,
  );
  // The methods are those of HostApi by the table's type; what they answer is the contract's promise.
  return Object.fromEntries(calls) as unknown as HostApi;
}
