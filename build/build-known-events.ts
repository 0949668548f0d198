/**
 * Prints the tables of known events from the running kernel's own descriptions: every event's fields as tracefs
 * gives them, and the pattern that reads its text back, made of its `print fmt`. Needs root and tracefs.
 *
 *     node build/build-known-events.ts events   > electron/trace/known-events/table.ts
 *     node build/build-known-events.ts syscalls > electron/trace/known-events/syscalls.ts
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Btf } from '../electron/bpf/object/btf.ts';
import type { EventType } from '../electron/trace/event.ts';
import { parseEventFormat } from '../electron/trace/formats/trace-dat/event-format.ts';
import { declareFields } from '../electron/trace/known-events/declare.ts';
import { spellPattern } from '../electron/trace/text/pattern.ts';
import { patternOfPrintFormat } from '../electron/trace/text/print-format.ts';

const EVENTS = '/sys/kernel/tracing/events';
const COMMON_BYTES = 8;
/** Behind `int __syscall_nr`. */
const SYSCALL_ARGUMENTS_AT = 16;
/** What recordings of devices hold; file systems and devices that few of them have are left out. */
const SYSTEMS = (
  'alarmtimer avc block bpf_trace cgroup clk compaction cpuhp csd dma_fence error_report exceptions ext4 fib fib6 ' +
  'filelock filemap ftrace huge_memory io_uring iomap ipi irq irq_vectors jbd2 kmem migrate mmap mmap_lock napi ' +
  'neigh net oom page_pool percpu power printk qdisc ras raw_syscalls rcu rpm sched signal skb sock swiotlb task ' +
  'tcp thermal timer tlb udp vmscan workqueue writeback xdp'
).split(' ');
/** A list of names that is longer, and used more than once, is kept once. */
const SHARED_CHARACTERS_MIN = 200;

/** Calls that Debian 12's header does not number yet, as Linux's syscall_64.tbl does. */
const NEWER_SYSCALLS_FROM = 451;
const NEWER_SYSCALLS =
  'cachestat fchmodat2 map_shadow_stack futex_wake futex_wait futex_requeue statmount listmount lsm_get_self_attr ' +
  'lsm_set_self_attr lsm_list_modules mseal setxattrat getxattrat listxattrat removexattrat open_tree_attr ' +
  'file_getattr file_setattr';
/** What the kernel calls differently from its header. */
const RENAMED: Readonly<Record<string, string>> = { sendfile64: 'sendfile', umount: 'umount2' };

const SPECIAL_SYSCALLS: Readonly<Record<string, number>> = { uretprobe: 335, uprobe: 336 };

const enumValues = new Map<string, bigint>();

function readEnums(): void {
  const btf = Btf.parse(readFileSync('/sys/kernel/btf/vmlinux'), 'vmlinux');
  for (let id = 1; id < btf.typeCount; id++) {
    const type = btf.typeById(id);
    if (type.kind !== 'enum' && type.kind !== 'enum64') continue;
    for (const { name, value } of type.values) enumValues.set(name, value);
  }
}

function typesOf(system: string): EventType[] {
  const folder = join(EVENTS, system);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name, 'format');
      if (!existsSync(path)) return [];
      return parseEventFormat(readFileSync(path, 'latin1'), system, 0, 8) ?? [];
    });
}

/** The own fields as declare.ts reads them, with what it would not find by itself said. */
function declarationsOf(type: EventType, from: number, slotBytes: number): string {
  const own = type.fields.filter(({ offsetBytes }) => offsetBytes >= from);
  let text = '';
  for (const field of own) {
    const located = field.kind === 'dataLoc' ? '__data_loc ' : field.kind === 'relLoc' ? '__rel_loc ' : '';
    const isArray = located === '' && (field.kind === 'array' || field.kind === 'text');
    const count = field.sizeBytes === 0 ? '' : String(field.elementCount);
    const bounds = isArray ? `[${count}]` : '';
    const plain = `${located}${field.type}${located === '' ? '' : '[]'} ${field.name}${bounds}`;
    const choices = [plain, `${plain}:${field.elementSizeBytes}`, `${plain}@${field.offsetBytes}`].concat(
      `${plain}:${field.elementSizeBytes}@${field.offsetBytes}`,
    );
    const fits = choices.find((choice) => {
      try {
        const last = declareFields(`${text}${choice}`, from, slotBytes).at(-1);
        return last?.offsetBytes === field.offsetBytes && last.sizeBytes === field.sizeBytes;
      } catch {
        return false;
      }
    });
    if (fits === undefined) throw new Error(`${type.system}:${type.name}: ${plain} cannot be spelled`);
    text += `${fits}; `;
  }
  return text.trimEnd().replace(/;$/, '');
}

