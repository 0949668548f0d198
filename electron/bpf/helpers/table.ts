/**
 * Every helper by id: the shared prototype, joined with what it does here. A helper without `run` is
 * known by name and refused where a program that calls it is loaded.
 */
import type { HelperFamily } from './call.ts';
import { controlHelpers } from './control.ts';
import type { Helper } from './helper.ts';
import { mapHelpers } from './map.ts';
import { memoryHelpers } from './memory.ts';
import { printHelpers } from './print.ts';
import { randomHelpers } from './random.ts';
import { ringbufHelpers } from './ringbuf.ts';
import { taskHelpers } from './task.ts';
import { timeHelpers } from './time.ts';

const localPrototypes: readonly Omit<Helper, 'run'>[] = [
  {
    id: 1,
    name: 'map_lookup_elem',
    arguments: ['const_map_ptr', 'map_key'],
    returns: 'map_value_or_null',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 2,
    name: 'map_update_elem',
    arguments: ['const_map_ptr', 'map_key', 'map_value', 'anything'],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 3,
    name: 'map_delete_elem',
    arguments: ['const_map_ptr', 'map_key'],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 4,
    name: 'probe_read',
    arguments: ['uninit_mem', 'const_size_or_zero', 'anything'],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 5,
    name: 'ktime_get_ns',
    arguments: [],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 6,
    name: 'trace_printk',
    arguments: ['mem', 'const_size', 'anything', 'anything', 'anything'],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 7,
    name: 'get_prandom_u32',
    arguments: [],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 8,
    name: 'get_smp_processor_id',
    arguments: [],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 12,
    name: 'tail_call',
    arguments: ['ctx', 'const_map_ptr', 'anything'],
    returns: 'void',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 14,
    name: 'get_current_pid_tgid',
    arguments: [],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 16,
    name: 'get_current_comm',
    arguments: ['uninit_mem', 'const_size'],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 45,
    name: 'probe_read_str',
    arguments: ['uninit_mem', 'const_size_or_zero', 'anything'],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 112,
    name: 'probe_read_user',
    arguments: ['uninit_mem', 'const_size_or_zero', 'anything'],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 113,
    name: 'probe_read_kernel',
    arguments: ['uninit_mem', 'const_size_or_zero', 'anything'],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 114,
    name: 'probe_read_user_str',
    arguments: ['uninit_mem', 'const_size_or_zero', 'anything'],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 115,
    name: 'probe_read_kernel_str',
    arguments: ['uninit_mem', 'const_size_or_zero', 'anything'],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 125,
    name: 'ktime_get_boot_ns',
    arguments: [],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 130,
    name: 'ringbuf_output',
    arguments: ['const_map_ptr', 'mem', 'const_size_or_zero', 'anything'],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 131,
    name: 'ringbuf_reserve',
    arguments: ['const_map_ptr', 'const_alloc_size_or_zero', 'anything'],
    returns: 'mem_or_null',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 132,
    name: 'ringbuf_submit',
    arguments: ['ringbuf_record', 'anything'],
    returns: 'void',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 133,
    name: 'ringbuf_discard',
    arguments: ['ringbuf_record', 'anything'],
    returns: 'void',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 134,
    name: 'ringbuf_query',
    arguments: ['const_map_ptr', 'anything'],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 160,
    name: 'ktime_get_coarse_ns',
    arguments: [],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 164,
    name: 'for_each_map_elem',
    arguments: ['const_map_ptr', 'func', 'stack_or_null', 'anything'],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 165,
    name: 'snprintf',
    arguments: ['mem_or_null', 'const_size_or_zero', 'const_str', 'mem_or_null', 'const_size_or_zero'],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 177,
    name: 'trace_vprintk',
    arguments: ['mem', 'const_size', 'mem_or_null', 'const_size_or_zero'],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 181,
    name: 'loop',
    arguments: ['anything', 'func', 'stack_or_null', 'anything'],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 195,
    name: 'map_lookup_percpu_elem',
    arguments: ['const_map_ptr', 'map_key', 'anything'],
    returns: 'map_value_or_null',
    isGplOnly: false,
    programTypes: undefined,
  },
  {
    id: 208,
    name: 'ktime_get_tai_ns',
    arguments: [],
    returns: 'integer',
    isGplOnly: false,
    programTypes: undefined,
  },
];

const runs: HelperFamily = {
  ...mapHelpers,
  ...timeHelpers,
  ...taskHelpers,
  ...randomHelpers,
  ...printHelpers,
  ...ringbufHelpers,
  ...memoryHelpers,
  ...controlHelpers,
};

const helpers: ReadonlyMap<number, Helper> = new Map(
  localPrototypes.map((prototype) => [prototype.id, { ...prototype, run: runs[prototype.name] }]),
);

/** undefined for an id that Linux does not have either. */
export function helperById(id: number): Helper | undefined {
  return helpers.get(id);
}
