/** Objects of a program's own: bpf_obj_new() and bpf_obj_drop(). What they hold, the verifier has settled. */
import type { HelperFunction } from './helper.ts';

export const NEW_OBJECT = 'bpf_obj_new_impl';

export const ownObjectFunctions: Readonly<Record<string, HelperFunction>> = {
  [NEW_OBJECT]: () => {
    throw new Error('how large an object is, is known where a program is loaded: newObject()');
  },

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
