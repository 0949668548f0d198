import { describe, expect, it } from 'vitest';
import { SEQUENCE_BYTES_MAX, SequenceFile } from '../../../electron/bpf/helpers/seq-file.ts';
import { verifyProgram } from '../../../electron/bpf/verifier/verify.ts';
import { Machine } from '../../../electron/bpf/vm/machine.ts';
import { runningKernelTypes, tracingProgram } from '../../oracle/attach.ts';
import * as asm from '../verifier/assembler.ts';
import { r } from '../verifier/assembler.ts';
import { ENGINES, StillWorld } from '../vm/machine-fixture.ts';

const SEQ_PRINTF = 126;
const SEQ_WRITE = 127;

class ReadingWorld extends StillWorld {
  readonly file = new SequenceFile();
  override writeSequence(bytes: Uint8Array): boolean {
    return this.file.write(bytes);
  }
}

/** A program of `iter/task` that prints a line with a number, then writes the first bytes of its format. */
const printing = [
  asm.load(8, 6, 1, 0),
  asm.load(8, 6, 6, 0),
  ...asm.load64(1, Buffer.from('task %d\n').readBigUInt64LE()),
  asm.store(8, 10, -16, 1),
  asm.storeImmediate(8, 10, -8, 0),
  asm.storeImmediate(8, 10, -24, 42),
  asm.mov64(1, r(6)),
  asm.mov64(2, r(10)),
  asm.alu64('add', 2, -16),
  asm.mov64(3, 9),
  asm.mov64(4, r(10)),
  asm.alu64('add', 4, -24),
  asm.mov64(5, 8),
  asm.call(SEQ_PRINTF),
  asm.mov64(7, r(0)),
  asm.mov64(1, r(6)),
  asm.mov64(2, r(10)),
  asm.alu64('add', 2, -16),
  asm.mov64(3, 4),
  asm.call(SEQ_WRITE),
  asm.alu64('or', 0, r(7)),
  asm.alu64('and', 0, 1),
  asm.exit,
];

describe.each(ENGINES)('an iterator on the %s', (engine) => {
  it('writes into the file that is being read', (context) => {
    const kernelBtf = runningKernelTypes();
    if (kernelBtf === undefined) return context.skip('this machine has no BTF of a kernel');
    const program = tracingProgram('iter/task', printing);
    const verdict = verifyProgram(program, [], { license: 'GPL', kernelBtf });
    if (verdict.verdict === 'rejected') throw new Error(verdict.reason.text);
    const world = new ReadingWorld();
    const machine = new Machine({ cpuCount: 1, world, engine });
    const { memory } = machine;
    const [file, meta, arguments_] = [memory.allocate(64), memory.allocate(24), memory.allocate(16)];
    memory.view.setBigUint64(meta, BigInt(file), true);
    memory.view.setBigUint64(arguments_, BigInt(meta), true);
    expect(machine.loadProgram(verdict.verified, []).run(arguments_)).toBe(0n);
    expect(Buffer.from(world.file.bytes).toString()).toBe('task 42\ntask');
  });
});

describe('the file of an iterator', () => {
  it('takes a piece whole or not at all, and is full from then on', () => {
    const file = new SequenceFile();
    expect(file.write(new Uint8Array(SEQUENCE_BYTES_MAX - 2))).toBe(true);
    expect(file.write(new Uint8Array(2))).toBe(false);
    expect(file.write(new Uint8Array(1))).toBe(false);
  });
});
