import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RingBuffer } from '../../../electron/bpf/maps/ringbuf.ts';
import { createBench, mapDefinition } from '../vm/machine-fixture.ts';

function createRing(maxEntries = 4096) {
  const { machine } = createBench();
  const ring = machine.addMap(
    mapDefinition({ type: 'ringbuf', keySizeBytes: 0, valueSizeBytes: 0, maxEntries }),
  );
  if (!(ring instanceof RingBuffer)) throw new Error('a ring buffer was asked for');
  const put = (bytes: Uint8Array): number => {
    const at = ring.reserve(bytes.length, 0n);
    if (at !== 0) machine.memory.bytes.set(bytes, at);
    return at;
  };
  return { ring, put, memory: machine.memory };
}

describe('ring buffer', () => {
  it('gives submitted records in order, and skips discarded ones', () => {
    const { ring, put } = createRing();
    const records = [1, 2, 3].map((byte) => put(Uint8Array.of(byte, byte)));
    ring.submit(records[2] as number);
    expect(ring.hasRecords).toBe(false);
    ring.discard(records[1] as number);
    ring.submit(records[0] as number);
    expect(ring.hasRecords).toBe(true);
    expect([...ring.drain()]).toEqual([Uint8Array.of(1, 1), Uint8Array.of(3, 3)]);
    expect(ring.hasRecords).toBe(false);
  });

  it('holds back what comes after a record that is still reserved', () => {
    const { ring, put } = createRing();
    const first = put(Uint8Array.of(1));
    ring.submit(put(Uint8Array.of(2)));
    expect([...ring.drain()]).toEqual([]);
    ring.submit(first);
    expect([...ring.drain()]).toEqual([Uint8Array.of(1), Uint8Array.of(2)]);
  });

  it('refuses a reservation that does not fit, and counts it', () => {
    const { ring } = createRing(4096);
    expect(ring.reserve(4096, 0n)).toBe(0);
    expect(ring.reserve(4096 - 16, 0n)).not.toBe(0);
    expect(ring.reserve(8, 0n)).toBe(0);
    expect([...ring.faults.counts]).toEqual([['ringbuf-full', 2]]);
  });

  it('loses no byte of any sequence of records, round and round the ring', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 900 }), { maxLength: 60 }), (records) => {
        const { ring, put } = createRing();
        const given: Uint8Array[] = [];
        for (const record of records) {
          const at = put(record);
          expect(at).not.toBe(0);
          ring.submit(at);
          if (given.length % 3 === 0) given.push(...ring.drain());
        }
        given.push(...ring.drain());
        expect(given).toEqual(records);
      }),
      { numRuns: 60 },
    );
  });

  it.each([0, 1, 4095, 6000, 2048])('is not made of %i bytes', (maxEntries) => {
    expect(() => createRing(maxEntries)).toThrow(expect.objectContaining({ code: 'bad-map' }));
  });

  it('answers bpf_ringbuf_output() with EINVAL for flags it does not know, and EAGAIN when full', () => {
    const { ring, memory } = createRing();
    const data = memory.allocate(4096);
    expect(ring.output(data, 8, 4n)).toBe(-22);
    expect(ring.output(data, 4080, 0n)).toBe(0);
    expect(ring.output(data, 8, 0n)).toBe(-11);
    expect(ring.query(0)).toBe(4088);
    expect(ring.query(1)).toBe(4096);
  });
});
