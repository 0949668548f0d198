/** Helpers on local storage: the same two for each kind of object. */
import { EINVAL } from '../maps/errno.ts';
import type { ProgramType } from '../program.ts';
import { LocalStorage } from '../maps/local-storage.ts';
import { errno, mapOf, memoryArgument, type HelperFamily } from './call.ts';
import type { HelperContext } from './helper.ts';

function valueOf(
  context: HelperContext,
  mapHandle: bigint,
  object: bigint,
  initial: bigint,
  flags: bigint,
): bigint {
  const map = mapOf(context, mapHandle);
  if (!(map instanceof LocalStorage)) return 0n;
  const from = initial === 0n ? 0 : memoryArgument(context.memory, initial, map.definition.valueSizeBytes);
  return BigInt(map.valueFor(object, from, flags));
}

function remove(context: HelperContext, mapHandle: bigint, object: bigint): bigint {
  const map = mapOf(context, mapHandle);
  return map instanceof LocalStorage ? BigInt(map.removeFor(object)) : errno(EINVAL);
}

/** All views of one socket have its storage. */
function socketAt({ world }: HelperContext, address: bigint): bigint {
  const facts = world.sockets().at(address);
  return facts === undefined ? address : BigInt(facts.address);
}

/** The context stands for a socket, and is the same for all of them. */
const socketOfContext: HelperFamily = {
  sk_storage_get(context, map, object, initial, flags) {
    if (context.world.sockets().at(object) === undefined) {
      context.world.missing('socket of the context');
      return 0n;
    }
    return valueOf(context, map, socketAt(context, object), initial, flags);
  },
};

export const localStorageHelpersByType: Readonly<Partial<Record<ProgramType, HelperFamily>>> = {
  cgroup_sock: socketOfContext,
};

export const localStorageHelpers: HelperFamily = {
  task_storage_get: valueOf,
  task_storage_delete: remove,
  inode_storage_get: valueOf,
  inode_storage_delete: remove,
  sk_storage_get: (context, map, object, initial, flags) =>
    valueOf(context, map, socketAt(context, object), initial, flags),
  sk_storage_delete: (context, map, object) => remove(context, map, socketAt(context, object)),
  cgrp_storage_get: valueOf,
  cgrp_storage_delete: remove,
};
