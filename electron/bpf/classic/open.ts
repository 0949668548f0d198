/**
 * A classic program as the linked object it would be, had it been compiled for eBPF: what a verifier
 * and a machine take.
 */
import type { LinkedObject } from '../program.ts';
import { convertClassic } from './convert.ts';
import { parseClassic } from './parse.ts';
import { validateClassic } from './validate.ts';

/** Classic programs have no names. */
const PROGRAM_NAME = 'filter';

/** Throws Failure `bad-classic` or `unavailable-ancillary`; `file` is what messages call the program. */
export function openClassic(given: Uint8Array | string, file: string): LinkedObject {
  const instructions = convertClassic(validateClassic(parseClassic(given, file), file));
  return {
    file,
    license: '',
    programs: [
      {
        name: PROGRAM_NAME,
        section: 'socket',
        type: 'socket_filter',
        attachTarget: '',
        isSleepable: false,
        isAutoloaded: true,
        instructions,
        subprograms: [{ name: PROGRAM_NAME, start: 0, typeId: 0, isGlobal: true }],
        lines: [],
      },
    ],
    maps: [],
    btf: undefined,
    isBigEndian: false,
    initialEntries: [],
    unresolved: [],
  };
}
