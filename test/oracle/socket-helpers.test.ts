import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAvailableIn } from '../../electron/bpf/helpers/availability.ts';
import type { HelperArgument } from '../../electron/bpf/helpers/helper.ts';
import { argumentsIn, socketPrototypes } from '../../electron/bpf/helpers/socket-prototypes.ts';
import type { Instruction, MapDefinition, ProgramType } from '../../electron/bpf/program.ts';
import { verifyProgram } from '../../electron/bpf/verifier/verify.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r } from '../bpf/verifier/assembler.ts';
import { runningKernelTypes } from './attach.ts';
import { startOracle, type Oracle } from './oracle.ts';
import {
  cast,
  CONTEXT,
  HELPER,
  leave,
  lookUpInMap,
  MAP,
  mayCallIn,
  release,
  SOCKET,
  socketMaps,
  socketTypes,
  sourcesOf,
  unlessNull,
  type SocketType,
  type Source,
} from './socket-code.ts';

const SIZES = [1, 2, 4, 8] as const;
/** Offsets that no socket reaches. */
const BEFORE = -8;
const BEYOND = 136;

const kernelBtf = runningKernelTypes();
let oracle: Oracle | { unavailable: string };
beforeAll(async () => {
  oracle = await startOracle();
});
afterAll(() => {
  if (!('unavailable' in oracle)) oracle.stop();
});

interface Seen {
  readonly isAccepted: boolean;
  /** What was said, where the verdicts differ. */
  readonly difference: string | undefined;
}

/** Both verdicts on a program of the type. */
async function ask(
  { type, section, attachType }: Omit<SocketType, 'socketAt'>,
  instructions: readonly Instruction[],
  maps: readonly MapDefinition[] = socketMaps,
  license = 'GPL',
): Promise<Seen> {
  if ('unavailable' in oracle) throw new Error('asked without an oracle');
  const program = { ...asm.programOf([instructions], type), section };
  const ours = verifyProgram(program, maps, { license, kernelBtf });
  const attach = { expectedType: attachType, btfId: 0 };
  const { isAccepted } = await oracle.ask({ type, license, instructions, maps, attach });
  if ((ours.verdict === 'accepted') === isAccepted) return { isAccepted, difference: undefined };
  const said = ours.verdict === 'accepted' ? 'accepted' : ours.reason.text;
  return { isAccepted, difference: `${isAccepted ? 'accepted' : 'refused'} by the kernel, here ${said}` };
}

const views: readonly (readonly [string, ProgramType, readonly Instruction[]])[] = [
  ['bpf_sock', 'sk_msg', [asm.load(8, SOCKET, 1, 72)]],
  [
    'what half-made sockets have of bpf_sock',
    'sched_cls',
    [asm.load(8, SOCKET, 1, 168), ...unlessNull(SOCKET)],
  ],
  [
    'bpf_tcp_sock',
    'sched_cls',
    [
      asm.load(8, 1, 1, 168),
      ...unlessNull(1),
      ...cast(HELPER.tcpSock, 1),
      ...unlessNull(0),
      asm.mov64(SOCKET, r(0)),
    ],
  ],
  ['bpf_xdp_sock', 'xdp', [...lookUpInMap(MAP.xskmap), ...unlessNull(0), asm.mov64(SOCKET, r(0))]],
];

it.for(views)('%s is open where the kernel opens it', async ([, type, get], context) => {
  if ('unavailable' in oracle) return context.skip(oracle.unavailable);
  const differing: string[] = [];
  let accepted = 0;
  for (const size of SIZES) {
    for (let offset = BEFORE; offset < BEYOND; offset += 1) {
      const accesses = [
        ['read', asm.load(size, 3, SOCKET, offset)],
        ['write', asm.storeImmediate(size, SOCKET, offset, 0)],
        ...(size === 8 ? [] : [['signed read', asm.loadSigned(size, 3, SOCKET, offset)] as const]),
      ] as const;
      for (const [what, access] of accesses) {
        const seen = await ask({ type, section: type, attachType: 0 }, [...get, access, ...leave]);
        if (seen.isAccepted) accepted += 1;
        if (seen.difference !== undefined)
          differing.push(`${what} of ${size} bytes at ${offset}: ${seen.difference}`);
      }
    }
  }
  expect(differing).toEqual([]);
  expect(accepted).toBeGreaterThan(1);
});

const WELL_FORMED = 'well formed';

/** r8 an unknown number, thirty-two bytes of zeros below r10 - 32. */
const prepared = [
  asm.mov64(CONTEXT, r(1)),
  asm.call(HELPER.random),
  asm.mov64(8, r(0)),
  ...Array.from({ length: 6 }, (_, index) => asm.storeImmediate(8, 10, -24 - 8 * index, 0)),
];

