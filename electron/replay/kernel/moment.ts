/**
 * The moment a program runs in: time, CPU and task of the event being replayed, as helpers ask for
 * them. One object for a whole replay, moved from event to event.
 */
import { BlankWorld } from '../../bpf/helpers/blank-world.ts';
import type { Effect } from '../../bpf/helpers/effect.ts';
import type { Session } from '../../bpf/helpers/helper.ts';
import type { RouteDirectory } from '../../bpf/helpers/route-directory.ts';
import { noSockets, type SocketDirectory } from '../../bpf/helpers/socket-directory.ts';
import type { SequenceFile } from '../../bpf/helpers/seq-file.ts';
import { SeededRandom } from '../../bpf/helpers/seeded-random.ts';
import type { Batch, Source } from '../../trace/event.ts';
import { noObjects, type FunctionCall, type ObjectDirectory } from '../../bpf/helpers/object-directory.ts';
import type { ProbedObjects } from './objects/probed-objects.ts';
import type { AnsweredPacket } from '../hooks/packet.ts';
import type { KernelObjects } from './objects/kernel-objects.ts';
import type { RoutingTables } from './routes.ts';
import { StackOwners } from './stack-owners.ts';
import type { TaskTable } from './tasks.ts';
import type { SocketPlaces } from '../hooks/socket-place.ts';
import { UserReads } from './user-reads.ts';
import type { UserStrings } from './user-strings.ts';

/** Lines that programs print, and effects, each: as many as records of output. */
const TEXTS_KEPT_MAX = 20_000;

/** Kernels tick 24 to 1,200 times a second. */
const TICKS_PER_SECOND_MAX = 10_000;

/** What the event of a probe recorded of the call that it is of. */
export interface ProbedCall {
  /** What user space gave with the program. */
  readonly cookie: bigint;
  /** Of a program that is called at both ends of the call. */
  readonly session?: Session | undefined;
  functionCall(): FunctionCall | undefined;
  recordedMemory(space: 'kernel' | 'user', address: bigint, sizeBytes: number): Uint8Array | undefined;
}

export class ReplayMoment extends BlankWorld {
  readonly printed: { readonly timeNs: bigint; readonly text: string }[] = [];
  /** Takes each packet as a program left it, where somebody asks for them. */
  onPacket: ((packet: AnsweredPacket) => void) | undefined;
  /** Takes each effect as it happens, where somebody asks for them. */
  onEffect: ((effect: Effect) => void) | undefined;
  /** Lines printed and effects that were counted and not kept. */
  textsCut = 0;
  readonly effects: { readonly timeNs: bigint; readonly effect: Effect }[] = [];
  readonly missingCounts = new Map<string, number>();
  /** Reads of processes' memory that found nothing. */
  readonly userReads = new UserReads();
  readonly stackOwners = new StackOwners();
  /** What calls were given, where a second source tells. */
  userStrings: UserStrings | undefined;
  readonly #tasks: TaskTable;
  #source: Source | undefined;
  #batch: Batch | undefined;
  #rowNow: () => number = () => 0;
  /** Of the machine that the programs run in, which is made after the moment. */
  kernelObjects: KernelObjects | undefined;
  /** Of the recorded host, where the recording has them. */
  network: RoutingTables | undefined;
  /** Those that hooks hand to programs. */
  knownSockets: SocketPlaces | undefined;
  /** While a program runs for one. */
  probe: ProbedCall | undefined;
  /** Where an iterator's program writes, while it runs. */
  sequence: SequenceFile | undefined;
  /** By recorded pointers, where probes fetched members of what they point to. */
  probedObjects: ProbedObjects | undefined;
  readonly #random = new SeededRandom();
  /** Between events, while a timer's function runs. */
  #timer: { readonly timeNs: bigint; readonly cpu: number } | undefined;

  constructor(tasks: TaskTable) {
    super();
    this.#tasks = tasks;
  }

  /** A program runs within one event. */
  override get standsStill(): boolean {
    return true;
  }

