import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
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

/** A Node in the path that does not run TypeScript as it is. */
function olderNode(): string | undefined {
  const candidates = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  return candidates.find((path) => {
    const { status, stdout } = spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' });
    return status === 0 && Number(stdout.split('.')[0]) < 24;
  });
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

/** A process a vector takes a third of a second: every twelfth goes through the plugin itself. */
const SAMPLED_EVERY = 12;

describe.each(ENGINES)('the plugin, by the %s', (engine) => {
  const sample = vectors.filter((_, index) => index % SAMPLED_EVERY === 0);

  it.each(sample.map((vector) => [vector.name, vector] as const))(
    'gives what is due for %s',
    (_name, vector) => {
      const program = hex(encodeInstructions(vector.instructions));
      const option = engine === 'jit' ? '--jit' : '--interpret';
      const { stdout, stderr, status } = plugin(program, hex(vector.memory), option);
      expect({ stdout, stderr, status }).toEqual({
        stdout: `${vector.r0.toString(16)}\n`,
        stderr: '',
        status: 0,
      });
    },
  );

  it('takes an object file with --elf', (context) => {
    const source = `__attribute__((section("socket"))) unsigned long sum(const unsigned char *at, unsigned long n)
      { unsigned long all = 0; for (unsigned long i = 0; i < n; i++) all += at[i]; return all; }`;
    const clang = ['clang', 'clang-19'].find((name) => spawnSync(name, ['--version']).status === 0);
    if (clang === undefined) return context.skip('there is no clang to build an object with');
    const built = spawnSync(clang, ['-target', 'bpf', '-O2', '-c', '-x', 'c', '-o', '-', '-'], {
      input: source,
    });
    expect(built.status).toBe(0);
    const option = engine === 'jit' ? '--jit' : '--interpret';
    const { stdout, stderr } = plugin(hex(built.stdout), '01 02 f0', option, '--elf');
    expect({ stdout, stderr }).toEqual({ stdout: 'f3\n', stderr: '' });
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

  it.each([
    ['no memory and no options', ['', '']],
    ['options in one argument', ['aa  bb  ', '--jit --debug']],
    ['options beside each other', ['--interpret', '--debug']],
  ])('takes %s as the runner passes them', (_what, given) => {
    const { stdout, status } = plugin(`${program}  \n`, ...given);
    expect({ stdout, status }).toEqual({ stdout: 'ffffffffffffffff\n', status: 0 });
  });

  it('takes the program as an argument', () => {
    expect(plugin('', '--program', program, '--jit').stdout).toBe('ffffffffffffffff\n');
    expect(plugin('', '--program').stderr).toContain('--program');
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

  it('hands over to the Node of the project when an older one starts it', (context) => {
    const older = olderNode();
    if (older === undefined) return context.skip('there is no older Node on this machine');
    const loads = vectors.find((vector) => vector.name === 'ldx h');
    if (loads === undefined) throw new Error('there is a vector for ldx h');
    const input = hex(encodeInstructions(loads.instructions));
    const given = [PLUGIN, hex(loads.memory), '--jit'];
    const { stdout, stderr, status } = spawnSync(older, given, { input, encoding: 'utf8' });
    expect({ stdout, stderr, status }).toEqual({
      stdout: `${loads.r0.toString(16)}\n`,
      stderr: '',
      status: 0,
    });
    expect(spawnSync(older, [PLUGIN], { input: 'zz', encoding: 'utf8' }).status).toBe(1);
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
