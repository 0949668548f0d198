import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Btf } from '../../electron/bpf/object/btf.ts';
import type { Instruction, LinkedProgram } from '../../electron/bpf/program.ts';
import { helperPrototypes } from '../../electron/bpf/helpers/prototypes.ts';
import { verifyProgram, type Verdict } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { attachToOf, placesIn, runningKernelTypes } from './attach.ts';
import { startOracle, type Answer, type Oracle } from './oracle.ts';
import { structOpsVectors } from './struct-ops-vectors.ts';

const TIMEOUT_MS = 120_000;
/** Depends on how the kernel is configured; refused to all here. */
const configured: ReadonlySet<string> = new Set(['probe_write_user', 'override_return']);

const kernelBtf = runningKernelTypes();
let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

interface Peer {
  readonly oracle: Oracle;
  readonly btf: Btf;
}

/** The oracle and the kernel's types, or why there are none. */
function peerOf(): Peer | { unavailable: string } {
  if ('unavailable' in oracle) return oracle;
  if (kernelBtf?.findStruct('bpf_struct_ops_tcp_congestion_ops') === undefined)
    return { unavailable: 'the kernel has no struct_ops of TCP' };
  return { oracle, btf: kernelBtf };
}

function programFor(target: string, code: readonly Instruction[]): LinkedProgram {
  const isSleepable = target.startsWith('.s ');
  const attachTarget = target.replace('.s ', '');
  const section = `struct_ops${isSleepable ? '.s' : ''}/${attachTarget.split('/')[1] ?? ''}`;
  return { ...asm.programOf([[...code]], 'struct_ops'), section, attachTarget, isSleepable };
}

async function both(
  { oracle, btf }: Peer,
  program: LinkedProgram,
  license = 'GPL',
): Promise<{ ours: Verdict; kernel: Answer }> {
  const attach = attachToOf(program, btf);
  const { instructions, isSleepable } = program;
  const question = { type: 'struct_ops', license, instructions, maps: [], logLevel: 1, isSleepable } as const;
  const kernel = await oracle.ask({ ...question, ...(attach === undefined ? {} : { attach }) });
  return { ours: verifyProgram(program, [], { license, kernelBtf: btf }), kernel };
}

function textOf(verdict: Verdict): string {
  return verdict.verdict === 'rejected' ? verdict.reason.text : 'accepted';
}

describe('the verdict on hand-written programs of structs of functions', () => {
  for (const { name, target, code, license, isAccepted } of structOpsVectors) {
    it(`${isAccepted ? 'accepts' : 'refuses'} ${name}, as the kernel does`, async (context) => {
      const peer = peerOf();
      if ('unavailable' in peer) return context.skip(peer.unavailable);
      const [at] = placesIn(peer.btf);
      const { ours, kernel } = await both(peer, programFor(target, code(at).flat()), license);
      expect(kernel.isAccepted, kernel.log).toBe(isAccepted);
      expect(ours.verdict === 'accepted', textOf(ours)).toBe(isAccepted);
    });
  }
});

it(
  'writes of every size to every byte of a TCP socket are allowed where the kernel allows them',
  async (context) => {
    const peer = peerOf();
    if ('unavailable' in peer) return context.skip(peer.unavailable);
    const sizeBytes = peer.btf.sizeOf(peer.btf.findStruct('tcp_sock')?.id ?? 0) ?? 0;
    const differences: string[] = [];
    let accepted = 0;
    for (const size of [1, 2, 4, 8] as const) {
      for (let offset = 0; offset <= sizeBytes; offset += Math.min(size, 2)) {
        const code = [asm.load(8, 6, 1, 0), asm.storeImmediate(size, 6, offset, 0), asm.exit];
        const { ours, kernel } = await both(peer, programFor('tcp_congestion_ops/cong_avoid', code));
        if (kernel.isAccepted) accepted += 1;
        if (kernel.isAccepted !== (ours.verdict === 'accepted'))
          differences.push(`${size} bytes at ${offset}: ${textOf(ours)}; Linux: ${kernel.log}`);
      }
    }
    expect(differences).toEqual([]);
    expect(accepted).toBeGreaterThan(100);
  },
  TIMEOUT_MS,
);

it('every argument of every member is what the kernel takes it for', async (context) => {
  const peer = peerOf();
  if ('unavailable' in peer) return context.skip(peer.unavailable);
  const differences: string[] = [];
  for (const struct of ['tcp_congestion_ops', 'bpf_dummy_ops']) {
    const type = peer.btf.findStruct(struct);
    if (type?.kind !== 'struct') throw new Error(`the kernel has no struct ${struct}`);
    for (const { name } of type.members) {
      for (let place = 0; place < 6; place += 1) {
        for (const through of [0, 1] as const) {
          const reads = [asm.load(8, 6, 1, 8 * place), ...(through === 1 ? [asm.load(1, 0, 6, 0)] : [])];
          const program = programFor(`${struct}/${name}`, [...reads, asm.mov64(0, 0), asm.exit]);
          const { ours, kernel } = await both(peer, program);
          if (kernel.isAccepted !== (ours.verdict === 'accepted'))
            differences.push(`${struct}.${name} ${place} ${through}: ${textOf(ours)}; Linux: ${kernel.log}`);
        }
      }
    }
  }
  expect(differences).toEqual([]);
});

it('every helper may be called from the members that the kernel lets call it', async (context) => {
  const peer = peerOf();
  if ('unavailable' in peer) return context.skip(peer.unavailable);
  const differences: string[] = [];
  for (const target of ['tcp_congestion_ops/init', 'tcp_congestion_ops/release', 'bpf_dummy_ops/test_2']) {
    for (const { id, name } of helperPrototypes) {
      if (configured.has(name)) continue;
      const { ours, kernel } = await both(
        peer,
        programFor(target, [asm.call(id), asm.mov64(0, 0), asm.exit]),
      );
      const isAvailable = !/cannot use helper|unknown func/.test(kernel.log);
      const isRefused = /cannot use helper/.test(textOf(ours));
      if (isAvailable === isRefused)
        differences.push(`${name} in ${target}: Linux says ${isAvailable}; ${textOf(ours)}`);
    }
  }
  expect(differences).toEqual([]);
});
