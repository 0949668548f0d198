/**
 * Which bytes of a context a program may read and write, by program type and what it is attached to. The
 * tables beside this file were measured by loading one access of every size and offset each into
 * Linux 6.18; test/oracle/contexts.test.ts measures again.
 */
import type { Btf } from '../../object/btf.ts';
import type { LinkedProgram, ProgramType } from '../../program.ts';
import { attachTypeOf } from '../attach-type.ts';
import { cgroupContexts } from './cgroup.ts';
import { arm64Registers, probeContexts } from './probes.ts';
import { skBuffContexts } from './sk-buff.ts';
import { socketContexts } from './socket.ts';
import { xdpContexts } from './xdp.ts';

/** What a read gives that is not a number. */
export type Given =
  | 'packet'
  | 'packet-meta'
  | 'packet-end'
  | 'flow-keys'
  | 'sock'
  | 'sock_or_null'
  | 'sock_common_or_null'
  | 'tracepoint-buffer'
  | `btf:${string}`;

export interface GivenAt {
  readonly offset: number;
  readonly gives: Given;
}

/** By bytes of an access: where it may begin. `8,16-31`: at 8, and at every multiple from 16 on that ends by 31. */
export type Accesses = Readonly<Partial<Record<1 | 2 | 4 | 8, string>>>;

export interface ContextLayout {
  readonly reads: Accesses;
  readonly writes: Accesses;
  readonly pointers?: readonly GivenAt[];
  /** Offsets that are read, and that are written, only with CAP_BPF. */
  readonly privilegedReads?: readonly number[];
  readonly privilegedWrites?: readonly number[];
}

/** Layouts of one type: one for all that it may be attached to, or one for each attach type. */
export type ContextLayouts = ContextLayout | ReadonlyMap<number, ContextLayout>;

interface Range {
  readonly from: number;
  /** Offset past the last byte. */
  readonly end: number;
}

export class ContextTable {
  readonly pointers: readonly GivenAt[];
  readonly #reads: ReadonlyMap<number, readonly Range[]>;
  readonly #writes: ReadonlyMap<number, readonly Range[]>;
  readonly #layout: ContextLayout;

  constructor(layout: ContextLayout) {
    this.#layout = layout;
    this.#reads = rangesOf(layout.reads);
    this.#writes = rangesOf(layout.writes);
    this.pointers = layout.pointers ?? [];
  }

  mayRead(offset: number, sizeBytes: number): boolean {
    return isWithin(this.#reads.get(sizeBytes), offset, sizeBytes);
  }

  mayWrite(offset: number, sizeBytes: number): boolean {
    return isWithin(this.#writes.get(sizeBytes), offset, sizeBytes);
  }

  isPrivilegedRead(offset: number): boolean {
    return this.#layout.privilegedReads?.includes(offset) ?? false;
  }

  isPrivilegedWrite(offset: number): boolean {
    return this.#layout.privilegedWrites?.includes(offset) ?? false;
  }
}

function rangesOf(accesses: Accesses): ReadonlyMap<number, readonly Range[]> {
  return new Map(
    Object.entries(accesses).map(([size, text]) => [
      Number(size),
      text.split(',').map((range) => {
        const [from, last] = range.split('-').map(Number);
        if (from === undefined) throw new Error('a range begins somewhere');
        return { from, end: last === undefined ? from + Number(size) : last + 1 };
      }),
    ]),
  );
}

function isWithin(ranges: readonly Range[] | undefined, offset: number, sizeBytes: number): boolean {
  return (
    ranges?.some(
      ({ from, end }) => offset >= from && offset + sizeBytes <= end && (offset - from) % sizeBytes === 0,
    ) ?? false
  );
}

const layouts: Readonly<Partial<Record<ProgramType, ContextLayouts>>> = {
  ...probeContexts,
  ...skBuffContexts,
  ...xdpContexts,
  ...socketContexts,
  ...cgroupContexts,
};

/** Layouts are read once. */
const tables = new Map<ContextLayout, ContextTable>();

/** Only its struct pt_regs has another one of the registers that processes see. */
function isArm64(kernelBtf: Btf | undefined): boolean {
  return kernelBtf?.findStruct('user_pt_regs') !== undefined;
}

/** undefined where the program's context is not described. */
export function contextTableOf(program: LinkedProgram, kernelBtf?: Btf): ContextTable | undefined {
  const ofType = program.type === 'kprobe' && isArm64(kernelBtf) ? arm64Registers : layouts[program.type];
  const layout = ofType instanceof Map ? ofType.get(attachTypeOf(program)) : (ofType as ContextLayout);
  if (layout === undefined) return undefined;
  let table = tables.get(layout);
  if (table === undefined) {
    table = new ContextTable(layout);
    tables.set(layout, table);
  }
  return table;
}

/** Program types whose contexts are described. */
export const describedTypes: ReadonlySet<string> = new Set(Object.keys(layouts));