function patternOf(type: EventType): string | undefined {
  const pattern = patternOfPrintFormat(type.printFormat ?? '', type.fields, (name) => enumValues.get(name));
  return pattern === undefined ? undefined : spellPattern(pattern);
}

function printEvents(): void {
  readEnums();
  const shared = new Map<string, string>();
  const uses = new Map<string, number>();
  const blocks = SYSTEMS.map((system) => ({
    system,
    events: typesOf(system).map((type) => ({ type, pattern: patternOf(type) })),
  }));
  const lists = /\{(\w+):(?:<<\d+)?[=|]([^{}@]+)\}/g;
  for (const { events } of blocks) {
    for (const { pattern } of events) {
      for (const [, , list = ''] of pattern?.matchAll(lists) ?? []) uses.set(list, (uses.get(list) ?? 0) + 1);
    }
  }
  const nameOf = (field: string, list: string): string | undefined => {
    if (list.length < SHARED_CHARACTERS_MIN || (uses.get(list) ?? 0) < 2) return undefined;
    const known = shared.get(list);
    if (known !== undefined) return known;
    const taken = new Set(shared.values());
    let name = field;
    for (let number = 2; taken.has(name); number++) name = `${field}${number}`;
    shared.set(list, name);
    return name;
  };
  const lines: string[] = [];
  for (const { system, events } of blocks) {
    lines.push(`  ${system}: \``);
    for (const { type, pattern } of events) {
      const spelled = pattern?.replace(lists, (whole, field: string, list: string) => {
        const name = nameOf(field, list);
        return name === undefined ? whole : whole.replace(list, `@${name}`);
      });
      lines.push(type.name, `  ${declarationsOf(type, COMMON_BYTES, 1)}`);
      if (spelled !== undefined) lines.push(`  | ${escaped(spelled)}`);
    }
    lines.push('`,');
  }
  console.log(`/**
 * Events by system, as Linux 6.18 on x86-64 describes them: a name, its fields, and after \`|\` how its text is read
 * back (../text/pattern.ts). Printed by build/build-known-events.ts; what other kernels print is in variants.ts.
 */
export const EVENTS: Readonly<Record<string, string>> = {
${lines.join('\n')}
};

/** Lists of names that several patterns refer to by \`@name\`. */
export const SHARED_NAMES: Readonly<Record<string, string>> = {
${[...shared].map(([list, name]) => `  ${name}:\n    '${list.replaceAll("'", "\\'")}',`).join('\n')}
};`);
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${');
}

/** Numbers are the running kernel's, as tracefs has no list of them: read from <asm/unistd_64.h>. */
function printSyscalls(): void {
  const numbers = new Map<string, number>();
  const header = readFileSync('/usr/include/x86_64-linux-gnu/asm/unistd_64.h', 'latin1');
  for (const [, name = '', number] of header.matchAll(/#define __NR_(\w+) (\d+)/g))
    numbers.set(name, Number(number));
  for (const [number, name] of NEWER_SYSCALLS.split(' ').entries())
    numbers.set(name, NEWER_SYSCALLS_FROM + number);
  // The kernel's name of a call, where it is not the number's.
  const numberOf = (name: string): number | undefined =>
    numbers.get(name) ?? numbers.get(RENAMED[name] ?? name.replace(/^new/, '')) ?? SPECIAL_SYSCALLS[name];
  const lines = typesOf('syscalls')
    .filter(({ name }) => name.startsWith('sys_enter_'))
    .map((type) => {
      const name = type.name.slice('sys_enter_'.length);
      const own = declarationsOf(type, SYSCALL_ARGUMENTS_AT, 8);
      return `${name} ${numberOf(name) ?? '-'}${own === '' ? '' : ` ${own}`}`;
    });
  console.log(`/**
 * System calls as Linux 6.18 on x86-64 describes them: name, number (\`-\` where it has none there), arguments. Each
 * argument takes eight bytes of the record. Printed by build/build-known-events.ts.
 */
export const SYSCALLS = \`
${lines.join('\n')}
\`;`);
}

if (process.argv[2] === 'events') printEvents();
else if (process.argv[2] === 'syscalls') printSyscalls();
else console.error('say which table: events or syscalls');
