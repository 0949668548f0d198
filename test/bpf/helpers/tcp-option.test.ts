import { describe, expect, it } from 'vitest';
import type { Effect } from '../../../electron/bpf/helpers/effect.ts';
import { SockOp, sockOpsOffsets } from '../../../electron/bpf/sock-ops.ts';
import type { Bench } from '../vm/machine-fixture.ts';
import { ask, onBoth } from './ask.ts';

const PARSE = 13;
const TCP_HEADER_BYTES = 20;
/** Maximum segment size 1460, nothing, an experimental option of 0xeb9f, window scale 7. */
const OPTIONS = [2, 4, 5, 0xb4, 1, 254, 6, 0xeb, 0x9f, 1, 2, 3, 3, 7];

interface Answer {
  readonly answered: bigint;
  readonly buffer: readonly number[];
  readonly effects: readonly Effect[];
  readonly missed: readonly string[];
}

/** One call with a buffer, in a program that sees a header with these options. */
function call(name: string, op: number, buffer: readonly number[], options = OPTIONS, flags = 0): Answer {
  return onBoth((bench: Bench): Answer => {
    const { memory } = bench.machine;
    const context = memory.allocate(224, 8);
    const header = memory.allocate(TCP_HEADER_BYTES + options.length);
    memory.bytes.set(options, header + TCP_HEADER_BYTES);
    memory.view.setUint32(context + sockOpsOffsets.op, op, true);
    memory.view.setUint32(context + sockOpsOffsets.is_fullsock, 1, true);
    memory.view.setBigUint64(context + sockOpsOffsets.skb_data, BigInt(header), true);
    const end = BigInt(header + TCP_HEADER_BYTES + options.length);
    memory.view.setBigUint64(context + sockOpsOffsets.skb_data_end, end, true);
    const at = memory.allocate(buffer.length);
    memory.bytes.set(buffer, at);
    const answered = ask(bench, name, context, at, buffer.length, flags);
    const { effects, missed } = bench.world;
    return { answered, buffer: [...memory.bytes.slice(at, at + buffer.length)], effects, missed };
  });
}

const load = (...buffer: number[]): Answer => call('load_hdr_opt', PARSE, buffer);

describe('options of TCP headers', () => {
  it('are found by their kind, and experimental ones by their number', () => {
    expect(load(3, 0, 0, 0)).toMatchObject({ answered: 3n, buffer: [3, 3, 7, 0] });
    expect(load(254, 4, 0xeb, 0x9f, 0, 0)).toMatchObject({
      answered: 6n,
      buffer: [254, 6, 0xeb, 0x9f, 1, 2],
    });
    expect(load(254, 4, 0xeb, 0x9e, 0, 0).answered).toBe(-42n);
    expect(load(8, 0).answered).toBe(-42n);
  });

  it('are cut to the buffer, with ENOSPC', () => {
    expect(load(2, 0, 0)).toMatchObject({ answered: -28n, buffer: [2, 4, 5] });
  });

  it('are not looked for by what names none', () => {
    expect(load(1, 0).answered).toBe(-22n);
    expect(load(2, 4, 0, 0).answered).toBe(-22n);
    expect(load(254, 5, 0, 0, 0).answered).toBe(-22n);
    expect(call('load_hdr_opt', SockOp.headerOptionLength, [2, 0]).answered).toBe(-1n);
    expect(call('load_hdr_opt', 16, [2, 0]).answered).toBe(-95n);
  });

  it('of a broken header answer EFAULT', () => {
    expect(call('load_hdr_opt', PARSE, [3, 0], [2, 40, 0, 0]).answered).toBe(-14n);
  });

  it('of the saved SYN are not known', () => {
    const { answered, missed } = call('load_hdr_opt', PARSE, [2, 0], OPTIONS, 1);
    expect([answered, missed]).toEqual([-2n, ['saved SYN']]);
  });

  it('are written as an effect, once each', () => {
    const write = (...buffer: number[]): Answer => call('store_hdr_opt', SockOp.writeHeaderOption, buffer);
    expect(write(253, 4, 1, 2, 99)).toMatchObject({
      answered: 0n,
      effects: [{ kind: 'store_hdr_opt', facts: { option: Uint8Array.of(253, 4, 1, 2) } }],
    });
    expect(write(2, 4, 0, 0).answered).toBe(-17n);
    expect(write(254, 4, 0xeb, 0x9f).answered).toBe(-17n);
    expect(write(9, 27, ...Array.from({ length: 25 }, () => 0)).answered).toBe(-28n);
    expect(call('store_hdr_opt', PARSE, [9, 2]).answered).toBe(-1n);
  });
});
