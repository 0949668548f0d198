import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RingBuffer } from '../../../electron/bpf/maps/ringbuf.ts';
import { linkObject } from '../../../electron/bpf/object/link.ts';
import { openObject } from '../../../electron/bpf/object/open.ts';
import { verifyProgram } from '../../../electron/bpf/verifier/verify.ts';
import type { EngineName } from '../../../electron/bpf/vm/machine.ts';
import { createBench } from '../vm/machine-fixture.ts';

const RUNS = 400;
const CONTEXT_BYTES = 64;
const SEED = 0x2545_f491;

/** xorshift32. */
function numbers(): () => number {
  let state = SEED;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Everything the object's programs leave behind after runs on contexts that only the seed decides. */
function traceOf(file: string, engine: EngineName) {
  const linked = linkObject(openObject(readFileSync(file), file), {});
  const { machine, world } = createBench(2, engine);
  const maps = linked.maps.map((definition) => machine.addMap(definition));
  const loaded = linked.programs.map((program) => {
    const verdict = verifyProgram(program, linked.maps, {
      license: linked.license,
      contextSizeBytes: CONTEXT_BYTES,
    });
    if (verdict.verdict === 'rejected') throw new Error(`${program.name} is refused`);
    return machine.loadProgram(verdict.verified, maps);
  });
  world.kernelStack = BigUint64Array.of(0xffff_ffff_8100_0000n, 0xffff_ffff_8100_0040n);
  const context = machine.memory.allocate(CONTEXT_BYTES);
  const next = numbers();
  const results: bigint[] = [];
  const records: Uint8Array[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    world.time += BigInt(next() % 3_000_000);
    world.currentCpu = next() % 2;
    // Small numbers, so that the same pids come again.
    for (let at = 0; at < CONTEXT_BYTES; at += 4)
      machine.memory.view.setUint32(context + at, next() % 7, true);
    for (const program of loaded) results.push(program.run(context));
    for (const map of maps) if (map instanceof RingBuffer) records.push(...map.drain());
  }
  return {
    engines: loaded.map((program) => program.engine),
    results,
    records,
    maps: maps.map((map) => [map.definition.name, ...map.entries()]),
    faults: maps.map((map) => [...map.faults.counts]),
  };
}

describe('objects that clang built', () => {
  it.each(['programs/scheduling/runqlat.bpf.o', 'test/programs/counter.bpf.o', 'test/programs/calls.bpf.o'])(
    '%s leaves the same results, records and maps behind on both engines',
    (file) => {
      const interpreted = traceOf(file, 'interpreter');
      const compiled = traceOf(file, 'jit');
      expect(new Set(compiled.engines)).toEqual(new Set(['jit']));
      expect({ ...compiled, engines: [] }).toEqual({ ...interpreted, engines: [] });
      expect(compiled.maps.some((entries) => entries.length > 1)).toBe(true);
    },
  );

  it('our run queue latency program sends records with the stack they happened in', () => {
    expect(traceOf('programs/scheduling/runqlat.bpf.o', 'jit').records.length).toBeGreaterThan(0);
  });
});
