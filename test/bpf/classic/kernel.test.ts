import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { convertClassic } from '../../../electron/bpf/classic/convert.ts';
import type { ClassicInstruction } from '../../../electron/bpf/classic/instruction.ts';
import { validateClassic } from '../../../electron/bpf/classic/validate.ts';
import { Failure } from '../../../electron/failure.ts';
import { startOracle, type Oracle } from '../../oracle/oracle.ts';
import { ENGINES } from '../vm/machine-fixture.ts';
import { anyPrograms, tellingPrograms } from './arbitrary.ts';
import { ClassicKernel } from './attach.ts';
import { packetBench } from './packets.ts';

const PACKET = Uint8Array.from({ length: 300 }, (_, index) => (index * 167 + (index >> 3)) & 0xff);

/** What a test run on Linux says of PACKET: for another host, of Ethernet, arrived through `lo`. */
const TEST_RUN = { protocol: new DataView(PACKET.buffer).getUint16(12, true), pkt_type: 3, ifindex: 1 };

let kernel: ClassicKernel | { unavailable: string };
let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  [kernel, oracle] = await Promise.all([ClassicKernel.start(), startOracle()]);
});
afterAll(() => {
  if (kernel instanceof ClassicKernel) kernel.stop();
  if (!('unavailable' in oracle)) oracle.stop();
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
    { numRuns: 4000 },
  );
  expect(accepted).toBeGreaterThan(600);
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
    { numRuns: 1000 },
  );
  expect(passed).toBeGreaterThan(250);
});

it('converts to what the eBPF verifier of the kernel accepts and runs with the same result', async (context) => {
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  const asked = oracle;
  let nonZero = 0;
  await fc.assert(
    fc.asyncProperty(tellingPrograms, async (program) => {
      fc.pre(isValid(program));
      const instructions = convertClassic(validateClassic(program, 'random'));
      const question = { license: '', instructions, maps: [] };
      expect((await asked.ask({ ...question, type: 'socket_filter' })).isAccepted).toBe(true);
      // Traffic control programs see the same context, and are run on the packet from its first byte.
      const { returned } = await asked.ask({ ...question, type: 'sched_cls', isRun: true, data: PACKET });
      const packet = { bytes: PACKET, lengthBytes: PACKET.length };
      const ours = ENGINES.map((engine) =>
        packetBench(instructions, engine).run(packet, { fields: TEST_RUN }),
      );
      if (returned !== 0) nonZero += 1;
      expect(ours).toEqual([returned, returned]);
    }),
    { numRuns: 400 },
  );
  expect(nonZero).toBeGreaterThan(100);
});
