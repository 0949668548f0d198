/**
 * Programs on sockets, from a seed: sockets come by and given back in the ways people write it, cast, put on
 * the stack and into maps, on branches and in loops; now and then nearly right.
 */
import type { Instruction, ProgramType } from '../../electron/bpf/program.ts';
import * as asm from '../bpf/verifier/assembler.ts';
import { r, type Size } from '../bpf/verifier/assembler.ts';
import { Random } from './generator.ts';
import { withMistake } from './near-miss.ts';
import {
  cast,
  CONTEXT,
  HELPER,
  leave,
  lookUpInMap,
  lookUpTuple,
  MAP,
  mayCallIn,
  release,
  socketTypes,
  zeros,
} from './socket-code.ts';

export interface SocketProgram {
  readonly type: ProgramType;
  readonly instructions: readonly Instruction[];
}

/** Types that are loaded without a word of what they are for; those that look sockets up more often. */
const generatedTypes: readonly ProgramType[] = [
  'sched_cls',
  'sched_cls',
  'sched_cls',
  'sched_act',
  'xdp',
  'cgroup_skb',
  'sk_skb',
  'sk_msg',
  'sock_ops',
  'sk_reuseport',
  'socket_filter',
];

/** r6 the context, r7 and r8 sockets one within the other, r9 a number. */
const OUTER = 7;
const INNER = 8;
const NUMBER = 9;
/** Where sockets wait on the stack; below the key of lookups. */
const SLOTS: readonly number[] = [-24, -32, -40];

/** The socket that a body may use: where it is, and of what kind it is as far as its maker knows. */
interface Held {
  readonly register: number;
  readonly kind: 'sock' | 'common' | 'tcp' | 'xdp' | 'object';
}

class Generator {
  readonly random: Random;
  readonly type: ProgramType;
  readonly socketAt: number | undefined;

  constructor(random: Random, type: ProgramType) {
    this.random = random;
    this.type = type;
    this.socketAt = socketTypes.find((each) => each.type === type)?.socketAt;
  }

  can(helper: string): boolean {
    return mayCallIn({ type: this.type }, helper);
  }

  /** Skips `body` where the register is null: one of the ways to write it, and ways that are none. */
  unlessNull(register: number, body: readonly Instruction[]): Instruction[] {
    const { random } = this;
    if (random.chance(40)) return [asm.jump32('jeq', register, 0, body.length), ...body];
    if (random.chance(40)) return [...body];
    switch (random.below(3)) {
      case 0:
        return [asm.jump64('jne', register, 0, 1), asm.ja(body.length), ...body];
      case 1:
        return [asm.mov64(5, r(register)), asm.jump64('jeq', 5, 0, body.length), ...body];
      default:
        return [asm.jump64('jeq', register, 0, body.length), ...body];
    }
  }

  /** A read of a field that the kind has; now and then of one that it lacks. */
  read({ register, kind }: Held): Instruction[] {
    const { random } = this;
    const isRight = !random.chance(25);
    const offsets = {
      sock: [0, 4, 8, 16, 24, 48, 72, 76],
      common: [4, 24, 44, 72],
      tcp: [0, 4, 76, 80, 96],
      xdp: [0],
      object: [16, 18],
    }[kind];
    const offset = isRight ? random.pick(offsets) : random.below(120);
    const wide: Size = kind === 'tcp' && offset === 80 ? 8 : kind === 'object' ? 1 : 4;
    const size = isRight ? wide : random.pick([1, 2, 4, 8] as const);
    if (random.chance(60)) return [asm.storeImmediate(4, register, offset, 1)];
    return [asm.load(size, random.pick([NUMBER, 3]), register, offset)];
  }

  /** What a program does with a socket that is there. */
  use(held: Held, depth: number): Instruction[] {
    const { random } = this;
    const { register } = held;
    switch (random.below(depth > 2 ? 4 : 10)) {
      case 0:
      case 1:
        return this.read(held);
      case 2: {
        const slot = random.pick(SLOTS);
        const back = asm.load(8, register, 10, slot);
        return [asm.store(8, 10, slot, register), ...this.read(held), ...(random.chance(2) ? [back] : [])];
      }
      case 3:
        return [asm.mov64(4, r(register)), ...this.read({ ...held, register: 4 })];
      case 4:
        return this.branch([...this.use(held, depth + 1)]);
      case 5:
        return this.castAndUse(held, depth);
      case 6:
        return register === OUTER ? this.withSocket(INNER, depth + 1) : this.read(held);
      case 7:
        return this.intoMap(held);
      case 8:
        return [asm.mov64(3, 0), ...this.rounds(this.read(held))];
      default:
        return [...this.use(held, depth + 1), ...this.use(held, depth + 1)];
    }
  }

  branch(body: readonly Instruction[]): Instruction[] {
    const { random } = this;
    const condition = random.pick(['jeq', 'jgt', 'jset', 'jne'] as const);
    const jump = asm.jump64(condition, NUMBER, random.below(4), body.length);
    return [...(random.chance(2) ? [asm.call(HELPER.random), asm.mov64(NUMBER, r(0))] : []), jump, ...body];
  }

  rounds(body: readonly Instruction[]): Instruction[] {
    const steps = [...body, asm.alu64('add', 3, 1)];
    const isClobbered = body.some(({ dst }) => dst === 3);
    return isClobbered ? [...body] : [...steps, asm.jump64('jlt', 3, 3, -(steps.length + 1))];
  }

