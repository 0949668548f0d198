/** Objects by their type in BTF: bpf_obj_new() and bpf_obj_drop() of a program's own, bpf_rdonly_cast() to the kernel's. What they hold, the verifier has settled. */
import type { ObjectLayout } from '../program.ts';
import type { HelperFunction } from './helper.ts';

export const NEW_OBJECT = 'bpf_obj_new_impl';

export const ownObjectFunctions: Readonly<Record<string, HelperFunction>> = {
  [NEW_OBJECT]: () => {
    throw new Error('what an object is like, is known where a program is loaded: newObject()');
  },

  /** What is read there, the verifier has settled: reads of what is not there give zero. */
  bpf_rdonly_cast: (_context, object) => object,

  bpf_obj_drop_impl({ objects }, object) {
    objects.drop(Number(object));
    return 0n;
  },
};

/** What a call of bpf_obj_new() does that makes such objects. */
export function newObject(layout: ObjectLayout): HelperFunction {
  return ({ objects, world }) => {
    const object = objects.make(layout);
    if (object === 0) world.missing('memory for objects');
    return BigInt(object);
  };
}
