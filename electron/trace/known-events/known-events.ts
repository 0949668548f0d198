/**
 * Common events as Linux lays them out, for recordings that do not describe them: a text trace, a Perfetto trace,
 * a strace. So the same eBPF program runs on these as on a trace.dat. A bundle's own format files come first.
 */
import type { EventField } from '../event.ts';
import { parseEventFormat } from '../formats/trace-dat/event-format.ts';
import type { Surroundings } from '../surroundings.ts';
import { parsePattern } from '../text/pattern.ts';
import type { Pattern } from '../text/pattern.ts';
import { patternOfPrintFormat } from '../text/print-format.ts';
import { COMMON_DECLARATIONS, declareFields } from './declare.ts';
import { ARM64_SYSCALLS } from './arm64-syscalls.ts';
import { SYSCALLS } from './syscalls.ts';
import { EVENTS, SHARED_NAMES } from './table.ts';
import { VARIANTS } from './variants.ts';

export interface KnownEvent {
  readonly system: string;
  readonly name: string;
  /** The id that the recording's own format file gives; undefined for the table's, which differ by kernel. */
  readonly recordId: number | undefined;
  /** Common fields first. */
  readonly fields: readonly EventField[];
  readonly sizeBytes: number;
  /** How its text may be printed, the newest kernel's first. */
  readonly patterns: readonly Pattern[];
}

export interface KnownSyscall {
  readonly name: string;
  /** On the machine that was asked for. */
  readonly number: number;
}

const COMMON_BYTES = 8;
const SYSCALL_SLOT_BYTES = 8;
const commonFields = declareFields(COMMON_DECLARATIONS, 0);

/** Declarations and patterns of the table, laid out when they are first asked for. */
interface Entry {
  readonly system: string;
  readonly name: string;
  declarations: string;
  slotBytes: number;
  readonly texts: string[];
  event: KnownEvent | undefined;
}

const entries = new Map<string, Entry>();
const systemsByName = new Map<string, string[]>();
const syscallsByName = new Map<string, KnownSyscall>();
const syscallsByNumber = new Map<number, KnownSyscall>();
const armByName = new Map<string, KnownSyscall>();
const armByNumber = new Map<number, KnownSyscall>();
/** From this number on, all machines have the same. */
const SAME_FROM = 424;

/** The event of the table; undefined where it has none of that name. */
export function knownEvent(system: string, name: string): KnownEvent | undefined {
  readTable();
  const entry = entries.get(`${system}:${name}`);
  if (entry === undefined) return undefined;
  entry.event ??= eventOf(entry);
  return entry.event;
}

/** As the bundle's format file has it, else as the table does. */
export function describedEvent(
  surroundings: Surroundings,
  system: string,
  name: string,
): KnownEvent | undefined {
  const text = surroundings.eventFormat(system, name);
  const type = text === undefined ? undefined : parseEventFormat(text, system, 0, 8);
  const known = knownEvent(system, name);
  if (type === undefined) return known;
  const { recordId, fields, sizeBytes, printFormat } = type;
  const own = patternOfPrintFormat(printFormat ?? '', fields);
  const patterns = [...(own === undefined ? [] : [own]), ...(known?.patterns ?? [])];
  return { system, name, recordId, fields, sizeBytes, patterns };
}

/** Systems that have an event of this name: text often names no system. */
export function systemsOfEvent(surroundings: Surroundings, name: string): readonly string[] {
  readTable();
  const here = surroundings.systemsOf(name);
  return here.length > 0 ? here : (systemsByName.get(name) ?? []);
}

/** Whether the numbers of the machine's calls are known; a recording that does not say is taken for x86-64. */
export function hasSyscallNumbers(machine: string | undefined): boolean {
  return machine === undefined || machine === 'x86_64' || machine === 'aarch64';
}

