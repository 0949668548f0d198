/**
 * A page's channel to the host: every call is checked against the contract before it reaches the host,
 * and what the host throws goes back as data. Nothing that arrives can end the host.
 */
import { createBirpc } from 'birpc';
import * as v from 'valibot';

import { Failure } from '../failure.ts';
import { callSchemas } from './call-schemas.ts';
import type { HostApi, PageApi, WireCalls, WireResult } from './contract.ts';
import { decodeMessage, encodeMessage } from './codec.ts';
import { hostFailure } from './failures.ts';
import type { Host } from './host.ts';

/** Bytes both ways, whatever carries them. */
export interface Channel {
  post(bytes: Uint8Array): void;
  onMessage(listener: (bytes: Uint8Array) => void): void;
  onClose(listener: () => void): void;
  close(): void;
}

/**
 * A call as birpc writes it. The page answers nothing, so calls are all it may send; what birpc would
 * stumble over (it looks into a message before it catches anything) goes no further than this.
 */
const wireCallSchema = v.strictObject({
  t: v.literal('q'),
  i: v.optional(v.pipe(v.string(), v.maxLength(100))),
  m: v.pipe(v.string(), v.maxLength(100)),
  a: v.pipe(v.array(v.unknown()), v.maxLength(1)),
  o: v.optional(v.boolean()),
});

/** Serves one page until its channel closes. */
export function serveHost(channel: Channel, host: Host): void {
  const tell = (told: () => Promise<unknown>): void => {
    // A page that cannot be told is gone.
    if (!peer.$closed) told().catch(() => channel.close());
  };
  const page: PageApi = {
    onProgress: (progress) => tell(() => peer.onProgress.asEvent(progress)),
    onOutline: (outline) => tell(() => peer.onOutline.asEvent(outline)),
  };
  const calls = wireCalls(host.connect(page));
  const peer = createBirpc<PageApi, WireCalls>(calls, {
    post: (bytes: Uint8Array) => channel.post(bytes),
    on: (listener) => channel.onMessage(listener),
    serialize: encodeMessage,
    deserialize: readCall,
    // Only what the contract names; anything else is answered, not thrown: errors do not travel.
    resolver: (name, resolved) => (Object.hasOwn(callSchemas, name) ? resolved : () => unknownCall(name)),
    // A message that cannot be read is that page's fault and end: the host stays.
    onGeneralError: () => {
      channel.close();
      return true;
    },
  });
  channel.onClose(() => {
    peer.$close();
    host.disconnect(page);
  });
}

/** Throws CodecError or ValiError. */
function readCall(bytes: Uint8Array): unknown {
  return v.parse(wireCallSchema, decodeMessage(bytes));
}

function wireCalls(api: HostApi): WireCalls {
  const names = Object.keys(callSchemas) as (keyof HostApi)[];
  return Object.fromEntries(
    names.map((name) => [name, (call?: unknown) => checkedCall(api, name, call)]),
  ) as WireCalls;
}

async function checkedCall(api: HostApi, name: keyof HostApi, call: unknown): Promise<WireResult> {
  try {
    const checked = v.safeParse(callSchemas[name], call);
    if (!checked.success) throw badCall(name, checked.issues[0]);
    const body = api[name] as (argument: unknown) => Promise<unknown>;
    return { ok: true, value: await body(checked.output) };
  } catch (error) {
    const failure = hostFailure(error);
    if (failure.code === 'internal') console.error(error);
    return { ok: false, failure };
  }
}

async function unknownCall(name: string): Promise<WireResult> {
  return { ok: false, failure: hostFailure(new Failure('host', 'bad-call', 'no such call', { file: name })) };
}

function badCall(name: string, issue: v.BaseIssue<unknown>): Failure {
  const at = v.getDotPath(issue);
  return new Failure('host', 'bad-call', issue.message, { file: name, at: at ?? 'its argument' });
}
