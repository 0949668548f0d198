/**
 * Push, pop and peek of one queue or stack as WebAssembly functions: what QueueMap of maps/queue.ts does,
 * with the map's sizes written in. A full map is left to the helper, which counts what it refuses or drops.
 */
import { CONSUMER, COUNT } from '../maps/descriptor.ts';
import { EINVAL, ENOENT } from '../maps/errno.ts';
import { BPF_EXIST, BPF_NOEXIST } from '../maps/flags.ts';
import {
  above,
  add,
  atLeast,
  equal,
  FunctionBuilder,
  isZero,
  load,
  multiply,
  or,
  subtract,
  value,
  type Expression,
  type Local,
} from './function-builder.ts';
import type { KnownMap } from './known-map.ts';
import type { Writer } from './writer.ts';

/** What a function gives where the helper itself is to be called: no errno. */
export const ASK_HELPER = 1;

export function isQueue({ type }: KnownMap): boolean {
  return type === 'queue' || type === 'stack';
}

/** Address of a value, flags; 0, -errno or ASK_HELPER. */
export function writePush(map: KnownMap): Writer {
  const f = new FunctionBuilder(2);
  const [from, flags] = f.parameters as [Local, Local];
  const isInvalid = or(equal(value(flags), Number(BPF_NOEXIST)), above(value(flags), Number(BPF_EXIST)));
  f.if(isInvalid, () => f.return(-EINVAL));
  const count = f.local(load(map.descriptor, COUNT));
  f.if(equal(value(count), map.maxEntries), () => f.return(ASK_HELPER));
  const place = slot(f, map, value(count));
  f.copy(place, 0, from, 0, map.valueBytes);
  f.store(map.descriptor, COUNT, add(value(count), 1));
  f.return(0);
  return f.finish();
}

/** Address to copy the next value to; 0 or -errno. */
export function writeTake(map: KnownMap, isRemoved: boolean): Writer {
  const f = new FunctionBuilder(1);
  const [to] = f.parameters as [Local];
  const count = f.local(load(map.descriptor, COUNT));
  f.if(isZero(value(count)), () => {
    f.clear(to, 0, map.valueBytes);
    f.return(-ENOENT);
  });
  const isStack = map.type === 'stack';
  const place = slot(f, map, isStack ? subtract(value(count), 1) : undefined);
  f.copy(to, 0, place, 0, map.valueBytes);
  if (isRemoved) {
    f.store(map.descriptor, COUNT, subtract(value(count), 1));
    if (!isStack)
      f.store(map.descriptor, CONSUMER, value(inRange(f, map, add(load(map.descriptor, CONSUMER), 1))));
  }
  f.return(0);
  return f.finish();
}

/** Place of the element `index` places after the oldest, or of that. */
function slot(f: FunctionBuilder, map: KnownMap, index?: Expression): Local {
  const oldest = load(map.descriptor, CONSUMER);
  const number = inRange(f, map, index === undefined ? oldest : add(oldest, index));
  return f.local(add(multiply(value(number), map.stride), map.storage));
}

/** A position that is less than twice the entries, as one of them. */
function inRange(f: FunctionBuilder, map: KnownMap, position: Expression): Local {
  const number = f.local(position);
  f.if(atLeast(value(number), map.maxEntries), () => f.set(number, subtract(value(number), map.maxEntries)));
  return number;
}
