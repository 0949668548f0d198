/** Our verdict beside the kernel's, over programs generated for loads without privilege. */
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import { programOf } from '../bpf/verifier/assembler.ts';
import type { Comparison, Disagreement } from './compare.ts';
import type { Oracle, Privilege } from './oracle.ts';
import { generateUnprivileged, unprivilegedMaps } from './unprivileged-generator.ts';

/** -E2BIG. */
const TOO_COMPLEX = -7;

/** `oracle` was started with the privilege. */
export async function compareUnprivileged(
  oracle: Oracle,
  privilege: Privilege,
  fromSeed: number,
  programs: number,
): Promise<Comparison> {
  const unsound: Disagreement[] = [];
  const tooStrict: Disagreement[] = [];
  let acceptedByKernel = 0;
  let tooComplexThere = 0;
  for (let seed = fromSeed; seed < fromSeed + programs; seed += 1) {
    const instructions = generateUnprivileged(seed);
    const question = { type: 'socket_filter', license: 'GPL', instructions, maps: unprivilegedMaps } as const;
    const kernel = await oracle.ask(question);
    const ours = verifyProgram(programOf([instructions]), unprivilegedMaps, {
      license: 'GPL',
      privileged: privilege === 'full',
      isBpfCapable: privilege !== 'none',
    });
    if (kernel.isAccepted) acceptedByKernel += 1;
    if (kernel.isAccepted && ours.verdict === 'rejected') {
      const kind = ours.reason.text.replaceAll(/-?\d+/g, 'N');
      tooStrict.push({ seed, instructions, reason: `${ours.reason.code}: ${kind}` });
    } else if (!kernel.isAccepted && ours.verdict === 'accepted') {
      if (kernel.loadResult === TOO_COMPLEX) tooComplexThere += 1;
      else unsound.push({ seed, instructions, reason: await lastWords(oracle, question) });
    }
  }
  return { programs, acceptedByKernel, tooComplexThere, unsound, tooStrict };
}

async function lastWords(oracle: Oracle, question: Parameters<Oracle['ask']>[0]): Promise<string> {
  const { log } = await oracle.ask({ ...question, logLevel: 1 });
  return log.trim().split('\n').slice(-3).join(' | ');
}
