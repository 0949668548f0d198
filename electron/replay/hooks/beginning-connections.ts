/** TCP sockets that begin to connect, as sock:inet_sock_set_state tells: who connects, and where to. */
import type { Address } from '../../bpf/vm/memory.ts';
import type { Batch, EventType, Source } from '../../trace/event.ts';
import { RecordFields } from '../kernel/objects/record-fields.ts';
import type { HookSite } from './hook.ts';
import type { SocketView } from './socket-place.ts';
import { AF_INET, AF_INET6, IPPROTO_TCP, SOCK_STREAM } from './socket-table.ts';

export const STATE_EVENT = 'sock:inet_sock_set_state';
const NEEDED = ['newstate', 'dport', 'family', 'protocol', 'daddr', 'daddr_v6'];
const TCP_SYN_SENT = 2;
const SOCKADDR_IN_BYTES = 16;
const SOCKADDR_IN6_BYTES = 28;

export interface BegunConnection {
  /** struct sockaddr of where it goes to. */
  readonly address: Uint8Array;
  readonly socket: SocketView;
}

export function beginningConnections({ sources, memory }: HookSite): readonly {
  readonly source: Source;
  readonly type: EventType;
  readonly read: (record: Address, batch: Batch, row: number) => BegunConnection | undefined;
}[] {
  return sources.flatMap((source) =>
    source.schema.types.flatMap((type) => {
      if (`${type.system}:${type.name}` !== STATE_EVENT) return [];
      const fields = new RecordFields(memory, source, type);
      if (!fields.has(...NEEDED)) return [];
      const read = (record: Address, batch: Batch, row: number): BegunConnection | undefined =>
        fields.moveTo(record, batch, row) ? begun(fields) : undefined;
      return [{ source, type, read }];
    }),
  );
}

function begun(fields: RecordFields): BegunConnection | undefined {
  if (fields.number('newstate') !== TCP_SYN_SENT || fields.number('protocol') !== IPPROTO_TCP)
    return undefined;
  const family = fields.number('family');
  if (family !== AF_INET && family !== AF_INET6) return undefined;
  const isIpv4 = family === AF_INET;
  const address = new Uint8Array(isIpv4 ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES);
  const port = fields.number('dport');
  address.set([family, 0, port >> 8, port & 0xff]);
  address.set(fields.bytes(isIpv4 ? 'daddr' : 'daddr_v6'), isIpv4 ? 4 : 8);
  return {
    address,
    socket: { family, type: SOCK_STREAM, protocol: IPPROTO_TCP, source: undefined, destination: undefined },
  };
}
