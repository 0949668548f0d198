/** The modelled kernel's types, as a program is relocated onto them. */
import { Btf } from '../../../bpf/object/btf.ts';
import { mergeBtf } from '../../../bpf/object/btf-merge.ts';
import { ARM64, TRACEPOINTS, X86_64 } from './types.ts';

export type Machine = 'x86_64' | 'aarch64';

/** The release whose names and prototypes the model follows. */
export const MODELLED_RELEASE = '6.18.0';

const parsed = new Map<string, Btf>();

function parseOnce(text: string, name: string): Btf {
  const known = parsed.get(name);
  if (known !== undefined) return known;
  const btf = Btf.parse(Buffer.from(text, 'base64'), name);
  parsed.set(name, btf);
  return btf;
}

/** Structs, tracepoints' and functions' prototypes; records of tracepoints are the recording's to lay out. */
export function modelledTypes(machine: Machine): Btf {
  return parseOnce(machine === 'aarch64' ? ARM64 : X86_64, `modelled kernel (${machine})`);
}

/** The same with records of tracepoints as Linux lays them out, for checking an object without a recording. */
export function typesForChecking(machine: Machine): Btf {
  const records = parseOnce(TRACEPOINTS, 'tracepoint records');
  return mergeBtf(modelledTypes(machine), records, `modelled kernel (${machine})`);
}
