/** Helpers on local storage: the same two for each kind of object. */
import { EINVAL } from '../maps/errno.ts';
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

export const localStorageHelpers: HelperFamily = {
  task_storage_get: valueOf,
  task_storage_delete: remove,
  inode_storage_get: valueOf,
  inode_storage_delete: remove,
  sk_storage_get: valueOf,
  sk_storage_delete: remove,
  cgrp_storage_get: valueOf,
  cgrp_storage_delete: remove,
};
