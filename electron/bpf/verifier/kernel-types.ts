/**
 * The types of kernel objects by id: those of the kernel's BTF, where it is at hand. Where it is not,
 * the types that helpers name still differ from each other, and have ids below zero.
 */
import type { Btf } from '../object/btf.ts';

export class KernelTypes {
  readonly btf: Btf | undefined;
  /** Names of types that no BTF describes; the id is -1 less the place. */
  readonly #named: string[] = [];

  constructor(btf: Btf | undefined) {
    this.btf = btf;
  }

  /** Id of the struct of this name, always the same. */
  idOf(name: string): number {
    const id = this.btf?.findStruct(name)?.id;
    if (id !== undefined) return id;
    const known = this.#named.indexOf(name);
    return -1 - (known < 0 ? this.#named.push(name) - 1 : known);
  }

  nameOf(id: number): string {
    return id < 0 ? (this.#named[-1 - id] ?? '') : (this.btf?.nameOf(id) ?? '');
  }

  /** Whether BTF says what objects of the type hold. */
  isDescribed(id: number): boolean {
    return this.btf !== undefined && id > 0;
  }
}
