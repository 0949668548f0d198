/** The kinds of generated programs, each with what it needs to be loaded here and in the kernel. */
import type { Instruction, MapDefinition, ProgramType } from '../../electron/bpf/program.ts';
import { generateFlow } from './flow.ts';
import { gadgetMaps } from './gadgets.ts';
import { generateProgram, generatorMaps, Random } from './generator.ts';
import { generateKernelFunctionProgram } from './iterators.ts';
import { generateLoopProgram } from './loops.ts';
import { withMistake } from './near-miss.ts';
import type { Privilege } from './oracle.ts';
import { generatePacketProgram, packetMaps } from './packets.ts';
import { generateRunnable } from './runnable.ts';
import { socketMaps } from './socket-code.ts';
import { generateSocketProgram } from './sockets.ts';
import { generateUnprivileged, unprivilegedMaps } from './unprivileged-generator.ts';

export interface Generated {
  readonly type: ProgramType;
  readonly instructions: readonly Instruction[];
}

export interface Kind {
  readonly name: string;
  readonly maps: readonly MapDefinition[];
  readonly privilege: Privilege;
  /** Nothing but the value of map 0 and the packet's length decides what it computes: results are compared, too. */
  readonly isRunnable: boolean;
  /** Programs read objects of the running kernel. */
  readonly readsObjects?: boolean;
  /** The same program for the same seed. */
  generate(seed: number): Generated;
}

const plain = { privilege: 'full', isRunnable: false } as const;

type Generate = (seed: number) => Instruction[];

function socketFilter(generate: Generate): Kind['generate'] {
  return (seed) => ({ type: 'socket_filter', instructions: generate(seed) });
}

function nearMiss(generate: Generate): Generate {
  return (seed) => withMistake(new Random(seed ^ 0x517cc1b7), generate(seed));
}

/** What a generator of socket filters makes, for maps of the first generator. */
export function numbersOf(name: string, generate: Generate): Kind {
  return { ...plain, name, maps: generatorMaps, generate: socketFilter(generate) };
}

export function unprivilegedKind(privilege: Privilege): Kind {
  return {
    name: { none: 'unprivileged', bpf: 'cap-bpf', full: 'privileged' }[privilege],
    privilege,
    isRunnable: false,
    maps: unprivilegedMaps,
    generate: socketFilter(generateUnprivileged),
  };
}

export const kinds: readonly Kind[] = [
  numbersOf('numbers', generateProgram),
  numbersOf('loops', generateLoopProgram),
  numbersOf('kernel-functions', generateKernelFunctionProgram),
  { ...plain, name: 'packets', maps: packetMaps, generate: generatePacketProgram },
  {
    ...plain,
    name: 'sockets',
    maps: socketMaps,
    readsObjects: true,
    generate: generateSocketProgram,
  },
  { ...plain, name: 'flow', maps: [], isRunnable: true, generate: socketFilter(generateFlow) },
  {
    ...plain,
    name: 'runnable',
    maps: gadgetMaps,
    isRunnable: true,
    generate: socketFilter(generateRunnable),
  },
  { ...plain, name: 'near-miss', maps: gadgetMaps, generate: socketFilter(nearMiss(generateRunnable)) },
  unprivilegedKind('none'),
  unprivilegedKind('bpf'),
];
