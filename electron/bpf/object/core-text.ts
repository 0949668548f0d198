/** CO-RE relocations as C names them, for people who ask what a program reads of its kernel. */
import type { Btf } from './btf.ts';
import type { CoreRecord } from './btf-ext.ts';
import { parseEnumAccess, parseFieldAccess, typeText } from './core-spec.ts';
import { CORE_KINDS, type CoreKind } from './core-value.ts';

export interface RelocationText {
  readonly kind: CoreKind;
  /** `struct task_struct.comm`, `enum bpf_func_id: BPF_FUNC_get_attach_cookie`, `struct request___x`. */
  readonly access: string;
}

/** Throws Failure `bad-relocation` where the object contradicts itself; undefined for a kind nobody defined. */
export function relocationText(btf: Btf, { kind, typeId, access }: CoreRecord): RelocationText | undefined {
  const name = CORE_KINDS[kind];
  if (name === undefined) return undefined;
  if (name.startsWith('field_')) return { kind: name, access: parseFieldAccess(btf, typeId, access).text };
  if (!name.startsWith('enumval_')) return { kind: name, access: typeText(btf, typeId) };
  return { kind: name, access: `${typeText(btf, typeId)}: ${parseEnumAccess(btf, typeId, access).name}` };
}
