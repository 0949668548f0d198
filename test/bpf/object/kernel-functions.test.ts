import { describe, expect, it } from 'vitest';
import { kernelFunctionByName } from '../../../electron/bpf/helpers/kernel-functions.ts';
import { PSEUDO_KFUNC_CALL } from '../../../electron/bpf/isa/opcodes.ts';
import { linkObject } from '../../../electron/bpf/object/link.ts';
import { openObject } from '../../../electron/bpf/object/open.ts';
import { verifyProgram } from '../../../electron/bpf/verifier/verify.ts';
import type { LinkedProgram } from '../../../electron/bpf/program.ts';
import { createBench, ENGINES } from '../vm/machine-fixture.ts';
import { bytesOf } from './sample.ts';

const NAME = 'test/programs/kernel-functions.bpf.o';
const linked = linkObject(openObject(bytesOf(NAME), NAME));

function program(name: string): LinkedProgram {
  const found = linked.programs.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no program ${name}`);
  return found;
}

function callsOf(name: string): number[] {
  return program(name).instructions.flatMap(({ opcode, src, imm }) =>
    opcode === 0x85 && src === PSEUDO_KFUNC_CALL ? [imm] : [],
  );
}

/** Numbers in `.bss` after a run, in the order they are declared. */
function countsAfter(engine: (typeof ENGINES)[number], name: string): bigint[] {
  const { machine } = createBench(1, engine);
  const maps = linked.maps.map((definition) => machine.addMap(definition));
  const verdict = verifyProgram(program(name), linked.maps, { license: linked.license });
  if (verdict.verdict === 'rejected') throw new Error(verdict.reason.text);
  machine.loadProgram(verdict.verified, maps).run(machine.memory.allocate(64));
  const counts = maps.find((map) => map.definition.name.endsWith('.bss'))?.directValue() ?? 0;
  return [0, 8, 16].map((offset) => machine.memory.view.getBigUint64(counts + offset, true));
}

describe('kernel functions of an object', () => {
  it('are called by their number', () => {
    expect(linked.unresolved).toEqual([]);
    const numbers = ['new', 'next', 'destroy'].map(
      (does) => kernelFunctionByName(`bpf_iter_num_${does}`)?.number,
    );
    expect(new Set(callsOf('add_numbers'))).toEqual(new Set(numbers));
  });

  it.each(ENGINES)('run a loop over numbers (%s)', (engine) => {
    expect(countsAfter(engine, 'add_numbers')).toContain(45n);
  });

  it.each(ENGINES)('narrow a dynptr (%s)', (engine) => {
    expect(countsAfter(engine, 'narrow')).toContain(28n);
  });

  it.each(ENGINES)('that are weak are there where their rules are described, and else not (%s)', (engine) => {
    expect(countsAfter(engine, 'guard')).toContain(2n);
  });
});
