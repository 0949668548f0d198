import { describe, expect, it } from 'vitest';
import { verifyInTurns, verifyProgram } from '../../../electron/bpf/verifier/verify.ts';
import * as asm from './assembler.ts';

/** Counts as far as told, three instructions a round. */
const counting = (rounds: number): ReturnType<typeof asm.programOf> =>
  asm.programOf([
    [
      asm.mov64(6, 0),
      asm.mov64(7, 0),
      asm.alu64('add', 7, 2),
      asm.alu64('add', 6, 1),
      asm.jump64('jlt', 6, rounds, -3),
      asm.mov64(0, 0),
      asm.exit,
    ],
  ]);
const options = { license: 'GPL' } as const;

describe('a verification that takes long', () => {
  it('comes to the same verdict in turns as at once', async () => {
    const program = counting(20_000);
    const inTurns = await verifyInTurns(program, [], options);
    expect(inTurns).toMatchObject({ verdict: 'accepted', processed: 60_004 });
    expect(verifyProgram(program, [], options)).toEqual(inTurns);
  });

  it('ends with the reason when its signal is aborted on the way', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    setImmediate(() => abort.abort(reason));
    const verdict = verifyInTurns(counting(300_000), [], { ...options, signal: abort.signal });
    await expect(verdict).rejects.toBe(reason);
  });

  it('looks at a signal that was aborted before, whether in turns or not', () => {
    const signal = AbortSignal.abort(new Error('too late'));
    expect(() => verifyProgram(counting(20_000), [], { ...options, signal })).toThrow('too late');
  });

  it('is given up after a million instructions', () => {
    const verdict = verifyProgram(counting(400_000), [], options);
    expect(verdict).toMatchObject({ verdict: 'rejected', reason: { code: 'too-complex' } });
  }, 60_000);
});
