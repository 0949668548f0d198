import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { embeddedObjects } from '../../../electron/bpf/object/embedded.ts';
import { linkObject } from '../../../electron/bpf/object/link.ts';
import { openObject } from '../../../electron/bpf/object/open.ts';
import { bytesOf } from './sample.ts';

const COUNTER = bytesOf('test/programs/counter.bpf.o');
const CALLS = bytesOf('test/programs/calls.bpf.o');
const TOOL = '/usr/sbin/runqlat';

/** An x86-64 ELF header, and the objects with other bytes between them. */
function executableWith(...objects: readonly Uint8Array[]): Uint8Array {
  const header = new Uint8Array(4096);
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  header[18] = 62;
  const gap = new Uint8Array(40).fill(0x5a);
  return new Uint8Array(Buffer.concat([header, ...objects.flatMap((object) => [object, gap])]));
}

describe('objects inside executables', () => {
  it('are found whole, wherever they lie', () => {
    expect(embeddedObjects(executableWith(COUNTER, CALLS), 'tool')).toEqual([COUNTER, CALLS]);
  });

  it('open as the executable, where there is one', () => {
    const { programs } = linkObject(openObject(executableWith(COUNTER), 'tool'));
    expect(programs.map(({ name }) => name)).toEqual(['count_switch']);
  });

  it('are refused where there are several, and where there is none', () => {
    expect(() => openObject(executableWith(COUNTER, CALLS), 'tool')).toThrow(
      'the executable holds 2 BPF objects',
    );
    expect(() => openObject(executableWith(), 'tool')).toThrow('an object for x86-64, not for BPF');
  });

  it('are not found where they are cut off', () => {
    const whole = executableWith(COUNTER);
    expect(embeddedObjects(whole.subarray(0, 4096 + COUNTER.length - 1), 'tool')).toEqual([]);
  });

  it('open from an installed tool', (ctx) => {
    if (!existsSync(TOOL)) return ctx.skip('needs libbpf-tools');
    const { programs } = linkObject(openObject(readFileSync(TOOL), TOOL));
    expect(programs.map(({ section }) => section)).toContain('tp_btf/sched_switch');
  });
});
