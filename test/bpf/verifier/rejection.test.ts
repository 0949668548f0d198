import { describe, expect, it } from 'vitest';
import { helperPrototypes, isDescribed } from '../../../electron/bpf/helpers/prototypes.ts';
import type { LinkedProgram } from '../../../electron/bpf/program.ts';
import {
  rejectionFailure,
  renderRejection,
  verifyProgram,
  type Rejection,
} from '../../../electron/bpf/verifier/verify.ts';
import * as asm from './assembler.ts';
import { r } from './assembler.ts';

const hash = asm.mapOf('hash', 4, 16, 4);

function rejected(program: LinkedProgram): Rejection {
  const verdict = verifyProgram(program, [hash], { license: 'GPL' });
  if (verdict.verdict !== 'rejected') throw new Error('the program was accepted');
  return verdict.reason;
}

/** Loads through a looked-up value past its end, on the way where it is not null. */
const pastTheEnd: LinkedProgram = {
  ...asm.programOf([
    asm.storeImmediate(4, 10, -4, 1),
    asm.loadMap(1, 0),
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, -4),
    asm.call(1),
    asm.jump64('jeq', 0, 0, 1),
    asm.load(8, 0, 0, 12),
    asm.mov64(0, 0),
    asm.exit,
  ]),
  lines: [
    {
      instruction: 0,
      file: 'wait.bpf.c',
      line: 10,
      column: 2,
      text: '  value = bpf_map_lookup_elem(&waits, &key);',
    },
    { instruction: 6, file: 'wait.bpf.c', line: 11, column: 6, text: '  if (value)' },
    { instruction: 7, file: 'wait.bpf.c', line: 12, column: 12, text: '    return value[3];' },
  ],
};

describe('a rejection', () => {
  it('names the source line, the bounds and the branch that led there', () => {
    const rejection = rejected(pastTheEnd);
    expect(rejection).toMatchObject({ code: 'map-value-bounds', instruction: 7, source: { line: 12 } });
    expect(rejection.path).toMatchObject([{ instruction: 6, isTaken: false, source: { line: 11 } }]);
    expect(rejection.registers.find((each) => each.register === 0)).toMatchObject({
      kind: 'map_value',
      offset: 0,
    });
  });

  it('reads from the reason to the suggestion', () => {
    const text = renderRejection(rejected(pastTheEnd));
    const headings = [
      'Verification failed:',
      'Reason:',
      'At: wait.bpf.c:12:12',
      'Causal path:',
      'Suggestion:',
    ];
    const places = headings.map((heading) => text.indexOf(heading));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it('is a failure of one line that names file and place', () => {
    const failure = rejectionFailure(rejected(pastTheEnd), 'wait.bpf.o');
    expect(failure.layer).toBe('verifier');
    expect(failure.message).toMatch(/^wait\.bpf\.o: wait\.bpf\.c:12:12 \(instruction 7\): invalid access/);
    expect(failure.message).not.toContain('\n');
  });
});

describe('verifying', () => {
  it('refuses a helper whose prototype is not described, naming it', () => {
    const unknown = helperPrototypes.find((each) => !isDescribed(each));
    const [type] = unknown?.programTypes ?? [];
    const reason = rejected(asm.programOf([asm.call(unknown?.id ?? 0), asm.mov64(0, 0), asm.exit], type));
    expect(reason.code).toBe('helper-undescribed');
    expect(reason.text).toContain(`bpf_${unknown?.name}#${unknown?.id}`);
  });

  it('gives the context bytes a program reads, the helpers it calls and the stack it takes', () => {
    const program = asm.programOf(
      [asm.load(4, 6, 1, 24), asm.call(5), asm.store(8, 10, -16, 0), asm.mov64(0, 0), asm.exit],
      'tracepoint',
    );
    const verdict = verifyProgram(program, [], { license: 'GPL', contextSizeBytes: 28 });
    if (verdict.verdict !== 'accepted') throw new Error(verdict.reason.text);
    expect(verdict.verified).toMatchObject({
      contextAccesses: [{ offsetBytes: 24, sizeBytes: 4, isWrite: false, instruction: 0 }],
      helpers: [5],
      stackDepthBytes: 16,
    });
  });

  it('refuses a context read past what the event records', () => {
    const program = asm.programOf([asm.load(4, 0, 1, 28), asm.exit], 'tracepoint');
    const verdict = verifyProgram(program, [], { license: 'GPL', contextSizeBytes: 28 });
    expect(verdict).toMatchObject({ verdict: 'rejected', reason: { code: 'context-access' } });
  });

  it('gives up after as many instructions as it is told', () => {
    const program = asm.programOf([
      asm.mov64(0, 0),
      asm.alu64('add', 0, 1),
      asm.jump64('jlt', 0, 5000, -2),
      asm.exit,
    ]);
    const verdict = verifyProgram(program, [], { license: 'GPL', instructionsMax: 100 });
    expect(verdict).toMatchObject({ verdict: 'rejected', reason: { code: 'too-complex', processed: 101 } });
  });

  it('refuses unprivileged programs that read unwritten stack or return a pointer', () => {
    const options = { license: 'GPL', privileged: false };
    const unwritten = asm.programOf([asm.load(8, 0, 10, -8), asm.exit]);
    const leak = asm.programOf([asm.mov64(0, r(10)), asm.exit]);
    expect(verifyProgram(unwritten, [], options)).toMatchObject({ reason: { code: 'uninitialised-stack' } });
    expect(verifyProgram(leak, [], options)).toMatchObject({ reason: { code: 'pointer-leak' } });
    expect(verifyProgram(leak, [], { license: 'GPL' }).verdict).toBe('accepted');
  });
});
