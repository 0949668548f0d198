/**
 * `iter/task`, `iter/bpf_map`, `iter/bpf_map_elem`: called once an object of the modelled kernel as it is at a time,
 * by default the end, and once more without one. What it writes is the text that reading the iterator gives, in the
 * steps of bpf_seq_read() (kernel/bpf/bpf_iter.c): a buffer of eight pages that is read whenever it is full; the
 * object whose text did not fit, or whose program asked for it by returning 1, is shown again.
 */
import { isIterable } from '../../bpf/helpers/map.ts';
import { SequenceFile } from '../../bpf/helpers/seq-file.ts';
import { errnoName, E2BIG, EAGAIN } from '../../bpf/maps/errno.ts';
import { idOfMap } from '../../bpf/maps/inner-map.ts';
import type { BpfMap } from '../../bpf/maps/map.ts';
import { mapTypeNumber } from '../../bpf/object/map-definition.ts';
import type { LinkedProgram, VerifiedProgram } from '../../bpf/program.ts';
import { attachKindOf } from '../../bpf/verifier/attach-target.ts';
import type { Address } from '../../bpf/vm/memory.ts';
import { Failure } from '../../failure.ts';
import { KernelObject, Layout } from '../kernel/objects/layout.ts';
import type { AttachPlan, Call, HookFamily, HookSite } from './hook.ts';

/** Of all that an iterator writes; the rest is counted. */
const TEXT_BYTES_MAX = 4 * 1024 * 1024;

/** What reading an iterator gives: filled when it has run. */
export interface SequenceText {
  bytes: Uint8Array;
  /** Beyond what is kept. */
  bytesCut: number;
  /** Objects that were shown. */
  objects: number;
  /** How reading ended early: `EAGAIN`, `E2BIG`. */
  error: string | undefined;
}

/** The arguments after `meta` that show an object. */
type Shown = readonly (Address | bigint)[];

interface Iterator {
  /** Arguments that stand for the end. */
  readonly end: Shown;
  /** Each as it is when it is shown. */
  objects(): Iterable<Shown>;
}

function tasks({ tasks: table, moment }: HookSite): Iterator {
  return {
    end: [0],
    *objects() {
      const { kernelObjects } = moment;
      for (const tid of table.tids()) {
        // The reading task is in the namespace of all, where pid 0 is no task's.
        if (tid <= 0 || table.hasEnded(tid)) continue;
        if (table.isOnlySaved(tid)) {
          moment.missing('whether threads that only saved names tell of live');
          continue;
        }
        yield [kernelObjects?.task(tid) ?? 0];
      }
    },
  };
}

/** The kernel's struct of each map, made anew: what it says of one does not change. */
function mapObjects({ memory, types }: HookSite, maps: readonly BpfMap[]): readonly Address[] {
  const layout = new Layout(types);
  return maps.map((map) => {
    const { name, type, keySizeBytes, valueSizeBytes, maxEntries, flags } = map.definition;
    const object = new KernelObject(memory, layout, 'bpf_map');
    object.setText('name', name);
    object.set('id', idOfMap(map));
    object.set('map_type', mapTypeNumber(type));
    object.set('key_size', keySizeBytes);
    object.set('value_size', valueSizeBytes);
    object.set('max_entries', maxEntries);
    object.set('map_flags', flags);
    return object.address;
  });
}

function elements(map: BpfMap, object: Address): Iterator {
  return {
    end: [object, 0, 0],
    *objects() {
      if (!isIterable(map)) return;
      for (const [key, value] of map.elementAddresses()) yield [object, key, value];
    },
  };
}

function plan(program: LinkedProgram, site: HookSite): AttachPlan {
  const target = program.attachTarget;
  const refusal = NOT_HERE[target];
  if (refusal !== undefined || !KNOWN.includes(target)) {
    const reason = `iter/${target}: ${refusal ?? 'no recording holds what it goes through'}; iter/${KNOWN.join(', iter/')} can be read`;
    throw new Failure('replay', 'iterator-not-replayable', reason, { file: program.name });
  }
  const sequence: SequenceText = { bytes: new Uint8Array(), bytesCut: 0, objects: 0, error: undefined };
  const run = new SequenceRun(site, sequence);
  let maps: readonly BpfMap[] = [];
  let chosen: BpfMap | undefined;
  const iterated = (): Iterator => {
    if (target === 'task') return tasks(site);
    if (chosen !== undefined) return elements(chosen, mapObjects(site, [chosen])[0] ?? 0);
    const objects = mapObjects(site, maps);
    return { end: [0], objects: () => objects.map((each) => [each]) };
  };
  const atNs = site.iterators?.atNs;
  return {
    hook: `iter:${target}`,
    attachments: [],
    timed: [{ when: atNs === undefined ? 'end' : { atNs }, drive: (call) => run.read(iterated(), call) }],
    contextSizeBytes: 0,
    followsTasks: target === 'task',
    sequence,
    mapsMade: (made) => {
      maps = made;
    },
    proved: (verified) => {
      if (target === 'bpf_map_elem') chosen = chooseMap(program, verified, maps, site);
    },
  };
}

