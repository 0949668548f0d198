import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { convertClassic } from '../../../electron/bpf/classic/convert.ts';
import type { ClassicInstruction } from '../../../electron/bpf/classic/instruction.ts';
import { validateClassic } from '../../../electron/bpf/classic/validate.ts';
import { Failure } from '../../../electron/failure.ts';
import { ENGINES } from '../vm/machine-fixture.ts';
import { anyPrograms, tellingPrograms } from './arbitrary.ts';
import { ClassicKernel } from './attach.ts';
import { packetBench } from './packets.ts';

const PACKET = Uint8Array.from({ length: 300 }, (_, index) => (index * 167 + (index >> 3)) & 0xff);

let kernel: ClassicKernel | { unavailable: string };
beforeAll(async () => {
  kernel = await ClassicKernel.start();
});
afterAll(() => {
  if (kernel instanceof ClassicKernel) kernel.stop();
});

function isValid(program: readonly ClassicInstruction[]): boolean {
  try {
    validateClassic(program, 'random');
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

it('lets pass what the kernel attaches, and nothing else', async (context) => {
  if (!(kernel instanceof ClassicKernel)) return context.skip(kernel.unavailable);
  const asked = kernel;
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(anyPrograms, async (program) => {
      const { isAccepted } = await asked.ask(program, PACKET);
      if (isAccepted) accepted += 1;
      expect(isValid(program)).toBe(isAccepted);
    }),
    { numRuns: 6000 },
  );
  expect(accepted).toBeGreaterThan(1000);
});

it('lets as much of a packet through as the kernel does, on both engines', async (context) => {
  if (!(kernel instanceof ClassicKernel)) return context.skip(kernel.unavailable);
  const asked = kernel;
  let passed = 0;
  await fc.assert(
    fc.asyncProperty(tellingPrograms, async (program) => {
      const { isAccepted, passedBytes } = await asked.ask(program, PACKET);
      fc.pre(isAccepted);
      const converted = convertClassic(validateClassic(program, 'random'));
      const ours = ENGINES.map((engine) =>
        Math.min(
          packetBench(converted, engine).run({ bytes: PACKET, lengthBytes: PACKET.length }),
          PACKET.length,
        ),
      );
      if (passedBytes > 0) passed += 1;
      expect(ours).toEqual([passedBytes, passedBytes]);
    }),
    { numRuns: 1500 },
  );
  expect(passed).toBeGreaterThan(400);
});
