import { expect, test } from 'vitest';

import { call, exit, imm, lddw, mov64 } from '../vm/assembler.ts';
import { createBench, ENGINES, loadUnverified } from '../vm/machine-fixture.ts';

const PROBE_READ = 4;
const PROBE_READ_KERNEL = 113;
const BYTES = 64;
const GUARD_END = 65_536n;

/** r0, what was written, and what was missing, when so many bytes are read from there: alike on both engines. */
function read(helper: number, size: number, from: (source: number, end: number) => bigint) {
  const [interpreted, compiled] = ENGINES.map((engine) => {
    const { machine, world } = createBench(1, engine);
    const { memory } = machine;
    const [destination, source] = [memory.allocate(BYTES), memory.allocate(BYTES)];
    for (let index = 0; index < BYTES; index += 1) memory.bytes[source + index] = index + 1;
    memory.bytes.fill(0xee, destination, destination + BYTES);
    const program = loadUnverified(machine, [
      mov64(1, imm(destination)),
      mov64(2, imm(size)),
      lddw(3, from(source, memory.end)),
      call(helper),
      exit(),
    ]);
    expect(program.engine).toBe(engine);
    const r0 = BigInt.asIntN(64, program.run(0));
    return { r0, written: [...memory.bytes.slice(destination, destination + BYTES)], missed: world.missed };
  });
  expect(compiled).toEqual(interpreted);
  return interpreted;
}

test.each([0, 1, 2, 3, 4, 8, 16, 33, 64])('reads %d bytes of the machine’s own memory', (size) => {
  for (const helper of [PROBE_READ, PROBE_READ_KERNEL]) {
    const done = read(helper, size, (source) => BigInt(source));
    expect(done?.r0).toBe(0n);
    const expected = Array.from({ length: BYTES }, (_, index) => (index < size ? index + 1 : 0xee));
    expect(done?.written).toEqual(expected);
  }
});

test.each<readonly [string, (source: number, end: number) => bigint]>([
  ['0', () => 0n],
  ['the guard', () => GUARD_END - 1n],
  ['what ends beyond memory', (_source, end) => BigInt(end) - 7n],
  ['the end of memory', (_source, end) => BigInt(end)],
  ['4 GiB', () => 1n << 32n],
  ['a kernel address', () => 0xffff_8880_0000_0000n],
  ['the last address', () => (1n << 64n) - 1n],
])('reading %s fails, zeroes what was to be written, and is counted', (_what, from) => {
  expect(read(PROBE_READ_KERNEL, 8, from)).toEqual({
    r0: -14n,
    written: [...Array<number>(8).fill(0), ...Array<number>(BYTES - 8).fill(0xee)],
    missed: ['kernel-memory'],
  });
});