const KNOWN: readonly string[] = ['task', 'bpf_map', 'bpf_map_elem'];

/** Why not, of the kernel's others. */
const NOT_HERE: Readonly<Record<string, string>> = {
  task_file: 'which files a process has open, no recording says',
  bpf_prog: 'it is about the kernel that runs programs, not about one that was recorded',
  bpf_link: 'it is about the kernel that runs programs, not about one that was recorded',
};

/** The map that is named, or the only one that has as much as the program reads of its elements: what bpf_iter_attach_map() refuses. */
function chooseMap(
  program: LinkedProgram,
  { bufferBytes }: VerifiedProgram,
  maps: readonly BpfMap[],
  site: HookSite,
): BpfMap {
  const named = site.iterators?.maps?.[program.name];
  const fits = (map: BpfMap): boolean => {
    const { keySizeBytes, valueSizeBytes } = map.definition;
    const copies =
      map.valueCopies === 1 ? valueSizeBytes : 8 * Math.ceil(valueSizeBytes / 8) * map.valueCopies;
    return isIterable(map) && bufferBytes.readOnly <= keySizeBytes && bufferBytes.readWrite <= copies;
  };
  const isOwn = ({ definition }: BpfMap): boolean => /^\.(bss|data|rodata|kconfig)/.test(definition.name);
  const candidates = maps.filter((map) => fits(map) && !isOwn(map));
  const refuse = (reason: string): Failure =>
    new Failure('replay', 'no-iterated-map', reason, { file: program.name });
  const list = candidates.map(({ definition }) => definition.name).join(', ') || 'none';
  if (named === undefined) {
    const [only] = candidates;
    if (only !== undefined && candidates.length === 1) return only;
    throw refuse(
      `say which map it goes through with --iter-map ${program.name}=MAP; those that fit: ${list}`,
    );
  }
  const map = maps.find(({ definition }) => definition.name === named);
  if (map === undefined) throw refuse(`no map ${named} to go through; those that fit: ${list}`);
  if (!fits(map))
    throw refuse(`map ${named} has no elements as large as what it reads; those that fit: ${list}`);
  return map;
}

class SequenceRun {
  readonly #site: HookSite;
  readonly #text: SequenceText;
  readonly #file = new SequenceFile();
  #pieces: Uint8Array[] = [];
  #kept = 0;

  constructor(site: HookSite, text: SequenceText) {
    this.#site = site;
    this.#text = text;
  }

  /** As a program that reads to the end gets it. */
  read(iterator: Iterator, call: Call): void {
    const { memory, moment, types } = this.#site;
    const layout = new Layout(types);
    const file = new KernelObject(memory, layout, 'seq_file');
    const meta = new KernelObject(memory, layout, 'bpf_iter_meta');
    meta.set('seq', file.address);
    const context = memory.allocate(8 * (1 + iterator.end.length));
    const show = (shown: Shown, number: number): bigint | undefined => {
      meta.set('seq_num', number);
      [meta.address, ...shown].forEach((value, index) =>
        memory.view.setBigUint64(context + 8 * index, BigInt(value), true),
      );
      return call(context);
    };
    moment.sequence = this.#file;
    try {
      const numbers = this.#objects(iterator, show);
      if (numbers !== undefined) this.#show(() => show(iterator.end, numbers), true);
    } finally {
      moment.sequence = undefined;
    }
    this.#take();
    this.#text.bytes = Buffer.concat(this.#pieces);
  }

  /** The number that the end is shown under; undefined where reading ended before. */
  #objects(
    iterator: Iterator,
    show: (shown: Shown, number: number) => bigint | undefined,
  ): number | undefined {
    let number = 0;
    for (const shown of iterator.objects()) {
      if (!this.#show(() => show(shown, number), false)) return undefined;
      number += 1;
      this.#text.objects += 1;
    }
    // The last object's, where there was one: seq_num goes on with the next object, not with the end.
    return Math.max(0, number - 1);
  }

  /** One object, once more with an empty buffer where it asks for that or had no room. */
  #show(show: () => bigint | undefined, isEnd: boolean): boolean {
    for (;;) {
      const before = this.#file.bytes.length;
      const asksAgain = show() === 1n;
      if (!asksAgain && !this.#file.isFull) return true;
      // What the program returns at the end is nobody's business.
      if (isEnd && !this.#file.isFull) return true;
      this.#file.truncate(before);
      if (before === 0) {
        this.#text.error = errnoName(this.#file.isFull ? E2BIG : asksAgain ? EAGAIN : E2BIG);
        return false;
      }
      this.#take();
    }
  }

  /** The reader takes what is in the buffer. */
  #take(): void {
    const bytes = this.#file.bytes.slice();
    const kept = bytes.subarray(0, Math.max(0, TEXT_BYTES_MAX - this.#kept));
    if (kept.length > 0) this.#pieces.push(kept);
    this.#kept += kept.length;
    this.#text.bytesCut += bytes.length - kept.length;
    this.#file.clear();
  }
}

export const iteratorHooks: HookFamily = {
  name: 'iterator',
  programTypes: ['tracing'],
  takes: (program) => attachKindOf(program) === 'iter',
  plan,
};
