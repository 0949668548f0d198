/**
 * Sockets by the pointers that events recorded of them: addresses, ports and family, as inet_sock_set_state tells them.
 * Of what else a socket holds (its state after the event, counts of bytes) the event tells nothing: it is all ones.
 */
import type { Address, LinearMemory } from '../../../bpf/vm/memory.ts';
import type { EventType, Source } from '../../../trace/event.ts';
import type { Follower, ObjectReader } from './follower.ts';
import type { Layout } from './layout.ts';
import type { ProbedObjects } from './probed-objects.ts';
import { RecordFields } from './record-fields.ts';

const NEEDED = ['skaddr', 'sport', 'dport', 'family', 'saddr', 'daddr', 'saddr_v6', 'daddr_v6'];
/** Widest member that is written. */
const ADDRESS_BYTES = 16;
/** include/linux/socket.h. */
const AF_INET6 = 10;

export class SockObjects implements Follower {
  readonly events = ['sock:inet_sock_set_state'];
  readonly #memory: LinearMemory;
  readonly #layout: Layout;
  readonly #objects: () => ProbedObjects;
  readonly #scratch: Address;

  constructor(
    memory: LinearMemory,
    layout: Layout,
    _missing: (what: string) => void,
    objects: () => ProbedObjects,
  ) {
    this.#memory = memory;
    this.#layout = layout;
    this.#objects = objects;
    this.#scratch = memory.allocate(ADDRESS_BYTES);
  }

  reader(source: Source, type: EventType): ObjectReader | undefined {
    const fields = new RecordFields(this.#memory, source, type);
    if (type.system !== 'sock' || !fields.has(...NEEDED)) return undefined;
    // A socket is the start of what its protocol keeps of it: a pointer to one is a pointer to the other.
    const objectBytes = Math.max(8, this.#layout.sizeOf('sock'), this.#layout.sizeOf('tcp_sock'));
    return (record, batch, row) => {
      if (!fields.moveTo(record, batch, row)) return 0;
      const pointer = fields.wide('skaddr');
      const set = (path: string, bytes: Uint8Array): void => {
        const place = this.#layout.place('sock', `__sk_common.${path}`);
        if (place === undefined || bytes.length < place.sizeBytes) return;
        this.#memory.bytes.set(bytes.subarray(0, place.sizeBytes), this.#scratch);
        this.#objects().set(pointer, objectBytes, place.offsetBytes, place.sizeBytes, this.#scratch);
      };
      const [sport, dport, family] = ['sport', 'dport', 'family'].map((each) => fields.number(each));
      set('skc_family', littleEndian(family));
      set('skc_num', littleEndian(sport));
      set('skc_dport', littleEndian(dport).reverse());
      set('skc_rcv_saddr', fields.bytes('saddr'));
      set('skc_daddr', fields.bytes('daddr'));
      if (family === AF_INET6) {
        set('skc_v6_rcv_saddr', fields.bytes('saddr_v6'));
        set('skc_v6_daddr', fields.bytes('daddr_v6'));
      }
      return this.#objects().objectAt(pointer, objectBytes);
    };
  }
}

function littleEndian(value = 0): Uint8Array {
  return Uint8Array.of(value & 0xff, value >>> 8);
}
