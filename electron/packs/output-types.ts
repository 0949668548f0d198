/**
 * Which struct a program's records are of. A manifest says it; a ring or perf buffer does not, so without one it is
 * the struct of the object's own that has just as many bytes, where there is but one: among several the one that a
 * global variable is of, as compilers are made to keep a type, or that is called an event.
 */
import type { Btf } from '../bpf/object/btf.ts';
import type { BtfComposite } from '../bpf/object/btf-type.ts';

const EVENT_NAME = /(^|_)(event|data)(_t)?$/;

export class OutputTypes {
  readonly #btf: Btf | undefined;
  readonly #named: Readonly<Record<string, string>>;
  #structsBySize: ReadonlyMap<number, readonly BtfComposite[]> | undefined;
  #ofVariables: ReadonlySet<number> | undefined;
  readonly #known = new Map<number, BtfComposite | undefined>();

  /** `named`: structs by stream. */
  constructor(btf: Btf | undefined, named: Readonly<Record<string, string>> = {}) {
    this.#btf = btf;
    this.#named = named;
  }

  /** 0 where it is not known. */
  typeId(stream: string, sizeBytes: number): number {
    const name = this.#named[stream];
    if (name !== undefined) return this.#btf?.findStruct(name)?.id ?? 0;
    return this.#bySize(sizeBytes)?.id ?? 0;
  }

  /** The struct's name where it was found by its size. */
  guessed(stream: string, sizeBytes: number): string | undefined {
    return this.#named[stream] === undefined ? this.#bySize(sizeBytes)?.name : undefined;
  }

  #bySize(sizeBytes: number): BtfComposite | undefined {
    if (this.#known.has(sizeBytes)) return this.#known.get(sizeBytes);
    this.#structsBySize ??= this.#collect();
    const all = this.#structsBySize.get(sizeBytes) ?? [];
    const only = (some: readonly BtfComposite[]): BtfComposite | undefined =>
      some.length === 1 ? some[0] : undefined;
    const found =
      only(all) ??
      only(all.filter(({ id }) => this.#ofVariables?.has(id) === true)) ??
      only(all.filter(({ name }) => EVENT_NAME.test(name)));
    this.#known.set(sizeBytes, found);
    return found;
  }

  #collect(): ReadonlyMap<number, readonly BtfComposite[]> {
    const bySize = new Map<number, BtfComposite[]>();
    const ofVariables = new Set<number>();
    const btf = this.#btf;
    for (let id = 1; btf !== undefined && id < btf.typeCount; id += 1) {
      const type = btf.typeById(id);
      if (type.kind === 'struct' && type.name !== '' && type.members.length > 0) {
        const same = bySize.get(type.sizeBytes);
        if (same === undefined) bySize.set(type.sizeBytes, [type]);
        else same.push(type);
      } else if (type.kind === 'var') {
        const of = btf.resolve(type.typeId);
        ofVariables.add(of.kind === 'ptr' ? btf.resolve(of.typeId).id : of.id);
      }
    }
    this.#ofVariables = ofVariables;
    return bySize;
  }
}
