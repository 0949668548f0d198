/**
 * One verification under way: the program, what is known here and now, and what was gathered. The
 * modules that know an instruction each take a Walk, read and change its state, and refuse through it.
 */
import type { AttachTarget } from './attach-target.ts';
import type { Btf } from '../object/btf.ts';
import type { ContextAccess, LinkedProgram, MapDefinition, ObjectLayout } from '../program.ts';
import { InstructionUse } from './instruction-use.ts';
import { KernelTypes } from './kernel-types.ts';
import { PathKeeper } from './kept-paths.ts';
import { KernelLog, type LogLevel } from './kernel-log.ts';
import { MAPS_MAX } from './limits.ts';
import type { LiveStack } from './live-stack.ts';
import { suitsSleepable } from './map-compatibility.ts';
import { Precision } from './precision.ts';
import { checkMapPrivilege } from './privilege.ts';
import { isPointer, uninitialised, type Register } from './register.ts';
import { checkSpecialFields } from './special-fields.ts';
import { Speculation } from './speculation.ts';
import type { Frame, State } from './state.ts';
import type { SubprogramFacts } from './subprograms.ts';

export interface VerifyOptions {
  /** Text of the object's `license` section. */
  readonly license: string;
  /** As with CAP_PERFMON (the default); else pointers must not leak, nor the stack be read before it is written. */
  readonly privileged?: boolean;
  /** Where not privileged: as with CAP_BPF alone, which allows loops, functions and more helpers. */
  readonly isBpfCapable?: boolean;
  /** Bytes that every context holds; what the program type allows where undefined. */
  readonly contextSizeBytes?: number;
  readonly signal?: AbortSignal;
  /** The object's BTF: without it, what map values hold beside plain bytes goes unseen. */
  readonly btf?: Btf | undefined;
  /** Types of the kernel the program is for: what its objects hold, and what functions it attaches to are given. */
  readonly kernelBtf?: Btf | undefined;
  /** Writes Linux's log at this level: Verdict.log. */
  readonly logLevel?: LogLevel | undefined;
  /** Keeps every path with all that was known at each instruction: Verdict.paths. */
  readonly keepsPaths?: boolean;
  /** Instructions processed before giving up, PROCESSED_MAX where undefined. */
  readonly instructionsMax?: number;
}

/** Ends the walk; verifyProgram() makes a Rejection of it. The message has Linux's words, a line each where it writes several. */
export class Refusal extends Error {
  readonly code: string;
  readonly instruction: number;

  constructor(code: string, text: string, instruction: number) {
    super(text);
    this.code = code;
    this.instruction = instruction;
  }
}

export class Walk {
  readonly program: LinkedProgram;
  readonly maps: readonly MapDefinition[];
  readonly options: VerifyOptions;
  readonly isPrivileged: boolean;
  readonly isBpfCapable: boolean;
  /** Undefined where the kernel does not guard against speculation: with privilege. */
  readonly speculation: Speculation | undefined;
  readonly use = new InstructionUse();
  readonly kernelTypes: KernelTypes;
  readonly contextAccesses = new Map<string, ContextAccess>();
  /** Bytes reached of what an iterator hands out: of what is only read, of what may be written. */
  readonly bufferBytes = { readOnly: 0, readWrite: 0 };
  readonly helpers = new Set<number>();
  /** How far into what a tracepoint lets it write it reaches. */
  tracepointBufferBytes = 0;
  /** Slots of loads that on some path read memory that may not be there. */
  readonly probedLoads = new Set<number>();
  /** What a call of bpf_obj_new() makes, by its slot. */
  readonly objectLayouts = new Map<number, ObjectLayout>();
  /** Deepest byte of stack touched, by number of the function. */
  readonly stackDepths: number[];
  /** The program's functions, by number. */
  subprograms: readonly SubprogramFacts[] = [];
  /** Global functions that were called, by number: each is verified by itself. */
  readonly calledGlobals = new Set<number>();
  /** Functions that a helper or kernel function calls back, by number. */
  readonly calledBack = new Set<number>();
  /** Functions that are called when no program of this runs, by number. */
  readonly asynchronous = new Set<number>();
  /** The function of the kernel whose arguments are the context; undefined of types that are attached elsewhere. */
  attach: AttachTarget | undefined;
  /** What is known on the path being followed. */
  state: State;
  pc = 0;
  readonly log: KernelLog | undefined;
  /** Undefined where paths are not asked for. */
  readonly keeper: PathKeeper | undefined;
  /** The way here, and which numbers on it matter. */
  readonly precision: Precision;
  /** Which slots of the stack are read where; undefined before the walk. */
  liveStack: LiveStack | undefined = undefined;
  #lastId = 0;
  readonly #usedMaps = new Set<number>();
  /** Maps found in maps; numbered after the program's own. */
  readonly #innerMaps: MapDefinition[] = [];

