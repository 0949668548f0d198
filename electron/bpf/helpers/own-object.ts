/** Objects by their type in BTF: bpf_obj_new() and bpf_obj_drop() of a program's own, bpf_rdonly_cast() to the kernel's. What they hold, the verifier has settled. */
import type { HelperFunction } from './helper.ts';

export const NEW_OBJECT = 'bpf_obj_new_impl';

export const ownObjectFunctions: Readonly<Record<string, HelperFunction>> = {
  [NEW_OBJECT]: () => {
    throw new Error('how large an object is, is known where a program is loaded: newObject()');
  },

  /** What is read there, the verifier has settled: reads of what is not there give zero. */
  bpf_rdonly_cast: (_context, object) => object,

  bpf_obj_drop_impl({ objects }, object) {
    objects.drop(Number(object));
    return 0n;
  },
};

/** What a call of bpf_obj_new() does that makes objects of that size. */
export function newObject(sizeBytes: number): HelperFunction {
  return ({ objects, world }) => {
    const object = objects.make(sizeBytes);
    if (object === 0) world.missing('memory for objects');
    return BigInt(object);
  };
}
