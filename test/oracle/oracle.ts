/**
 * The running kernel as an oracle: loader.c, compiled when first needed, answers what the kernel's
 * verifier says of a program and what a test run of it returns. Where there is no compiler or no
 * bpf(), the reason comes back instead.
 */
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Instruction, MapDefinition, MapType, ProgramType } from '../../electron/bpf/program.ts';
import { withKernelId } from './kernel-functions.ts';

export interface Question {
  readonly type: ProgramType;
  readonly license: string;
  readonly instructions: readonly Instruction[];
  readonly maps: readonly MapDefinition[];
  /** Types of the program's functions (without them the kernel takes no callbacks) and of its maps' keys and values. */
  readonly types?: FunctionTypes;
  readonly attach?: AttachTo;
  readonly isSleepable?: boolean;
  /** 0 for no log, 1 for the message, 2 for the state at every instruction, 4 for the statistics alone. */
  readonly logLevel?: 0 | 1 | 2 | 4;
  /** Runs the program once if it loads, or `repeat` times. */
  readonly isRun?: boolean;
  readonly repeat?: number;
  readonly context?: Uint8Array;
  readonly data?: Uint8Array;
}

/** What a program is loaded for, of types that are attached to functions of the kernel. */
export interface AttachTo {
  /** Linux UAPI enum bpf_attach_type. */
  readonly expectedType: number;
  /** In the running kernel's BTF, 0 for none. */
  readonly btfId: number;
}

export interface FunctionTypes {
  /** BTF as it is loaded. */
  readonly btf: Uint8Array;
  /** In order of instruction; all of the program's, or none. */
  readonly functions: readonly { readonly instruction: number; readonly typeId: number }[];
}

export interface Answer {
  readonly isAccepted: boolean;
  /** 0 or a negative errno. */
  readonly loadResult: number;
  readonly log: string;
  /** Lower 32 bits of r0, undefined where the program did not run. */
  readonly returned: number | undefined;
  /** Mean of the runs in nanoseconds, as the kernel measured it; 0 where the program did not run. */
  readonly durationNs: number;
  /** Element 0 of an array that is the first map, after the run. */
  readonly value: Uint8Array;
  /** The packet after the run. */
  readonly packet: Uint8Array;
}

export interface Oracle {
  ask(question: Question): Promise<Answer>;
  stop(): void;
  /** Once all that stop() ends has ended. */
  readonly ended: Promise<void>;
}

const MAGIC = 0x4f524350;
const REQUEST_WORDS = 14;
const MAP_WORDS = 9;
const ANSWER_BYTES = 32;

/** Linux UAPI enum bpf_prog_type, the types that are asked about. */
export const programTypeNumbers: Partial<Record<ProgramType, number>> = {
  socket_filter: 1,
  kprobe: 2,
  sched_cls: 3,
  sched_act: 4,
  tracepoint: 5,
  xdp: 6,
  perf_event: 7,
  cgroup_skb: 8,
  cgroup_sock: 9,
  lwt_in: 10,
  lwt_out: 11,
  lwt_xmit: 12,
  sock_ops: 13,
  sk_skb: 14,
  cgroup_device: 15,
  sk_msg: 16,
  raw_tracepoint: 17,
  cgroup_sock_addr: 18,
  lwt_seg6local: 19,
  sk_reuseport: 21,
  flow_dissector: 22,
  cgroup_sysctl: 23,
  raw_tracepoint_writable: 24,
  cgroup_sockopt: 25,
  tracing: 26,
  struct_ops: 27,
  ext: 28,
  lsm: 29,
  sk_lookup: 30,
  syscall: 31,
  netfilter: 32,
};

/** Linux UAPI enum bpf_map_type, the types that need no other map. */
export const mapTypeNumbers: Partial<Record<MapType, number>> = {
  hash: 1,
  array: 2,
  prog_array: 3,
  perf_event_array: 4,
  percpu_hash: 5,
  percpu_array: 6,
  stack_trace: 7,
  cgroup_array: 8,
  lru_hash: 9,
  lru_percpu_hash: 10,
  lpm_trie: 11,
  queue: 22,
  stack: 23,
  ringbuf: 27,
  user_ringbuf: 31,
  bloom_filter: 30,
  devmap: 14,
  devmap_hash: 25,
  sockmap: 15,
  cpumap: 16,
  xskmap: 17,
  sockhash: 18,
  reuseport_sockarray: 20,
  sk_storage: 24,
};

