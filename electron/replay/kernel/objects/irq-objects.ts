/** What handles interrupts: a struct irqaction by number and name, which an event of its end is of by the CPU. */
import type { Address, LinearMemory } from '../../../bpf/vm/memory.ts';
import type { EventType, Source } from '../../../trace/event.ts';
import type { Follower, ObjectReader } from './follower.ts';
import { KernelObject, type Layout } from './layout.ts';
import { RecordFields } from './record-fields.ts';

const encoder = new TextEncoder();

export class IrqObjects implements Follower {
  readonly events = ['irq:irq_handler_entry', 'irq:irq_handler_exit'];
  readonly #memory: LinearMemory;
  readonly #layout: Layout;
  readonly #missing: (what: string) => void;
  readonly #actions = new Map<string, Address>();
  /** Of the handler that runs, by CPU and interrupt. */
  readonly #running = new Map<string, Address>();

  constructor(memory: LinearMemory, layout: Layout, missing: (what: string) => void) {
    this.#memory = memory;
    this.#layout = layout;
    this.#missing = missing;
  }

  reader(source: Source, type: EventType): ObjectReader | undefined {
    const fields = new RecordFields(this.#memory, source, type);
    if (type.system !== 'irq' || !fields.has('irq')) return undefined;
    const isEntry = fields.has('name');
    return (record, batch, row) => {
      if (!fields.moveTo(record, batch, row)) return 0;
      const irq = fields.number('irq');
      const place = `${batch.cpu[row] ?? 0} ${irq}`;
      if (isEntry) {
        const action = this.#action(irq, fields.text('name'));
        this.#running.set(place, action);
        return action;
      }
      const running = this.#running.get(place);
      if (running !== undefined) return running;
      // It was entered before the recording began.
      this.#missing('irqaction.name');
      return this.#action(irq, '');
    };
  }

  #action(irq: number, name: string): Address {
    const key = `${irq} ${name}`;
    let action = this.#actions.get(key);
    if (action === undefined) {
      const bytes = encoder.encode(`${name}\0`);
      const text = this.#memory.allocate(bytes.length);
      this.#memory.bytes.set(bytes, text);
      const made = new KernelObject(this.#memory, this.#layout, 'irqaction');
      made.set('irq', irq);
      made.set('name', text);
      action = made.address;
      this.#actions.set(key, action);
    }
    return action;
  }
}
