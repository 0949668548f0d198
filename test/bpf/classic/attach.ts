/**
 * The running kernel's opinion of classic filters: attach.c, compiled when first needed. Where there
 * is no compiler or no socket filter, the reason comes back instead.
 */
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClassicInstruction } from '../../../electron/bpf/classic/instruction.ts';

export interface Attached {
  readonly isAccepted: boolean;
  /** Bytes of the packet that came through, 0 where it was dropped. */
  readonly passedBytes: number;
}

const ANSWER_BYTES = 8;

export class ClassicKernel {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #folder: string;
  readonly #waiting: { resolve(answer: Attached): void; reject(error: Error): void }[] = [];
  #received = Buffer.alloc(0);
  #complaint = '';

  private constructor(process: ChildProcessWithoutNullStreams, folder: string) {
    this.#process = process;
    this.#folder = folder;
    process.stdout.on('data', (piece: Buffer) => this.#receive(piece));
    process.stderr.on('data', (piece: Buffer) => (this.#complaint += piece.toString()));
    process.on('close', () => {
      for (const each of this.#waiting.splice(0)) each.reject(new Error(`it ended: ${this.#complaint}`));
    });
  }

  static async start(): Promise<ClassicKernel | { unavailable: string }> {
    const folder = mkdtempSync(join(tmpdir(), 'classic-'));
    const binary = join(folder, 'attach');
    const compiled = spawnSync('cc', ['-O1', '-Wall', '-o', binary, join(import.meta.dirname, 'attach.c')], {
      encoding: 'utf8',
    });
    if (compiled.status !== 0) {
      rmSync(folder, { recursive: true });
      return { unavailable: `cc cannot build attach.c: ${compiled.error?.message ?? compiled.stderr}` };
    }
    const kernel = new ClassicKernel(spawn(binary), folder);
    const probe = await kernel.ask([{ code: 0x06, jt: 0, jf: 0, k: 3 }], new Uint8Array(8));
    if (probe.isAccepted && probe.passedBytes === 3) return kernel;
    kernel.stop();
    return { unavailable: 'the kernel does not attach the smallest filter' };
  }

  ask(program: readonly ClassicInstruction[], packet: Uint8Array): Promise<Attached> {
    const request = Buffer.alloc(8);
    request.writeUInt32LE(program.length, 0);
    request.writeUInt32LE(packet.length, 4);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#process.stdin.write(Buffer.concat([request, encodeClassic(program), packet]));
    });
  }

  stop(): void {
    this.#process.stdin.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #receive(piece: Buffer): void {
    this.#received = Buffer.concat([this.#received, piece]);
    while (this.#received.length >= ANSWER_BYTES) {
      const isAccepted = this.#received.readInt32LE(0) === 0;
      this.#waiting.shift()?.resolve({ isAccepted, passedBytes: this.#received.readInt32LE(4) });
      this.#received = this.#received.subarray(ANSWER_BYTES);
    }
  }
}

/** As struct sock_filter lies in memory. */
export function encodeClassic(program: readonly ClassicInstruction[]): Buffer {
  const bytes = Buffer.alloc(8 * program.length);
  program.forEach(({ code, jt, jf, k }, index) => {
    bytes.writeUInt16LE(code, 8 * index);
    bytes.writeUInt8(jt, 8 * index + 2);
    bytes.writeUInt8(jf, 8 * index + 3);
    bytes.writeUInt32LE(k, 8 * index + 4);
  });
  return bytes;
}
