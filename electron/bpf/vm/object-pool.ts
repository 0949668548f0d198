/**
 * Objects of a program's own, which it makes with bpf_obj_new(): memory that is handed out and taken back, up to a
 * limit. What one holds ends with it: object-fields.ts. One that is dropped is not handed out anew while the program
 * runs: who found it in a map, a list or a tree may still look at it.
 */
import type { ObjectLayout } from '../program.ts';
import { roundUp8 } from '../maps/descriptor.ts';
import type { Address, LinearMemory } from './memory.ts';
import { LIST_NODE, REFCOUNT, TREE_NODE } from '../object/graph-fields.ts';
import { beginFields, endFields } from './object-fields.ts';

/** All objects of a machine together: a program that keeps making them would eat up the memory of the replay. */
export const OBJECTS_BYTES_MAX = 64 * 1024 * 1024;
/** The largest that Linux hands out: bpf_mem_alloc() of 4096 bytes with a pointer of its own before each. */
const OBJECT_BYTES_MAX = 4096 - 8;

/** What of a layout matters again and again. */
interface Shape {
  readonly layout: ObjectLayout;
  /** All CPUs' together. */
  readonly sizeBytes: number;
  readonly nodeOffsets: readonly number[];
  readonly countOffset: number | undefined;
}

export class ObjectPool {
  readonly #memory: LinearMemory;
  readonly cpuCount: number;
  readonly #shapes = new Map<ObjectLayout, Shape>();
  readonly #objects = new Map<Address, Shape>();
  /** The object that a node lies in. */
  readonly #byNode = new Map<Address, Address>();
  #dropped: (readonly [Address, number])[] = [];
  /** Those of them that every CPU has its own of: RCU keeps them until the program ends. */
  readonly #waiting = new Map<Address, ObjectLayout>();
  #bytes = 0;

  constructor(memory: LinearMemory, cpuCount = 1) {
    this.#memory = memory;
    this.cpuCount = cpuCount;
  }

  /** Objects that are there. */
  get count(): number {
    return this.#objects.size;
  }

  /** Zeroed, but for what its fields begin with; 0 where there is no more. */
  make(layout: ObjectLayout): Address {
    const shape = this.#shapeOf(layout);
    const { sizeBytes } = shape;
    if (layout.sizeBytes > OBJECT_BYTES_MAX || this.#bytes + sizeBytes > OBJECTS_BYTES_MAX) return 0;
    const at = this.#memory.lend(sizeBytes);
    this.#memory.bytes.fill(0, at, at + sizeBytes);
    beginFields(this.#memory, at, layout.fields);
    this.#bytes += sizeBytes;
    this.#add(at, shape);
    return at;
  }

  /** Takes one more hold of an object with a count; false where it is none, or is dropped already. */
  hold(at: Address): boolean {
    const countOffset = this.#objects.get(at)?.countOffset;
    if (countOffset === undefined) return false;
    const { view } = this.#memory;
    view.setUint32(at + countOffset, view.getUint32(at + countOffset, true) + 1, true);
    return true;
  }

  /** Lets go of it: the last to do so ends it. Whether there was such an object: an address that is none is let be. */
  drop(at: Address): boolean {
    const shape = this.#objects.get(at);
    if (shape === undefined) return false;
    const { layout, countOffset } = shape;
    if (countOffset !== undefined) {
      const { view } = this.#memory;
      const count = view.getUint32(at + countOffset, true) - 1;
      view.setUint32(at + countOffset, count, true);
      if (count > 0) return true;
    }
    this.#objects.delete(at);
    for (const offset of shape.nodeOffsets) this.#byNode.delete(at + offset);
    this.#dropped.push([at, shape.sizeBytes]);
    if (layout.isPerCpu === true) this.#waiting.set(at, layout);
    endFields(this.#memory, this, at, layout.fields);
    return true;
  }

  /** The CPU's own of an object; undefined where it is none, or no CPU has its own. */
  ofCpu(at: Address, cpu: number): Address | undefined {
    const layout = this.#objects.get(at)?.layout ?? this.#waiting.get(at);
    return layout?.isPerCpu === true ? at + cpu * roundUp8(layout.sizeBytes) : undefined;
  }

  /** The object that the node of a list or tree lies in; undefined where that is dropped. */
  objectOf(node: Address): Address | undefined {
    return this.#byNode.get(node);
  }

  /** Between runs: nobody looks at what is dropped any more. Hot: called before every run. */
  reuseDropped(): void {
    if (this.#dropped.length === 0) return;
    for (const [at, sizeBytes] of this.#dropped) {
      this.#memory.takeBack(at, sizeBytes);
      this.#bytes -= sizeBytes;
    }
    this.#dropped = [];
    this.#waiting.clear();
  }

  /** Notes what is there; to call what it returns goes back to it, where memory does, too. */
  save(): () => void {
    const objects = [...this.#objects];
    const dropped = [...this.#dropped];
    const bytes = this.#bytes;
    return () => {
      this.#objects.clear();
      this.#byNode.clear();
      this.#waiting.clear();
      for (const [at, shape] of objects) this.#add(at, shape);
      this.#dropped = [...dropped];
      this.#bytes = bytes;
    };
  }

  #add(at: Address, shape: Shape): void {
    this.#objects.set(at, shape);
    for (const offset of shape.nodeOffsets) this.#byNode.set(at + offset, at);
  }

  #shapeOf(layout: ObjectLayout): Shape {
    let shape = this.#shapes.get(layout);
    if (shape === undefined) {
      const { fields } = layout;
      const nodes = fields.filter(({ name }) => name === LIST_NODE || name === TREE_NODE);
      const countOffset = fields.find(({ name }) => name === REFCOUNT)?.offsetBytes;
      const nodeOffsets = nodes.map(({ offsetBytes }) => offsetBytes);
      const copies = layout.isPerCpu === true ? this.cpuCount : 1;
      const sizeBytes = copies === 1 ? layout.sizeBytes : copies * roundUp8(layout.sizeBytes);
      this.#shapes.set(layout, (shape = { layout, sizeBytes, nodeOffsets, countOffset }));
    }
    return shape;
  }
}