  /** Another view of the socket, used where it is there. */
  castAndUse(held: Held, depth: number): Instruction[] {
    const { random } = this;
    const views: readonly (readonly [string, number, Held['kind']])[] = [
      ['sk_fullsock', HELPER.skFullsock, 'sock'],
      ['tcp_sock', HELPER.tcpSock, 'tcp'],
      ['get_listener_sock', HELPER.getListenerSock, 'sock'],
      ['skc_to_tcp_sock', HELPER.skcToTcpSock, 'object'],
      ['skc_to_tcp6_sock', HELPER.skcToTcp6Sock, 'object'],
      ['skc_to_unix_sock', HELPER.skcToUnixSock, 'object'],
    ];
    const able = views.filter(([name]) => this.can(name));
    const chosen = able.length === 0 ? undefined : random.pick(able);
    if (chosen === undefined) return this.read(held);
    const [, helper, kind] = chosen;
    const target = held.register === OUTER && random.chance(2) ? INNER : 0;
    const view: Held = { register: target, kind };
    const body = target === 0 ? this.read(view) : this.use(view, depth + 1);
    return [
      ...cast(helper, held.register),
      ...(target === 0 ? [] : [asm.mov64(target, r(0))]),
      ...this.unlessNull(target, body),
    ];
  }

  intoMap({ register }: Held): Instruction[] {
    const map = this.random.pick([MAP.sockmap, MAP.sockhash, MAP.array]);
    const isValue = map === MAP.array;
    return [
      ...zeros,
      ...(isValue ? [asm.store(8, 10, -40, register), asm.store(8, 10, -32, register)] : []),
      ...asm.loadMap(1, map),
      asm.mov64(2, r(10)),
      asm.alu64('add', 2, -16),
      ...(isValue ? [asm.mov64(3, r(10)), asm.alu64('add', 3, -40)] : [asm.mov64(3, r(register))]),
      asm.mov64(4, 0),
      asm.call(HELPER.mapUpdate),
    ];
  }

  /** A socket that is come by, used, and given back where it has to be. */
  withSocket(register: number, depth: number): Instruction[] {
    const { random } = this;
    const isHolding = this.can('sk_release') && !random.chance(4);
    if (!isHolding) return this.withOwn(register, depth);
    const lookups: readonly (readonly [readonly Instruction[], Held['kind']])[] = [
      [lookUpInMap(MAP.sockmap), 'sock'],
      [lookUpInMap(MAP.sockhash), 'sock'],
      ...(this.can('sk_lookup_tcp')
        ? ([
            [lookUpTuple(HELPER.skLookupTcp), 'sock'],
            [lookUpTuple(HELPER.skLookupUdp), 'sock'],
            [lookUpTuple(HELPER.skcLookupTcp), 'common'],
          ] as const)
        : []),
    ];
    const [lookup, kind] = random.pick(lookups);
    const held: Held = { register, kind };
    const uses = this.uses(held, depth);
    const body = [...uses, ...this.giveBack(held)];
    return [...lookup, asm.mov64(register, r(0)), ...this.unlessNull(register, body)];
  }

  uses(held: Held, depth: number): Instruction[] {
    return Array.from({ length: this.random.below(3) }, () => this.use(held, depth + 1)).flat();
  }

  /** Gives the socket back: as it is, from the stack, through a cast, on both ways of a branch, or wrongly. */
  giveBack(held: Held): Instruction[] {
    const { random } = this;
    const { register } = held;
    const plain = release(register);
    switch (random.below(14)) {
      case 0:
        return [];
      case 1:
        return [...plain, ...this.read(held)];
      case 2:
        return [...plain, ...(random.chance(2) ? plain : [])];
      case 3:
        return [asm.store(8, 10, -24, register), asm.load(8, 1, 10, -24), asm.call(HELPER.skRelease)];
      case 4:
        return [asm.jump64('jeq', NUMBER, 1, 3), ...plain, asm.ja(2), ...plain];
      case 5:
        return random.chance(3) ? this.branch(plain) : plain;
      case 6: {
        const helper = random.pick([HELPER.skcToTcpSock, HELPER.skcToUdp6Sock]);
        return [
          ...cast(helper, register),
          asm.jump64('jeq', 0, 0, 3),
          asm.mov64(1, r(0)),
          asm.call(HELPER.skRelease),
          asm.ja(2),
          ...plain,
        ];
      }
      default:
        return plain;
    }
  }

  /** One that the program need not give back: of the context, or of AF_XDP. */
  withOwn(register: number, depth: number): Instruction[] {
    const { socketAt, random } = this;
    if (socketAt === undefined || random.chance(5)) {
      const held: Held = { register, kind: 'xdp' };
      const look = [...lookUpInMap(MAP.xskmap), asm.mov64(register, r(0))];
      return [...look, ...this.unlessNull(register, this.uses(held, depth))];
    }
    const isWhole = ['sk_msg', 'sock_ops', 'sk_reuseport'].includes(this.type);
    const held: Held = { register, kind: isWhole ? 'sock' : 'common' };
    const load = asm.load(8, register, CONTEXT, socketAt);
    return [load, ...this.unlessNull(register, this.uses(held, depth))];
  }
}

/** The program of a seed: always the same one. */
export function generateSocketProgram(seed: number): SocketProgram {
  const random = new Random(seed);
  const type = random.pick(generatedTypes);
  const generator = new Generator(random, type);
  const parts = Array.from({ length: 1 + random.below(3) }, () => generator.withSocket(OUTER, 0));
  const instructions = [
    asm.mov64(CONTEXT, r(1)),
    asm.mov64(INNER, 0),
    asm.call(HELPER.random),
    asm.mov64(NUMBER, r(0)),
    ...SLOTS.map((slot) => asm.storeImmediate(8, 10, slot, 0)),
    ...parts.flat(),
    ...leave,
  ];
  return { type, instructions: random.chance(8) ? withMistake(random, instructions) : instructions };
}
