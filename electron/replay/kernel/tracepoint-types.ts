/**
 * The types a recording can be relocated onto: one `struct trace_event_raw_NAME` an event, laid out
 * by the recording's own format files, as TRACE_EVENT() declares them in the kernel. A program built
 * for one kernel finds its fields at the offsets of the kernel that made the recording; a field the
 * recording's kernel did not have stays unresolved and is refused by name at attach.
 */
import type { Btf } from '../../bpf/object/btf.ts';
import { BtfBuilder } from '../../bpf/object/btf-builder.ts';
import type { EventField, EventType, Source } from '../../trace/event.ts';

/**
 * Events whose kernel struct is named after their DECLARE_EVENT_CLASS(), not after themselves.
 * Source: include/trace/events/{sched,task,irq,timer,block,power}.h, Linux 6.12.
 */
const CLASS_OF_EVENT: Readonly<Record<string, string>> = {
  'sched:sched_wakeup': 'sched_wakeup_template',
  'sched:sched_wakeup_new': 'sched_wakeup_template',
  'sched:sched_waking': 'sched_wakeup_template',
  'sched:sched_process_free': 'sched_process_template',
  'sched:sched_wait_task': 'sched_process_template',
  'sched:sched_stat_wait': 'sched_stat_template',
  'sched:sched_stat_sleep': 'sched_stat_template',
  'sched:sched_stat_iowait': 'sched_stat_template',
  'sched:sched_stat_blocked': 'sched_stat_template',
  'irq:softirq_entry': 'softirq',
  'irq:softirq_exit': 'softirq',
  'irq:softirq_raise': 'softirq',
  'block:block_rq_insert': 'block_rq',
  'block:block_rq_issue': 'block_rq',
  'block:block_rq_merge': 'block_rq',
  'block:block_rq_complete': 'block_rq_completion',
  'block:block_rq_error': 'block_rq_completion',
  'power:cpu_idle': 'cpu',
  'power:cpu_frequency': 'cpu',
};

const ARGUMENTS_MAX = 6;

/**
 * What programs know the context of every syscalls:sys_enter_NAME and sys_exit_NAME as, and where its members lie
 * (struct syscall_tp_t of kernel/trace/trace_syscalls.c): the record holds as many arguments as the call has.
 */
const SYSCALL_STRUCTS: Readonly<Record<string, Readonly<Partial<Record<string, number>>>>> = {
  sys_enter: { id: 8, args: 16 },
  sys_exit: { id: 8, ret: 16 },
};

/** Of struct trace_entry: the common fields every record starts with, as far as they were recorded. */
const COMMON_PREFIX = 'common_';

/** Types for CO-RE to relocate onto, from the schemas of the sources (the first that has an event wins). */
export function tracepointTypes(sources: readonly Source[]): Btf {
  const builder = new BtfBuilder();
  const integers = new Map<string, number>();
  const integer = (sizeBytes: number, isSigned: boolean): number => {
    const name = integerName(sizeBytes, isSigned);
    let id = integers.get(name);
    if (id === undefined) {
      id = builder.addInteger(name, sizeBytes, isSigned);
      integers.set(name, id);
    }
    return id;
  };
  let pointer: number | undefined;
  const fieldType = (field: EventField): number => {
    if (field.kind === 'integer' && /\*$/.test(field.type)) return (pointer ??= builder.addPointer(0));
    const element = integer(field.elementSizeBytes, field.isSigned);
    if (field.kind === 'text' || field.kind === 'array') {
      return builder.addArray(element, integer(4, false), field.elementCount);
    }
    return integer(field.sizeBytes, field.isSigned);
  };
  const structOf = (type: EventType, name: string): void => {
    const common = type.fields.filter(isCommon);
    const own = type.fields.filter((field) => !isCommon(field));
    const entry = builder.addStruct({
      name: 'trace_entry',
      sizeBytes: endOf(common),
      members: common.map((field) => ({
        name: field.name.slice(COMMON_PREFIX.length),
        typeId: fieldType(field),
        offsetBits: field.offsetBytes * 8,
      })),
    });
    builder.addStruct({
      name: `trace_event_raw_${name}`,
      sizeBytes: type.sizeBytes,
      members: [
        { name: 'ent', typeId: entry, offsetBits: 0 },
        ...own.map((field) => ({
          name: memberName(field),
          typeId: fieldType(field),
          offsetBits: field.offsetBytes * 8,
        })),
      ],
    });
  };
  const done = new Set<string>();
  for (const source of sources) {
    for (const type of source.schema.types) {
      if (!type.fields.some(isCommon)) continue;
      const eventClass = CLASS_OF_EVENT[`${type.system}:${type.name}`];
      for (const name of eventClass === undefined ? [type.name] : [type.name, eventClass]) {
        if (done.has(name) || lacksMembers(type, name)) continue;
        done.add(name);
        structOf(type, name);
      }
    }
  }
  for (const [name, members] of Object.entries(SYSCALL_STRUCTS)) {
    const isRecorded = sources.some(({ schema }) =>
      schema.types.some((type) => type.system === 'syscalls' && type.name.startsWith(`${name}_`)),
    );
    if (!isRecorded || done.has(name)) continue;
    const word = integer(8, true);
    const words = builder.addArray(integer(8, false), integer(4, false), ARGUMENTS_MAX);
    const typeOf = (member: string): number => (member === 'args' ? words : word);
    builder.addStruct({
      name: `trace_event_raw_${name}`,
      sizeBytes: members.args === undefined ? 24 : 64,
      members: Object.entries(members).map(([member, at = 0]) => ({
        name: member,
        typeId: typeOf(member),
        offsetBits: 8 * at,
      })),
    });
  }
  return builder.build();
}

/** A strace says which call begins, and not of every one what it was given. */
function lacksMembers({ fields }: EventType, struct: string): boolean {
  const members = Object.keys(SYSCALL_STRUCTS[struct] ?? {});
  return members.some((member) => !fields.some(({ name }) => name === member));
}

function isCommon(field: EventField): boolean {
  return field.name.startsWith(COMMON_PREFIX);
}

function endOf(fields: readonly EventField[]): number {
  return fields.reduce((end, field) => Math.max(end, field.offsetBytes + field.sizeBytes), 0);
}

function memberName(field: EventField): string {
  if (field.kind === 'dataLoc') return `__data_loc_${field.name}`;
  if (field.kind === 'relLoc') return `__rel_loc_${field.name}`;
  return field.name;
}

function integerName(sizeBytes: number, isSigned: boolean): string {
  const names: Readonly<Record<number, string>> = { 1: 'char', 2: 'short', 4: 'int', 8: 'long long' };
  const name = names[sizeBytes] ?? `int${sizeBytes * 8}`;
  return isSigned ? name : `unsigned ${name}`;
}
