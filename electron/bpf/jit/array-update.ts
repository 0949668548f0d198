/** bpf_map_update_elem() on one array, or per-CPU array, as a WebAssembly function: ArrayMap.update(). */
import { ASKS_MAP } from '../maps/descriptor.ts';
import { E2BIG, EEXIST } from '../maps/errno.ts';
import { BPF_EXIST, BPF_NOEXIST } from '../maps/flags.ts';
import {
  above,
  add,
  atLeast,
  called,
  equal,
  FunctionBuilder,
  load,
  multiply,
  or,
  value,
  type Local,
} from './function-builder.ts';
import type { KnownMap } from './known-map.ts';
import { importIndex } from './layout.ts';
import type { MapCode } from './map-code.ts';
import type { Writer } from './writer.ts';

/** Addresses of key and value, flags; 0 or -errno. What flags beyond these mean, the map itself says. */
export function writeArrayUpdate(map: KnownMap, code: MapCode): Writer {
  const f = new FunctionBuilder(3);
  const [key, from, flags] = f.parameters as [Local, Local, Local];
  f.if(or(above(value(flags), Number(BPF_EXIST)), load(map.descriptor, ASKS_MAP)), () => {
    f.return(called(importIndex('update'), map.descriptor, value(key), value(from), value(flags)));
  });
  const index = f.local(load(value(key)));
  f.if(atLeast(value(index), map.maxEntries), () => f.return(-E2BIG));
  f.if(equal(value(flags), Number(BPF_NOEXIST)), () => f.return(-EEXIST));
  const place = f.local(add(multiply(value(index), map.valueCopies * map.stride), map.storage));
  if (map.valueCopies > 1) f.set(place, add(value(place), multiply(load(code.cpuCell()), map.stride)));
  f.copy(place, 0, from, 0, map.valueBytes);
  f.return(0);
  return f.finish();
}
