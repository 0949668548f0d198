/**
 * The module that calls programs for rows of a batch: one function, called once for a stretch of rows, which
 * goes through the columns in linear memory and calls, by the type of each event, the programs of a table.
 *
 * What has to be done in JavaScript is asked of it row by row, and only where the table says so: following
 * tasks, testing limits, laying contexts out, taking records out of ring buffers.
 */
import type { Address } from '../vm/memory.ts';
import {
  add,
  atLeast,
  and,
  below,
  called,
  equal,
  FunctionBuilder,
  isZero,
  load,
  loadHalf,
  multiply,
  shiftLeft,
  value,
  type Expression,
  type Local,
} from './function-builder.ts';
import type { Signature } from './map-code.ts';
import { READS_CPU, READS_TASK, READS_TIME, MOMENT } from './moment.ts';
import {
  FUNCTION_REFERENCE,
  I32,
  KIND_FUNCTION,
  KIND_MEMORY,
  KIND_TABLE,
  op,
  SECTION_CODE,
  SECTION_EXPORT,
  SECTION_FUNCTION,
  SECTION_IMPORT,
  SECTION_TYPE,
} from './wasm.ts';
import { MAGIC, PROGRAM_SIGNATURE, sized, writeType } from './module.ts';
import { section, vector, Writer } from './writer.ts';

/** Where the columns of a batch and the hooks of its source are: 32-bit addresses, but for the last, a number. */
export const ROWS = {
  type: 0,
  offset: 4,
  time: 8,
  cpu: 12,
  tid: 16,
  records: 20,
  hooks: 24,
  types: 28,
} as const;
export const ROWS_BYTES = 32;

/** What is called for events of a type: its callees, in their order, and what comes before. One more is for types beyond. */
export const HOOK = { callees: 0, end: 4, flags: 8 } as const;
export const HOOK_BYTES = 16;
export const HOOK_IS_FOLLOWED = 1;
export const HOOK_IS_LIMITED = 2;

/** A program at a hook: `slot` in the table, or NO_SLOT where JavaScript calls it. */
export const CALLEE = { slot: 0, needs: 4, calls: 8 } as const;
export const CALLEE_BYTES = 16;
export const NO_SLOT = 0xffff_ffff;
/** Beside READS_* of moment.ts: records may wait in a stream after it ran; JavaScript lays its context out before. */
export const NEEDS_DRAIN = 8;
export const NEEDS_CONTEXT = 16;

/** Where the batch is: row and callee; the time before which it goes on, 64 bits; not 0 where it has to stop. */
export const PROGRESS = { row: 0, callee: 4, until: 8, stop: 16 } as const;
export const PROGRESS_BYTES = 24;

/** Imports from `replay`: all take and give 32-bit integers. */
export const BATCH_IMPORTS = ['follow', 'isWithin', 'drive', 'layOut', 'drain', 'tgid'] as const;
type BatchImport = (typeof BATCH_IMPORTS)[number];

const TAKES_ONE: Signature = { takes: [I32], gives: [] };
const ONE_TO_ONE: Signature = { takes: [I32], gives: [I32] };
const SIGNATURES: Readonly<Record<BatchImport, Signature>> = {
  follow: TAKES_ONE,
  isWithin: ONE_TO_ONE,
  drive: TAKES_ONE,
  layOut: ONE_TO_ONE,
  drain: TAKES_ONE,
  tgid: ONE_TO_ONE,
};

/** Address of ROWS, first row, row after the last, callee to go on at or 0; the row it stopped before. */
const RUN: Signature = { takes: [I32, I32, I32, I32], gives: [I32] };

export interface BatchPlaces {
  readonly progress: Address;
  readonly moment: Address;
  /** Frame pointer that programs begin with. */
  readonly frame: Address;
}

export function buildBatchModule(places: BatchPlaces): Uint8Array<ArrayBuffer> {
  const types = [TAKES_ONE, ONE_TO_ONE, RUN, PROGRAM_SIGNATURE];
  const module = new Writer().allOf(MAGIC);
  module.append(section(SECTION_TYPE, vector(types.map(writeType))));
  const functions = BATCH_IMPORTS.map((name) =>
    imported(name, KIND_FUNCTION).unsigned(types.indexOf(SIGNATURES[name])),
  );
  const memory = imported('memory', KIND_MEMORY).byte(0).unsigned(0);
  const programs = imported('programs', KIND_TABLE).byte(FUNCTION_REFERENCE, 0).unsigned(0);
  module.append(section(SECTION_IMPORT, vector([memory, programs, ...functions])));
  module.append(section(SECTION_FUNCTION, vector([new Writer().unsigned(types.indexOf(RUN))])));
  const run = new Writer().text('run').byte(KIND_FUNCTION).unsigned(BATCH_IMPORTS.length);
  module.append(section(SECTION_EXPORT, vector([run])));
  module.append(section(SECTION_CODE, vector([sized(writeRun(places, types.indexOf(PROGRAM_SIGNATURE)))])));
  return module.bytes;
}

