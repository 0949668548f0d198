import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkObject } from '../../../electron/bpf/object/link.ts';
import { openObject } from '../../../electron/bpf/object/open.ts';
import { Failure } from '../../../electron/failure.ts';
import { bytesOf, kernelTypes } from './sample.ts';

const OBJECT = bytesOf('programs/scheduling/runqlat.bpf.o');

/** Failure or undefined; anything else that is thrown is a bug. */
function openAndLink(bytes: Uint8Array): Failure | undefined {
  try {
    linkObject(openObject(bytes, 'damaged.o'), { target: kernelTypes() });
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

describe('damaged objects', () => {
  it('refuses every truncation', () => {
    for (let length = 0; length < OBJECT.length; length += 7) {
      const failure = openAndLink(OBJECT.subarray(0, length));
      expect(failure?.layer, `${length} bytes`).toBe('object');
      expect(failure?.place.file).toBe('damaged.o');
    }
  });

  it('opens or refuses an object with any bit turned over, and never fails otherwise', () => {
    for (let at = 0; at < OBJECT.length; at += 5) {
      const bytes = OBJECT.slice();
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      expect(openAndLink(bytes)?.layer ?? 'object', `byte ${at}`).toBe('object');
    }
  });

  it('opens or refuses an object with words overwritten by extremes', () => {
    const extreme = fc.constantFrom(0, 1, 0x7f, 0xff);
    const damage = fc.array(fc.tuple(fc.nat(OBJECT.length - 4), extreme), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(damage, (places) => {
        const bytes = OBJECT.slice();
        for (const [at, value] of places) bytes.fill(value, at, at + 4);
        expect(openAndLink(bytes)?.layer ?? 'object').toBe('object');
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses bytes that are no object', () => {
    expect(openAndLink(new Uint8Array(0))?.code).toBe('not-elf');
    expect(openAndLink(new TextEncoder().encode('#!/usr/bin/bpftrace\n'.repeat(10)))?.code).toBe('not-elf');
  });

  it('names the machine of an object that is for another', () => {
    const bytes = OBJECT.slice();
    bytes[18] = 183;
    const failure = openAndLink(bytes);
    expect(failure).toMatchObject({ code: 'wrong-machine', reason: 'an object for AArch64, not for BPF' });
  });
});