  /** From now on at the row of the batch that `row` gives whenever it is asked. */
  enter(source: Source, batch: Batch, row: () => number): void {
    this.#source = source;
    this.#batch = batch;
    this.#rowNow = row;
  }

  /** Between events, at a time of its own, with nobody known to run: for `run` alone. */
  atTimer(timeNs: bigint, cpu: number, run: () => void): void {
    this.#timer = { timeNs, cpu };
    try {
      run();
    } finally {
      this.#timer = undefined;
    }
  }

  override timeNs(): bigint {
    if (this.#timer !== undefined) return this.#timer.timeNs;
    return this.#batch?.timeNs[this.#rowNow()] ?? 0n;
  }

  override ticksPerSecond(): number | undefined {
    const hz = Number(this.#source?.context.configuration?.get('CONFIG_HZ'));
    return Number.isSafeInteger(hz) && hz > 0 && hz <= TICKS_PER_SECOND_MAX ? hz : undefined;
  }

  override cpu(): number {
    if (this.#timer !== undefined) return this.#timer.cpu;
    return this.#batch?.cpu[this.#rowNow()] ?? 0;
  }

  override tid(): number {
    if (this.#timer !== undefined) return -1;
    return this.#batch?.tid[this.#rowNow()] ?? -1;
  }

  override tgid(): number {
    return this.#tasks.tgid(this.tid()) ?? -1;
  }

  override comm(): string | undefined {
    // Every CPU has an idle task of its own, all with tid 0; init_idle() names them.
    return this.tid() === 0 ? `swapper/${this.cpu()}` : this.#tasks.comm(this.tid());
  }

  override currentTask(): bigint {
    return BigInt(this.kernelObjects?.current(this.tid(), this.cpu()) ?? 0);
  }

  override objects(): ObjectDirectory {
    return this.kernelObjects ?? noObjects;
  }

  override sockets(): SocketDirectory {
    return this.knownSockets ?? noSockets;
  }

  override routes(): RouteDirectory | undefined {
    return this.network;
  }

  override functionCall(): FunctionCall | undefined {
    return this.probe?.functionCall();
  }

  override session(): Session | undefined {
    return this.probe?.session;
  }

  override attachCookie(): bigint {
    return this.probe?.cookie ?? 0n;
  }

  override recordedMemory(
    space: 'kernel' | 'user',
    address: bigint,
    sizeBytes: number,
  ): Uint8Array | undefined {
    const recorded = this.probe?.recordedMemory(space, address, sizeBytes);
    if (recorded !== undefined) return recorded;
    if (space === 'kernel') return this.probedObjects?.read(address, sizeBytes);
    return this.userStrings?.read(this.tid(), address, sizeBytes);
  }

  override callchain(isUser: boolean): BigUint64Array | undefined {
    if (this.#timer !== undefined) return undefined;
    const stack = this.#batch?.stack[this.#rowNow()] ?? -1;
    const context = this.#source?.context;
    if (stack < 0) return undefined;
    if (!isUser) return context?.callchains[stack];
    const chain = context?.userCallchains?.[stack];
    if (chain !== undefined && chain.length > 0) this.stackOwners.note(chain, this.tgid());
    return chain;
  }

  override effect(effect: Effect): void {
    this.onEffect?.(effect);
    if (this.effects.length < TEXTS_KEPT_MAX) this.effects.push({ timeNs: this.timeNs(), effect });
    else this.textsCut += 1;
  }

  override writeSequence(bytes: Uint8Array): boolean {
    return this.sequence?.write(bytes) ?? false;
  }

  override print(text: string): void {
    if (this.printed.length < TEXTS_KEPT_MAX) this.printed.push({ timeNs: this.timeNs(), text });
    else this.textsCut += 1;
  }

  override missing(what: string): void {
    if (what === 'user-memory') this.userReads.note(this.tid(), this.timeNs());
    this.missingCounts.set(what, (this.missingCounts.get(what) ?? 0) + 1);
  }

  /** The same numbers in every replay. */
  override random(): number {
    return this.#random.next();
  }
}