/** By the name of its events: `newfstat` of `sys_enter_newfstat`. */
export function syscallNamed(name: string, machine?: string): KnownSyscall | undefined {
  readTable();
  const known = syscallsByName.get(name);
  if (machine !== 'aarch64') return known;
  return armByName.get(name) ?? (known !== undefined && known.number >= SAME_FROM ? known : undefined);
}

export function syscallNumbered(number: number, machine?: string): KnownSyscall | undefined {
  readTable();
  if (machine !== 'aarch64') return syscallsByNumber.get(number);
  return armByNumber.get(number) ?? (number >= SAME_FROM ? syscallsByNumber.get(number) : undefined);
}

/** Every `system:name` of the table. */
export function knownNames(): readonly string[] {
  readTable();
  return [...entries.keys()];
}

function eventOf({ system, name, declarations, slotBytes, texts }: Entry): KnownEvent {
  const nr = slotBytes === 1 ? [] : declareFields('int __syscall_nr', COMMON_BYTES);
  const from = COMMON_BYTES + nr.length * slotBytes;
  const fields = [...commonFields, ...nr, ...declareFields(declarations, from, slotBytes)];
  return {
    system,
    name,
    recordId: undefined,
    fields,
    sizeBytes: fields.reduce((end, field) => Math.max(end, field.offsetBytes + field.sizeBytes), 0),
    patterns: texts.map((text) => parsePattern(text, SHARED_NAMES)),
  };
}

function readTable(): void {
  if (entries.size > 0) return;
  for (const tables of [EVENTS, VARIANTS]) {
    for (const [system, block] of Object.entries(tables)) readBlock(system, block);
  }
  readSyscalls();
}

/** A name, its fields below it, and its patterns behind `|`. A second block of a name adds patterns. */
function readBlock(system: string, block: string): void {
  let entry: Entry | undefined;
  for (const line of block.split('\n')) {
    if (line === '') continue;
    if (!line.startsWith(' ')) entry = entryOf(system, line);
    else if (line.startsWith('  | ')) entry?.texts.push(line.slice('  | '.length));
    else if (entry !== undefined) entry.declarations = line.trim();
  }
}

function entryOf(system: string, name: string): Entry {
  const known = entries.get(`${system}:${name}`);
  if (known !== undefined) return known;
  const entry: Entry = { system, name, declarations: '', slotBytes: 1, texts: [], event: undefined };
  entries.set(`${system}:${name}`, entry);
  const systems = systemsByName.get(name);
  if (systems === undefined) systemsByName.set(name, [system]);
  else systems.push(system);
  return entry;
}

function readSyscalls(): void {
  readArmSyscalls();
  for (const line of SYSCALLS.trim().split('\n')) {
    const [name = '', number = '', ...rest] = line.split(' ');
    const declarations = rest.join(' ');
    const call = { name, number: Number(number) };
    syscallsByName.set(name, call);
    syscallsByNumber.set(call.number, call);
    const parameters = declarations
      .split(';')
      .flatMap((each) => /(\w+)(?::\d+)?$/.exec(each.trim())?.[1] ?? []);
    const enter = entryOf('syscalls', `sys_enter_${name}`);
    enter.declarations = declarations;
    enter.slotBytes = SYSCALL_SLOT_BYTES;
    enter.texts.push(parameters.map((parameter) => `${parameter}: 0x{${parameter}:x}`).join(', '));
    const exit = entryOf('syscalls', `sys_exit_${name}`);
    exit.declarations = 'int __syscall_nr; long ret';
    exit.texts.push('0x{ret:x}');
  }
}

function readArmSyscalls(): void {
  let number = 0;
  for (const word of ARM64_SYSCALLS.trim().split(/\s+/)) {
    if (/^\d+$/.test(word)) {
      number = Number(word);
      continue;
    }
    const call = { name: word, number };
    number += 1;
    // A number that is not used any more.
    if (word === 'ni_syscall') continue;
    armByName.set(word, call);
    armByNumber.set(call.number, call);
  }
}