/** What the loader may do: all that root may, nothing, or what CAP_BPF alone allows. */
export type Privilege = 'full' | 'none' | 'bpf';

/**
 * Starts the loader, after one program that any kernel with bpf() takes; `within` is a command that the loader is
 * run by: `unshare -n`.
 */
export async function startOracle(
  privilege: Privilege = 'full',
  within: readonly string[] = [],
): Promise<Oracle | { unavailable: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'bpf-oracle-'));
  const binary = join(folder, 'loader');
  const source = join(import.meta.dirname, 'loader.c');
  const compiled = spawnSync('cc', ['-O1', '-Wall', '-o', binary, source], { encoding: 'utf8' });
  if (compiled.status !== 0) {
    rmSync(folder, { recursive: true });
    return { unavailable: `cc cannot build the loader: ${compiled.error?.message ?? compiled.stderr}` };
  }
  const [command = binary, ...rest] = [...within, binary, ...(privilege === 'full' ? [] : [privilege])];
  const oracle = new LoaderProcess(() => spawn(command, rest), folder);
  try {
    const question = { type: 'socket_filter', license: 'GPL', instructions: SMALLEST, maps: [] } as const;
    const probe = await oracle.ask(question);
    if (probe.isAccepted) return oracle;
    oracle.stop();
    return { unavailable: `bpf() refuses the smallest program (errno ${-probe.loadResult})` };
  } catch (error) {
    oracle.stop();
    return { unavailable: error instanceof Error ? error.message : String(error) };
  }
}

/** BPF_F_SLEEPABLE. */
const LOAD_SLEEPABLE = 16;

const SMALLEST: readonly Instruction[] = [
  { opcode: 0xb7, dst: 0, src: 0, offset: 0, imm: 0 },
  { opcode: 0x95, dst: 0, src: 0, offset: 0, imm: 0 },
];

/** A kernel that falls over this often is left alone: every fall leaves something of it behind. */
const FALLS_MAX = 5;

/** The loader did not outlive a question: a program that the kernel's verifier itself does not get over. */
export class KernelFell extends Error {}

interface Waiting {
  readonly request: Buffer;
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

class LoaderProcess implements Oracle {
  readonly #spawn: () => ChildProcessWithoutNullStreams;
  #process: ChildProcessWithoutNullStreams;
  readonly #folder: string;
  readonly #waiting: Waiting[] = [];
  readonly ended: Promise<void>;
  #resolveEnded: () => void = () => undefined;
  #isStopped = false;
  #falls = 0;
  #received = Buffer.alloc(0);
  #complaint = '';

  constructor(spawnLoader: () => ChildProcessWithoutNullStreams, folder: string) {
    this.#spawn = spawnLoader;
    this.#folder = folder;
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
    this.#process = this.#start();
  }

