/** What bpf_timer_*() and bpf_wq_*() answer, in sequences from a seed, is what they answer in the kernel, on both engines. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Instruction } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { addressOf, linked } from './function-vectors.ts';
import { Random } from './generator.ts';
import { startOracle, type Oracle } from './oracle.ts';
import { runOn } from './run.ts';
import { typed } from './types.ts';

const PROGRAMS = 120;
const LOOK_UP = 1;
const UPDATE = 2;
const DELETE = 3;
const INIT = 169;
const SET_CALLBACK = 170;
const START = 171;
const CANCEL = 172;
const VALUE_BYTES = 40;
const TIMER_AT = 8;
const QUEUE_AT = 24;
/** So many that an LRU map never has to push one out, which Linux does by chance. */
const ENTRIES = { array: 2, hash: 2, lru_hash: 1024 } as const;
/** Far enough that no timer is called while the test runs. */
const LATER_NS = 1n << 60n;
const KEY_SLOT = -8;
const VALUE_SLOT = -48;

let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

const fold = [asm.alu64('mul', 7, 31), asm.alu64('add', 7, r(0))];

/** `code` on the timer in r1 of the map's element, if that is there; what it answers is folded into r7. */
function onTimer(key: number, code: readonly Instruction[], at = TIMER_AT): Instruction[] {
  const then = [asm.mov64(1, r(0)), asm.alu64('add', 1, at), ...code, ...fold];
  return [
    asm.storeImmediate(4, 10, KEY_SLOT, key),
    ...asm.loadMap(1, 0),
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, KEY_SLOT),
    asm.call(LOOK_UP),
    asm.jump64('jeq', 0, 0, then.length),
    ...then,
  ];
}

function onElement(key: number, helper: number, flags: number): Instruction[] {
  return [
    asm.storeImmediate(4, 10, KEY_SLOT, key),
    ...asm.loadMap(1, 0),
    asm.mov64(2, r(10)),
    asm.alu64('add', 2, KEY_SLOT),
    ...(helper === UPDATE ? [asm.mov64(3, r(10)), asm.alu64('add', 3, VALUE_SLOT), asm.mov64(4, flags)] : []),
    asm.call(helper),
    ...fold,
  ];
}

function operation(random: Random): Instruction[] {
  const key = random.below(2);
  switch (random.below(13)) {
    case 0:
    case 1:
      return onTimer(key, [
        ...asm.loadMap(2, 0),
        asm.mov64(3, random.pick([1, 1, 1, 0, 7, 2, 4, 16, -1])),
        asm.call(INIT),
      ]);
    case 2:
    case 3:
      return onTimer(key, [...addressOf(2, 1), asm.call(SET_CALLBACK)]);
    case 4:
    case 5:
    case 6:
      return onTimer(key, [
        ...asm.load64(2, LATER_NS),
        asm.mov64(3, random.pick([0, 0, 1, 2, 3, 4, -1])),
        asm.call(START),
      ]);
    case 7:
      return onTimer(key, [asm.call(CANCEL)]);
    case 8:
      return onTimer(
        key,
        [...asm.loadMap(2, 0), asm.mov64(3, random.pick([0, 0, 0, 1])), asm.callKernel('bpf_wq_init')],
        QUEUE_AT,
      );
    case 9:
      return onTimer(
        key,
        [
          ...addressOf(2, 1),
          asm.mov64(3, random.pick([0, 0, 0, 1])),
          asm.mov64(4, 0),
          asm.callKernel('bpf_wq_set_callback_impl'),
        ],
        QUEUE_AT,
      );
    case 10:
      return onTimer(
        key,
        [asm.mov64(2, random.pick([0, 0, 0, 2])), asm.callKernel('bpf_wq_start')],
        QUEUE_AT,
      );
    case 11:
      return onElement(key, UPDATE, random.pick([0, 0, 1, 2]));
    default:
      return onElement(key, random.pick([UPDATE, DELETE]), 0);
  }
}

it('sequences of calls answer as in the kernel', async (context) => {
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  const differing: string[] = [];
  for (let seed = 140_000; seed < 140_000 + PROGRAMS; seed += 1) {
    const random = new Random(seed);
    const type = random.pick(['array', 'hash', 'lru_hash'] as const);
    const main = [
      asm.mov64(7, 0),
      ...[0, 8, 16, 24, 32].map((at) => asm.storeImmediate(8, 10, VALUE_SLOT + at, 0)),
      ...onElement(0, UPDATE, 0),
      ...onTimer(0, [...addressOf(2, 1), asm.call(SET_CALLBACK)]),
      ...Array.from({ length: 12 }, () => operation(random)).flat(),
      asm.mov64(0, r(7)),
      asm.exit,
    ];
    const functions = [main, [asm.mov64(0, 0), asm.exit]];
    const program = { ...asm.programOf([linked(functions)]), type: 'sched_cls' } as const;
    const whole = typed(program, [asm.mapOf(type, 4, VALUE_BYTES, ENTRIES[type])], (types) => ({
      values: [
        types.struct('timed', [
          ['count', types.long, 8],
          ['timer', types.timer(), 16],
          ['work', types.opaque('bpf_wq'), 16],
        ]),
      ],
    }));
    const verdict = verifyProgram(whole.program, whole.maps, { license: 'GPL', btf: whole.btf });
    if (verdict.verdict === 'rejected') throw new Error(`seed ${seed}: ${verdict.reason.text}`);
    const asked = {
      type: 'sched_cls',
      license: 'GPL',
      instructions: whole.program.instructions,
      maps: whole.maps,
      types: whole.types,
      isRun: true,
      logLevel: 1,
      data: new Uint8Array(64),
    } as const;
    const { returned, log } = await oracle.ask(asked);
    if (returned === undefined) throw new Error(`seed ${seed}: ${log}`);
    const ours = (['interpreter', 'jit'] as const).map(
      (engine) => runOn(engine, verdict.verified, asked).returned,
    );
    if (ours.some((each) => each !== returned))
      differing.push(`seed ${seed}, ${type}: ${returned}, ours ${ours.join()}`);
  }
  expect(differing).toEqual([]);
}, 60_000);
