/** The running kernel's maps: maps.c, compiled when first needed, does one bpf() command a request. */
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAP_TYPES } from '../../../electron/bpf/object/map-definition.ts';
import type { MapDefinition } from '../../../electron/bpf/program.ts';

/** In the order of enum operation in maps.c. */
const OPERATIONS = [
  'create',
  'update',
  'lookup',
  'delete',
  'nextKey',
  'lookupAndDelete',
  'freeze',
  'close',
  'updateBatch',
  'deleteBatch',
  'lookupBatch',
  'lookupAndDeleteBatch',
] as const;

export interface MapRequest {
  readonly operation: (typeof OPERATIONS)[number];
  /** A number below 64 that the asker chose when it created the map. */
  readonly map: number;
  readonly flags?: number;
  readonly key?: Uint8Array;
  /** For operations that find a value: as many bytes as it has. */
  readonly value?: Uint8Array;
  readonly count?: number;
  /** Of a batch: BPF_F_* of the whole, and whether it goes on where the last one of this map ended. */
  readonly batchFlags?: number;
  readonly goesOn?: boolean;
}

export interface MapAnswer {
  /** 0 or -errno. */
  readonly result: number;
  readonly bytes: Uint8Array;
}

const ANSWER_BYTES = 8;

export class MapOracle {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #folder: string;
  readonly #waiting: { resolve(answer: MapAnswer): void; reject(error: Error): void }[] = [];
  #received = Buffer.alloc(0);

  constructor(process: ChildProcessWithoutNullStreams, folder: string) {
    this.#process = process;
    this.#folder = folder;
    process.stdout.on('data', (piece: Buffer) => this.#receive(piece));
    process.on('close', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('the maps oracle ended'));
    });
  }

  ask(request: MapRequest): Promise<MapAnswer> {
    const { operation, map, flags = 0, key, value, count = 0, batchFlags = 0, goesOn = false } = request;
    const header = Uint32Array.of(
      OPERATIONS.indexOf(operation),
      map,
      flags,
      key?.length ?? 0,
      value?.length ?? 0,
      count,
      batchFlags,
      goesOn ? 1 : 0,
    );
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#process.stdin.write(Buffer.concat([new Uint8Array(header.buffer), key ?? EMPTY, value ?? EMPTY]));
    });
  }

  /** `inner`: number of the map that a map of maps is declared with; `btf` types its key and value. 0 or -errno. */
  async create(
    map: number,
    definition: MapDefinition,
    inner?: number,
    btf: Uint8Array = EMPTY,
  ): Promise<number> {
    const { type, keySizeBytes, valueSizeBytes, maxEntries, flags, extra = 0 } = definition;
    const number = MAP_TYPES.indexOf(type) + 1;
    const innerPlusOne = inner === undefined ? 0 : inner + 1;
    const words = Uint32Array.of(
      number,
      keySizeBytes,
      valueSizeBytes,
      maxEntries,
      flags,
      extra,
      innerPlusOne,
      definition.keyTypeId,
      definition.valueTypeId,
      btf.length,
    );
    const key = Buffer.concat([new Uint8Array(words.buffer), btf]);
    const answer = await this.ask({ operation: 'create', map, key });
    return answer.result;
  }

  stop(): void {
    this.#process.stdin.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #receive(piece: Buffer): void {
    this.#received = Buffer.concat([this.#received, piece]);
    while (this.#received.length >= ANSWER_BYTES) {
      const end = ANSWER_BYTES + this.#received.readUInt32LE(4);
      if (this.#received.length < end) return;
      const bytes = Uint8Array.from(this.#received.subarray(ANSWER_BYTES, end));
      this.#waiting.shift()?.resolve({ result: this.#received.readInt32LE(0), bytes });
      this.#received = this.#received.subarray(end);
    }
  }
}

const EMPTY = new Uint8Array(0);

/** The reason comes back where there is no compiler or no bpf(). */
export async function startMapOracle(): Promise<MapOracle | { readonly unavailable: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'bpf-maps-'));
  const binary = join(folder, 'maps');
  const source = join(import.meta.dirname, 'maps.c');
  const compiled = spawnSync('cc', ['-O1', '-Wall', '-o', binary, source], { encoding: 'utf8' });
  if (compiled.status !== 0) {
    rmSync(folder, { recursive: true });
    return { unavailable: `cc cannot build maps.c: ${compiled.error?.message ?? compiled.stderr}` };
  }
  const oracle = new MapOracle(spawn(binary), folder);
  const result = await oracle.create(0, SMALLEST);
  await oracle.ask({ operation: 'close', map: 0 });
  if (result === 0) return oracle;
  oracle.stop();
  return { unavailable: `bpf() refuses the smallest map (errno ${-result})` };
}

const SMALLEST: MapDefinition = {
  name: 'smallest',
  type: 'array',
  keySizeBytes: 4,
  valueSizeBytes: 4,
  maxEntries: 1,
  flags: 0,
  keyTypeId: 0,
  valueTypeId: 0,
  initialValue: undefined,
  isFrozen: false,
  inner: undefined,
};
