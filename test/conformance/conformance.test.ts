import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { encodeInstructions } from '../../electron/bpf/isa/encode.ts';
import { opcodeTable } from '../../electron/bpf/isa/opcodes.ts';
import { runUnverified } from './run-unverified.ts';
import { suiteHelper } from './suite-helpers.ts';
import { vectors } from './vectors.ts';
import { call, exit, imm, mov64 } from '../bpf/vm/assembler.ts';
import { ENGINES } from '../bpf/vm/machine-fixture.ts';

const PLUGIN = fileURLToPath(new URL('plugin', import.meta.url));

/** Packet access is refused, which the machine's own tests hold; a call of a helper is below. */
const LEFT_OUT: ReadonlySet<string> = new Set(['loadPacket']);

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

function plugin(program: string, ...given: readonly string[]) {
  return spawnSync(process.execPath, [PLUGIN, ...given], { input: program, encoding: 'utf8' });
}

describe.each(ENGINES)('conformance vectors by the %s', (engine) => {
  it.each(vectors.map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
    expect(runUnverified(vector.instructions, vector.memory, suiteHelper, engine)).toBe(vector.r0);
  });
});

describe('the vectors', () => {
  it('hold every opcode there is', () => {
    const seen = new Set(vectors.flatMap((vector) => vector.instructions.map((each) => each.opcode)));
    const unseen = opcodeTable.filter(
      (info) => info !== undefined && !LEFT_OUT.has(info.kind) && !seen.has(info.opcode),
    );
    expect(unseen.map((info) => info?.name)).toEqual([]);
  });
});

describe('the plugin', () => {
  const program = hex(encodeInstructions([mov64(0, imm(-1)), exit()]));

  it('prints r0 in hex and exits 0', () => {
    const { stdout, stderr, status } = plugin(program);
    expect({ stdout, stderr, status }).toEqual({ stdout: 'ffffffffffffffff\n', stderr: '', status: 0 });
  });

  it('gives the program the memory of its first argument', () => {
    const loads = vectors.find((vector) => vector.name === 'ldx h');
    if (loads === undefined) throw new Error('there is a vector for ldx h');
    const { stdout } = plugin(hex(encodeInstructions(loads.instructions)), hex(loads.memory), '--interpret');
    expect(stdout).toBe(`${loads.r0.toString(16)}\n`);
  });

  it('compiles where asked', () => {
    expect(plugin(program, '--jit').stdout).toBe('ffffffffffffffff\n');
  });

  it('knows the helpers of the suite', () => {
    const gather = [
      mov64(1, imm(1)),
      mov64(2, imm(2)),
      mov64(3, imm(3)),
      mov64(4, imm(4)),
      mov64(5, imm(5)),
      call(0),
      exit(),
    ];
    expect(plugin(hex(encodeInstructions(gather))).stdout).toBe('102030405\n');
  });

  it.each([
    ['a byte that is not hex', ['zz'], 'hex digit'],
    [
      'an access outside of memory',
      [hex(encodeInstructions([{ opcode: 0x79, dst: 0, src: 1, offset: 0, imm: 0 }, exit()]))],
      'holds no data',
    ],
    ['an unknown option', [program, '--fast'], '--fast'],
  ] as const)('exits 1 and says why for %s', (_what, [input, ...given], reason) => {
    const { stdout, stderr, status } = plugin(input, ...given);
    expect({ stdout, status }).toEqual({ stdout: '', status: 1 });
    expect(stderr).toContain(reason);
  });
});
