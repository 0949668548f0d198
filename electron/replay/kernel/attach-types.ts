/** The types that programs are relocated onto: the modelled kernel's, and the records of the recording's own. */
import type { Btf } from '../../bpf/object/btf.ts';
import { mergeBtf } from '../../bpf/object/btf-merge.ts';
import { relocationText } from '../../bpf/object/core-text.ts';
import type { ObjectFile } from '../../bpf/object/open.ts';
import type { Source } from '../../trace/event.ts';
import { modelledTypes } from './model/modelled-types.ts';
import { knowledgeOf, knowledgeOfFlows, recordedTypes } from './objects/recorded-fields.ts';
import { probedFields } from './probed-members.ts';
import { tracepointTypes } from './tracepoint-types.ts';

/** Fields that may be missing are there all the same: their reads find nothing. Those of senders are where programs are called for flows. */
export function kernelTypes(
  sources: readonly Source[],
  mayBeMissing?: ReadonlySet<string>,
  callsForFlows = false,
): Btf {
  const isArm = sources.some(({ context }) => context.machine === 'aarch64');
  const whole = modelledTypes(isArm ? 'aarch64' : 'x86_64');
  const probed = probedFields(sources, whole);
  const modelled = recordedTypes(
    whole,
    new Set([...knowledgeOf(sources), ...(callsForFlows ? knowledgeOfFlows(sources) : [])]),
    probed.size === 0 ? mayBeMissing : new Set([...probed, ...(mayBeMissing ?? [])]),
  );
  return mergeBtf(modelled, tracepointTypes(sources), 'the recording');
}

/** An access as `task_struct.tgid`: without the kind of type, and what libbpf lets a name end with. */
export function plainAccess(access: string): string {
  return access.replace(/^(struct|union|enum) /, '').replace(/^(\w+?)___\w+/, '$1');
}

/** Fields that some program of the object reads by CO-RE: `task_struct.tgid`. */
export function fieldsReadBy(object: ObjectFile): ReadonlySet<string> {
  const fields = new Set<string>();
  if (object.btf === undefined) return fields;
  for (const records of object.extension?.relocations.values() ?? []) {
    for (const record of records) {
      const text = relocationText(object.btf, record);
      if (text?.kind !== 'field_byte_offset') continue;
      fields.add(plainAccess(text.access));
    }
  }
  return fields;
}
