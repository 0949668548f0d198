import { describe, expect, it } from 'vitest';
import { LinearMemory, MEMORY_BYTES_MAX, PAGE_BYTES } from '../../../electron/bpf/vm/memory.ts';

const refused = expect.objectContaining({ code: 'memory-limit' }) as unknown;

describe('linear memory', () => {
  it('hands out zeroed bytes, aligned, none of the first page and none twice', () => {
    const memory = new LinearMemory(PAGE_BYTES);
    const first = memory.allocate(3, 1);
    const second = memory.allocate(PAGE_BYTES, 64);
    expect(first).toBe(PAGE_BYTES);
    expect(second).toBe(PAGE_BYTES + 64);
    expect(memory.end).toBe(second + PAGE_BYTES);
    expect(memory.bytes.subarray(first, memory.end).every((byte) => byte === 0)).toBe(true);
  });

  it('keeps what it holds when it grows', () => {
    const memory = new LinearMemory(PAGE_BYTES);
    const at = memory.allocate(8);
    memory.view.setUint32(at, 7, true);
    memory.allocate(10 * PAGE_BYTES);
    expect(memory.view.getUint32(at, true)).toBe(7);
  });

  it('refuses more than 2 GiB, and goes on as before', () => {
    const memory = new LinearMemory(PAGE_BYTES);
    expect(() => memory.allocate(MEMORY_BYTES_MAX)).toThrow(refused);
    expect(memory.allocate(8)).toBe(PAGE_BYTES);
  });

  it('says so where the computer has no memory left', () => {
    const memory = new LinearMemory(PAGE_BYTES);
    memory.wasmMemory.grow = () => {
      throw new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory');
    };
    expect(() => memory.allocate(10 * PAGE_BYTES)).toThrow(refused);
  });
});
