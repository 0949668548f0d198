import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { renderComparison } from './compare.ts';
import { startOracle, type Oracle, type Privilege } from './oracle.ts';
import { compareUnprivileged } from './unprivileged.ts';
import { unprivilegedVectors } from './unprivileged-vectors.ts';

const PRIVILEGES: readonly Privilege[] = ['none', 'bpf', 'full'];
const LOCK_PATH = '/tmp/bpf-oracle-unprivileged.lock';
const SETTING = '/proc/sys/kernel/unprivileged_bpf_disabled';
const oracles = new Map<Privilege, Oracle | { unavailable: string }>();
let settingBefore = '';
beforeAll(async () => {
  settingBefore = setting();
  for (const privilege of PRIVILEGES) oracles.set(privilege, await startOracle(privilege));
});
afterAll(() => {
  for (const oracle of oracles.values()) if (!('unavailable' in oracle)) oracle.stop();
});

function setting(): string {
  return existsSync(SETTING) ? readFileSync(SETTING, 'utf8').trim() : '';
}

function oracleOf(privilege: Privilege): Oracle | { unavailable: string } {
  return oracles.get(privilege) ?? { unavailable: 'it was not started' };
}

describe.each(PRIVILEGES)('the verdict with privilege: %s', (privilege) => {
  for (const { name, code, maps, type, license, acceptedFor } of unprivilegedVectors) {
    const isAccepted = acceptedFor.includes(privilege);
    it(`${isAccepted ? 'accepts' : 'refuses'} ${name}, as the kernel does`, async (context) => {
      const instructions = code.flat();
      const ours = verifyProgram(asm.programOf([instructions], type), maps, {
        license,
        privileged: privilege === 'full',
        isBpfCapable: privilege !== 'none',
      });
      expect(ours.verdict).toBe(isAccepted ? 'accepted' : 'rejected');
      const oracle = oracleOf(privilege);
      if ('unavailable' in oracle) return context.skip(oracle.unavailable);
      const kernel = await oracle.ask({ type, license, instructions, maps, logLevel: 1 });
      expect(kernel.isAccepted, kernel.log).toBe(isAccepted);
    });
  }
});

describe('the verdict on generated programs', () => {
  for (const privilege of ['none', 'bpf'] as const) {
    it(`never accepts what the kernel refuses with privilege: ${privilege}`, async (context) => {
      const oracle = oracleOf(privilege);
      if ('unavailable' in oracle) return context.skip(oracle.unavailable);
      const comparison = await compareUnprivileged(oracle, privilege, 1, 1500);
      console.log(`privilege ${privilege}: ${renderComparison(comparison)}`);
      expect(comparison.acceptedByKernel).toBeGreaterThan(300);
      expect(comparison.unsound).toEqual([]);
      expect(comparison.tooStrict.length).toBeLessThanOrEqual(2);
    });
  }
});

describe('the oracle', () => {
  it('puts back whether bpf() is allowed without privilege, once the last of it has ended', async (context) => {
    for (const privilege of ['none', 'bpf'] as const) {
      const oracle = oracleOf(privilege);
      if ('unavailable' in oracle) return context.skip(oracle.unavailable);
      expect(setting()).toBe('0');
      oracle.stop();
      await oracle.ended;
    }
    const isHeld = spawnSync('flock', ['-n', '-x', LOCK_PATH, 'true']).status !== 0;
    if (settingBefore === '0' || isHeld) return context.skip('another process needs bpf() without privilege');
    expect(setting()).toBe(settingBefore);
  });
});
