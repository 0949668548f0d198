/** Object files and what is in them: ELF, BTF, BTF.ext, CO-RE, map definitions, instructions, typed values. */
import { Btf } from '../../../electron/bpf/object/btf.ts';
import { parseBtfExtension } from '../../../electron/bpf/object/btf-ext.ts';
import { parseElf } from '../../../electron/bpf/object/elf.ts';
import { joinModules } from '../../../electron/bpf/object/btf-split.ts';
import { embeddedObjects } from '../../../electron/bpf/object/embedded.ts';
import { linkObject } from '../../../electron/bpf/object/link.ts';
import { openObject } from '../../../electron/bpf/object/open.ts';
import { renderType } from '../../../electron/bpf/object/render-type.ts';
import { decodeValue } from '../../../electron/bpf/object/typed-value.ts';
import { decodeInstructions } from '../../../electron/bpf/isa/decode.ts';
import { disassemble } from '../../../electron/bpf/isa/disassemble.ts';
import { Failure } from '../../../electron/failure.ts';
import { modelledTypes } from '../../../electron/replay/kernel/model/modelled-types.ts';
import { bytesOf, COMMITTED_OBJECTS } from '../../bpf/object/sample.ts';
import type { Target } from '../target.ts';

const FILE = 'damaged.o';
const layers = new Set(['object', 'isa']);
/** Larger values are many of the same. */
const VALUE_BYTES_MAX = 4096;

function objects(): Uint8Array[] {
  return COMMITTED_OBJECTS.map(bytesOf);
}

function sections(name: string): Uint8Array[] {
  return objects().flatMap((bytes) =>
    parseElf(bytes, FILE)
      .sections.filter((section) => section.name === name && section.data.length > 0)
      .map(({ data }) => data.slice()),
  );
}

/** One type that is refused says nothing of the next. */
function readEveryType(btf: Btf): void {
  inTurn(
    ...Array.from({ length: btf.typeCount }, (_, id) => () => {
      btf.typeById(id);
      renderType(btf, id);
      const sizeBytes = btf.sizeOf(id) ?? 0;
      // An object's sections are laid out when it is opened: here they have no size yet.
      if (sizeBytes <= VALUE_BYTES_MAX && btf.kindOf(id) !== 'datasec')
        decodeValue(btf, id, new Uint8Array(sizeBytes));
    }),
  );
}

/** Goes on with what each part refuses: a later type may still upset. */
function inTurn(...parts: readonly (() => void)[]): void {
  let refusal: unknown;
  for (const part of parts) {
    try {
      part();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      refusal ??= error;
    }
  }
  if (refusal !== undefined) throw refusal;
}

const object: Target = {
  name: 'object',
  layers,
  samples: objects,
  run(bytes) {
    const opened = openObject(bytes, FILE);
    linkObject(opened, { target: modelledTypes('x86_64') });
  },
};

const elf: Target = {
  name: 'elf',
  layers,
  samples: objects,
  run(bytes) {
    inTurn(
      () => void parseElf(bytes, FILE),
      () => void embeddedObjects(bytes, FILE),
    );
  },
};

const btf: Target = {
  name: 'btf',
  layers,
  samples: () => sections('.BTF'),
  run: (bytes) => readEveryType(Btf.parse(bytes, FILE)),
};

const btfExtension: Target = {
  name: 'btf-ext',
  layers,
  samples: () => sections('.BTF.ext'),
  run(bytes) {
    const types = sections('.BTF')[0];
    if (types === undefined) throw new Error('the samples have types');
    parseBtfExtension(bytes, Btf.parse(types, FILE), FILE);
  },
};

const instructions: Target = {
  name: 'instructions',
  layers,
  samples: () => sections('tp_btf/sched_switch').concat(sections('tracepoint/sched/sched_switch')),
  run(bytes) {
    for (const each of decodeInstructions(bytes, true, { file: FILE })) disassemble(each);
  },
};

/** The types of one object as though a module's beside the modelled kernel. */
const btfSplit: Target = {
  name: 'btf-split',
  layers,
  samples: () => sections('.BTF'),
  run(bytes) {
    joinModules(modelledTypes('x86_64'), [{ file: FILE, types: bytes, distilledBase: undefined }]);
  },
};

export const objectTargets: readonly Target[] = [elf, object, btf, btfSplit, btfExtension, instructions];