  #start(): ChildProcessWithoutNullStreams {
    const process = this.#spawn();
    process.stdout.on('data', (piece: Buffer) => this.#receive(piece));
    process.stderr.on('data', (piece: Buffer) => (this.#complaint += piece.toString()));
    process.stdin.on('error', () => undefined);
    // A command that is not there; its end follows.
    process.on('error', (error) => (this.#complaint += error.message));
    process.on('close', () => this.#closed());
    return process;
  }

  /** The question under way is the one that ended the loader; those after it are asked of a new one. */
  #closed(): void {
    if (this.#isStopped || this.#falls >= FALLS_MAX) {
      for (const each of this.#waiting.splice(0))
        each.reject(new Error(`the oracle ended: ${this.#complaint}`));
      this.#resolveEnded();
      return;
    }
    this.#falls += 1;
    this.#received = Buffer.alloc(0);
    this.#process = this.#start();
    this.#waiting.shift()?.reject(new KernelFell(`the loader did not outlive it. ${this.#complaint}`));
    for (const each of this.#waiting) this.#process.stdin.write(each.request);
  }

  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = encodeQuestion(question);
      this.#waiting.push({ request, resolve, reject });
      this.#process.stdin.write(request);
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#process.stdin.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #receive(piece: Buffer): void {
    this.#received = Buffer.concat([this.#received, piece]);
    while (this.#received.length >= ANSWER_BYTES) {
      const logBytes = this.#received.readUInt32LE(20);
      const valueBytes = this.#received.readUInt32LE(24);
      const packetBytes = this.#received.readUInt32LE(28);
      const logEnd = ANSWER_BYTES + logBytes;
      const end = logEnd + valueBytes + packetBytes;
      if (this.#received.length < end) return;
      if (this.#received.readUInt32LE(0) !== MAGIC) throw new Error('the oracle answers out of step');
      const loadResult = this.#received.readInt32LE(4);
      this.#waiting.shift()?.resolve({
        isAccepted: loadResult === 0,
        loadResult,
        log: this.#received.toString('utf8', ANSWER_BYTES, logEnd),
        returned: this.#received.readInt32LE(8) === 0 ? this.#received.readUInt32LE(12) : undefined,
        durationNs: this.#received.readUInt32LE(16),
        value: Uint8Array.from(this.#received.subarray(logEnd, logEnd + valueBytes)),
        packet: Uint8Array.from(this.#received.subarray(logEnd + valueBytes, end)),
      });
      this.#received = this.#received.subarray(end);
    }
  }
}

function encodeQuestion(question: Question): Buffer {
  const license = Buffer.from(question.license);
  const context = Buffer.from(question.context ?? []);
  const data = Buffer.from(question.data ?? []);
  const type = programTypeNumbers[question.type];
  if (type === undefined) throw new Error(`the oracle has no number for ${question.type}`);
  const header = words(REQUEST_WORDS, [
    MAGIC,
    type,
    question.logLevel ?? 0,
    question.instructions.length,
    license.length,
    question.maps.length,
    context.length,
    data.length,
    question.isRun === true ? (question.repeat ?? 1) : 0,
    question.types?.btf.length ?? 0,
    question.types?.functions.length ?? 0,
    question.attach?.expectedType ?? 0,
    question.attach?.btfId ?? 0,
    question.isSleepable === true ? LOAD_SLEEPABLE : 0,
  ]);
  return Buffer.concat([
    header,
    license,
    encodeCode(question.instructions.map(withKernelId)),
    Buffer.from(question.types?.btf ?? []),
    ...(question.types?.functions ?? []).map(({ instruction, typeId }) => words(2, [instruction, typeId])),
    ...question.maps.map(encodeMap),
    context,
    data,
  ]);
}

function encodeCode(instructions: readonly Instruction[]): Buffer {
  const code = Buffer.alloc(8 * instructions.length);
  instructions.forEach((instruction, slot) => {
    code.writeUInt8(instruction.opcode, 8 * slot);
    code.writeUInt8((instruction.src << 4) | instruction.dst, 8 * slot + 1);
    code.writeInt16LE(instruction.offset, 8 * slot + 2);
    code.writeInt32LE(instruction.imm, 8 * slot + 4);
  });
  return code;
}

function encodeMap(map: MapDefinition): Buffer {
  const type = mapTypeNumbers[map.type];
  if (type === undefined) throw new Error(`the oracle has no number for ${map.type}`);
  const initial = Buffer.from(map.initialValue ?? []);
  const header = words(MAP_WORDS, [
    type,
    map.keySizeBytes,
    map.valueSizeBytes,
    map.maxEntries,
    map.flags,
    map.isFrozen ? 1 : 0,
    initial.length,
    map.keyTypeId,
    map.valueTypeId,
  ]);
  return Buffer.concat([header, initial]);
}

function words(count: number, values: readonly number[]): Buffer {
  if (values.length !== count) throw new Error('a word is missing');
  const bytes = Buffer.alloc(4 * count);
  values.forEach((value, index) => bytes.writeUInt32LE(value >>> 0, 4 * index));
  return bytes;
}