  constructor(program: LinkedProgram, maps: readonly MapDefinition[], options: VerifyOptions, state: State) {
    this.program = program;
    this.maps = maps;
    this.options = options;
    this.isPrivileged = options.privileged ?? true;
    this.isBpfCapable = this.isPrivileged || (options.isBpfCapable ?? false);
    this.precision = new Precision(program.instructions, !this.isBpfCapable);
    this.speculation = this.isPrivileged ? undefined : new Speculation();
    this.kernelTypes = new KernelTypes(options.kernelBtf);
    this.state = state;
    this.keeper = options.keepsPaths === true ? new PathKeeper() : undefined;
    this.log = options.logLevel === undefined ? undefined : new KernelLog(options.logLevel);
    this.stackDepths = program.subprograms.map(() => 0);
  }

  get frame(): Frame {
    return this.state.frame;
  }

  /** Whether what is called here may sleep, where no region forbids it: in_sleepable(). */
  get isSleepable(): boolean {
    return this.state.maySleep ?? this.program.isSleepable;
  }

  newId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  refuse(code: string, text: string, instruction = this.pc): never {
    throw new Refusal(code, text, instruction);
  }

  /** The register's content as it is, uninitialised or not. */
  peek(register: number): Register {
    return this.frame.registers[register] ?? uninitialised;
  }

  /** The register's content; refuses one that was never written. */
  read(register: number): Exclude<Register, { kind: 'uninitialised' }> {
    const content = this.peek(register);
    if (content.kind === 'uninitialised') {
      this.refuse('uninitialised-register', `R${register} !read_ok`);
    }
    return content;
  }

  write(register: number, content: Register): void {
    if (register === 10) this.refuse('frame-pointer', 'frame pointer is read only');
    this.frame.registers[register] = content;
  }

  map(index: number): MapDefinition {
    const map = this.maps[index] ?? this.#innerMaps[index - this.maps.length];
    if (map === undefined)
      this.refuse('unknown-map', `the program refers to map ${index}, and there are ${this.maps.length}`);
    return map;
  }

  /** The program refers to the map: refuses one that it may not use. */
  useMap(index: number): MapDefinition {
    const map = this.map(index);
    if (this.#usedMaps.has(index)) return map;
    this.#usedMaps.add(index);
    if (this.#usedMaps.size > MAPS_MAX)
      this.refuse('too-complex', `The total number of maps per program has reached the limit of ${MAPS_MAX}`);
    this.#checkMap(map, false);
    return map;
  }

  #checkMap(map: MapDefinition, isInner: boolean): void {
    checkMapPrivilege(this, map);
    checkSpecialFields(this, map, isInner);
    if (this.program.isSleepable && !suitsSleepable(map.type))
      this.refuse(
        'bad-map',
        `Sleepable programs can only use array, hash, ringbuf and local storage maps, not ${map.type}`,
      );
  }

  /** Number of the map that stands for those in map `index`; refuses where it declares none. */
  innerMap(index: number): number {
    const { inner, name } = this.map(index);
    if (inner === undefined) this.refuse('bad-map', `map ${name} does not say what maps it holds`);
    let number = this.#innerMaps.indexOf(inner);
    if (number < 0) {
      this.#checkMap(inner, true);
      number = this.#innerMaps.push(inner) - 1;
    }
    return this.maps.length + number;
  }

  isInnerMap(index: number): boolean {
    return index >= this.maps.length;
  }

  /** Whether handing this on would leak an address where that is not allowed. */
  leaks(content: Register): boolean {
    return !this.isPrivileged && isPointer(content);
  }

  /** The load at pc reads memory that may not be there: it gives 0 then. */
  noteProbed(): void {
    this.probedLoads.add(this.pc);
  }

  /** The instruction reads of the slot of the frame's stack. */
  noteStackRead(frame: Frame, slot: number): void {
    this.liveStack?.noteRead(this.state, this.pc, this.state.frames.indexOf(frame), slot);
  }

  /** The instruction puts a register to the slot of the frame's stack, or takes it from there. */
  noteStackAccess(frame: Frame, slot: number): void {
    this.precision.noteStackAccess(this.state.frames.indexOf(frame), slot);
  }

  /** The function of the number. */
  subprogram(number: number): SubprogramFacts {
    const facts = this.subprograms[number];
    if (facts === undefined) throw new Error(`no function ${number}`);
    return facts;
  }

  touchStack(frame: Frame, depthBytes: number): void {
    const known = this.stackDepths[frame.subprogram] ?? 0;
    if (depthBytes > known) this.stackDepths[frame.subprogram] = depthBytes;
  }

  noteTracepointBuffer(endBytes: number): void {
    if (endBytes > this.tracepointBufferBytes) this.tracepointBufferBytes = endBytes;
  }

  /** max_rdonly_access and max_rdwr_access: whoever attaches sees that there is as much. */
  noteBuffer(isReadOnly: boolean, endBytes: number): void {
    const kind = isReadOnly ? 'readOnly' : 'readWrite';
    this.bufferBytes[kind] = Math.max(this.bufferBytes[kind], endBytes);
  }

  noteContextAccess(offsetBytes: number, sizeBytes: number, isWrite: boolean): void {
    if (this.state.isSpeculative) return;
    const key = `${offsetBytes} ${sizeBytes} ${isWrite}`;
    const known = this.contextAccesses.get(key);
    if (known !== undefined && known.instruction <= this.pc) return;
    this.contextAccesses.set(key, { offsetBytes, sizeBytes, isWrite, instruction: this.pc });
  }
}