function imported(name: string, kind: number): Writer {
  return new Writer().text('replay').text(name).byte(kind);
}

function ask(name: BatchImport, given: Expression): Expression {
  return called(BATCH_IMPORTS.indexOf(name), given);
}

function writeRun({ progress, moment, frame }: BatchPlaces, programType: number): Writer {
  const f = new FunctionBuilder(4);
  const [rows, row, to, goOn] = f.parameters as [Local, Local, Local, Local];
  const column = (offset: number): Local => f.local(load(value(rows), offset));
  const [types, offsets, times, cpus, tids, records] = [
    ROWS.type,
    ROWS.offset,
    ROWS.time,
    ROWS.cpu,
    ROWS.tid,
    ROWS.records,
  ].map(column) as [Local, Local, Local, Local, Local, Local];
  const typeCount = f.local(load(value(rows), ROWS.types));
  const [type, hook, flags, callee, end, context, needs] = [0, 0, 0, 0, 0, 0, 0].map((first) =>
    f.local(first),
  ) as [Local, Local, Local, Local, Local, Local, Local];
  const at = (column: Local, shift: number): Expression => add(value(column), shiftLeft(value(row), shift));
  const time: Expression = (out) => {
    at(times, 3)(out);
    out.access(op.i64Load, 0);
  };
  const isLate: Expression = (out) => {
    time(out);
    out
      .i32(0)
      .access(op.i64Load, progress + PROGRESS.until)
      .byte(op.i64GeU);
  };

  const callProgram = (): void => {
    f.store(value(callee), CALLEE.calls, add(load(value(callee), CALLEE.calls), 1));
    const needed = (what: number): Expression => and(value(needs), what);
    f.if(needed(READS_TIME), () => {
      f.do((out) => {
        out.i32(0);
        time(out);
        out.access(op.i64Store, moment + MOMENT.time);
      });
    });
    f.if(needed(READS_CPU), () => f.store(moment + MOMENT.cpu, 0, loadHalf(at(cpus, 1))));
    f.if(needed(READS_TASK), () => {
      f.store(moment + MOMENT.tid, 0, load(at(tids, 2)));
      f.store(moment + MOMENT.tgid, 0, ask('tgid', load(at(tids, 2))));
    });
    f.do((out) => {
      out.get(context.index).byte(op.i64ExtendI32U);
      for (let parameter = 1; parameter < 5; parameter += 1) out.i64(0);
      out.i64(BigInt(frame));
      load(value(callee), CALLEE.slot)(out);
      out.byte(op.callIndirect).unsigned(programType).unsigned(0).byte(op.drop);
    });
  };

  const callAll = (): void => {
    f.forever((leave) => {
      f.if(atLeast(value(callee), value(end)), leave);
      f.store(progress, PROGRESS.callee, value(callee));
      f.set(needs, load(value(callee), CALLEE.needs));
      f.if(
        equal(load(value(callee), CALLEE.slot), NO_SLOT),
        () => f.do(ask('drive', value(callee))),
        () => {
          f.if(
            and(value(needs), NEEDS_CONTEXT),
            () => f.set(context, ask('layOut', value(callee))),
            () => f.set(context, add(value(records), load(at(offsets, 2)))),
          );
          f.if(value(context), callProgram);
        },
      );
      f.if(and(value(needs), NEEDS_DRAIN), () => f.do(ask('drain', value(callee))));
      f.set(callee, add(value(callee), CALLEE_BYTES));
    });
  };

  f.forever(() => {
    f.if(atLeast(value(row), value(to)), () => f.return(value(row)));
    f.if(isZero(value(goOn)), () => {
      f.if(load(progress, PROGRESS.stop), () => f.return(value(row)));
      f.if(isLate, () => f.return(value(row)));
    });
    f.store(progress, PROGRESS.row, value(row));
    f.set(type, loadHalf(at(types, 1)));
    f.if(below(value(typeCount), value(type)), () => f.set(type, value(typeCount)));
    f.set(hook, add(load(value(rows), ROWS.hooks), multiply(value(type), HOOK_BYTES)));
    f.set(flags, load(value(hook), HOOK.flags));
    f.set(callee, load(value(hook), HOOK.callees));
    f.set(end, load(value(hook), HOOK.end));
    f.if(
      value(goOn),
      () => {
        f.set(callee, value(goOn));
        f.set(goOn, 0);
      },
      () => {
        f.if(and(value(flags), HOOK_IS_FOLLOWED), () => f.do(ask('follow', value(row))));
        f.if(and(value(flags), HOOK_IS_LIMITED), () => {
          f.if(isZero(ask('isWithin', value(row))), () => f.set(callee, value(end)));
        });
      },
    );
    f.if(below(value(callee), value(end)), callAll);
    f.set(row, add(value(row), 1));
  });
  return f.finish();
}