function suitable(kind: HelperArgument, register: number): Instruction[] {
  switch (kind) {
    case 'ctx':
    case 'ctx_or_null':
      return [asm.mov64(register, r(CONTEXT))];
    case 'const_map_ptr':
      return asm.loadMap(register, MAP.array);
    case 'const_size':
    case 'const_size_or_zero':
      return [asm.mov64(register, 20)];
    case 'anything':
      return [asm.mov64(register, 1)];
    case 'sock_common':
    case 'sock_or_null':
    case 'btf_sock_common':
    case 'btf_or_null:sock_common':
    case 'released_sock_common':
      return [asm.mov64(register, r(SOCKET))];
    default:
      return [asm.mov64(register, r(10)), asm.alu64('add', register, -64)];
  }
}

/** Other things that might be in the register. */
const others: readonly (readonly [string, (register: number) => Instruction[]])[] = [
  ['0', (register) => [asm.mov64(register, 0)]],
  ['a size past the stack', (register) => [asm.mov64(register, 80)]],
  ['-1', (register) => [asm.mov64(register, -1)]],
  ['an unknown number', (register) => [asm.mov64(register, r(8))]],
  ['the context', (register) => [asm.mov64(register, r(CONTEXT))]],
  ['a moved context', (register) => [asm.mov64(register, r(CONTEXT)), asm.alu64('add', register, 4)]],
  ['the top of the stack', (register) => [asm.mov64(register, r(10)), asm.alu64('add', register, -16)]],
  ['the map', (register) => asm.loadMap(register, MAP.array)],
  ['the socket', (register) => [asm.mov64(register, r(SOCKET))]],
  ['what was never written', (register) => [asm.mov64(register, r(9))]],
];

/** The call, and what follows: the socket is given back, where the call did not do that. */
function around(
  source: Source,
  isChecked: boolean,
  name: string,
  call: readonly Instruction[],
): readonly Instruction[] {
  const isGivenBack = name === 'sk_release';
  const isHeld = source.isHeld && !isGivenBack;
  return [
    ...prepared,
    ...source.code,
    ...(isChecked ? unlessNull(SOCKET) : []),
    ...call,
    ...(isHeld ? [asm.mov64(9, r(0)), asm.jump64('jeq', SOCKET, 0, 2), ...release(SOCKET)] : []),
    ...leave,
  ];
}

/** Whether what the helper gives has to be given back, too. */
function isAcquiring(name: string): boolean {
  return name.startsWith('sk_lookup') || name.startsWith('skc_lookup');
}

describe.each(socketPrototypes)('bpf_$name', (prototype) => {
  const { id, name } = prototype;
  it('takes what the kernel takes', async (context) => {
    if ('unavailable' in oracle) return context.skip(oracle.unavailable);
    if (name.startsWith('sk_storage')) return context.skip('its map needs types, which are not loaded here');
    const differing: string[] = [];
    let accepted = 0;
    let asked = 0;
    for (const type of socketTypes) {
      if (!mayCallIn(type, name) || !isAvailableIn(name, type.section)) continue;
      const kinds = argumentsIn(prototype, type);
      const well = kinds.map((kind, index) => suitable(kind, index + 1));
      const after = isAcquiring(name)
        ? [asm.jump64('jeq', 0, 0, 2), asm.mov64(1, r(0)), asm.call(HELPER.skRelease)]
        : [];
      const sources = [...sourcesOf(type), { name: 'a number', code: [asm.mov64(SOCKET, 3)], isHeld: false }];
      for (const source of sources) {
        const calls = [{ what: WELL_FORMED, code: well }];
        for (const [index, kind] of kinds.entries()) {
          for (const [what, make] of others)
            calls.push({
              what: `r${index + 1} (${kind}) is ${what}`,
              code: well.with(index, make(index + 1)),
            });
        }
        for (const { what, code } of calls) {
          for (const isChecked of what === WELL_FORMED ? [true, false] : [true]) {
            const call = [...code.flat(), asm.call(id), ...after];
            const seen = await ask(type, around(source, isChecked, name, call));
            asked += 1;
            if (seen.isAccepted) accepted += 1;
            const where = `${type.section}: ${source.name}${isChecked ? '' : ', maybe null'}: ${what}`;
            if (seen.difference !== undefined) differing.push(`${where}: ${seen.difference}`);
          }
        }
      }
      const closed = around(sources[0] as Source, true, name, [...well.flat(), asm.call(id), ...after]);
      const seen = await ask(type, closed, socketMaps, 'Proprietary');
      if (seen.difference !== undefined) differing.push(`${type.section}: closed: ${seen.difference}`);
    }
    expect(differing).toEqual([]);
    expect(accepted, `of ${asked}`).toBeGreaterThan(0);
  });
});
