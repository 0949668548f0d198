import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import { programOf } from '../bpf/verifier/assembler.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { generatePacketProgram, packetMaps } from './packets.ts';

const PROGRAMS = 3000;
/** Generated programs are small: one that needs more than this runs in circles. */
const INSTRUCTIONS_MAX = 30_000;

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

it('programs that look into packets are accepted where the kernel accepts them', async (context) => {
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  const unsound: number[] = [];
  const tooStrict: string[] = [];
  let accepted = 0;
  for (let seed = 1; seed <= PROGRAMS; seed += 1) {
    const { type, instructions } = generatePacketProgram(seed);
    const { isAccepted } = await oracle.ask({ type, license: 'GPL', instructions, maps: packetMaps });
    const options = { license: 'GPL', instructionsMax: INSTRUCTIONS_MAX };
    const ours = verifyProgram(programOf(instructions, type), packetMaps, options);
    if (isAccepted) accepted += 1;
    if (ours.verdict === 'accepted' && !isAccepted) unsound.push(seed);
    if (ours.verdict === 'rejected' && isAccepted) tooStrict.push(`${seed}: ${ours.reason.text}`);
  }
  console.log(`${PROGRAMS} programs, ${accepted} accepted by the kernel; too strict ${tooStrict.length}`);
  expect(unsound).toEqual([]);
  expect(tooStrict.length).toBeLessThanOrEqual(PROGRAMS / 1000);
  expect(accepted).toBeGreaterThan(PROGRAMS / 5);
});
