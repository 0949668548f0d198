/** The kernel an object is checked against: the modelled one, or the one whose types a file holds. */
import { basename } from 'node:path';

import { Btf } from '../bpf/object/btf.ts';
import { joinModules, type SplitTypes } from '../bpf/object/btf-split.ts';
import { machineOf, sectionsOfElf } from '../bpf/object/elf.ts';
import type { ExternValues } from '../bpf/object/externs.ts';
import { linkObject } from '../bpf/object/link.ts';
import type { ObjectFile } from '../bpf/object/open.ts';
import type { ObjectSettings } from '../bpf/object/settings.ts';
import type { LinkedObject } from '../bpf/program.ts';
import { Failure } from '../failure.ts';
import { linuxVersionCode } from '../replay/kernel/kernel-version.ts';
import { MODELLED_RELEASE, typesForChecking } from '../replay/kernel/model/modelled-types.ts';
import { readObject } from './jobs/read-object.ts';

export interface TargetKernel {
  readonly types: Btf;
  /** Answers to `__kconfig` externs, as far as they are known. */
  readonly configuration: ExternValues;
}

/** What libbpf finds out about a kernel by trying; the modelled one has both. */
const MODELLED_FEATURES = { LINUX_HAS_BPF_COOKIE: 1n, LINUX_HAS_SYSCALL_WRAPPER: 1n };

export function modelledKernel(): TargetKernel {
  return {
    types: typesForChecking('x86_64'),
    configuration: {
      LINUX_KERNEL_VERSION: BigInt(linuxVersionCode(MODELLED_RELEASE) ?? 0),
      ...MODELLED_FEATURES,
    },
  };
}

/**
 * The types of a kernel and of its modules, that order: raw BTF such as /sys/kernel/btf/vmlinux, or ELF files with
 * a `.BTF` section. They do not say which version the kernel is. Throws Failure.
 */
export function readTargetKernel(paths: readonly string[]): TargetKernel {
  const [kernel, ...modules] = paths.map(readTypes);
  if (kernel === undefined) throw new Error('a target is named');
  return { types: joinModules(Btf.parse(kernel.types, kernel.file), modules), configuration: {} };
}

function readTypes(path: string): SplitTypes {
  const file = basename(path);
  const bytes = readObject(path);
  if (machineOf(bytes) === undefined) return { file, types: bytes, distilledBase: undefined };
  const sections = sectionsOfElf(bytes, file);
  const types = sections.find(({ name }) => name === '.BTF')?.data;
  if (types === undefined)
    throw new Failure('object', 'bad-btf', 'it has no section .BTF: it was built without types', { file });
  return { file, types, distilledBase: sections.find(({ name }) => name === '.BTF.base')?.data };
}

/** What user space says of an object before it is loaded. */
export interface UserSettings {
  readonly settings?: ObjectSettings | undefined;
  /** What a program is attached to in place of what its section says, by the program's name. */
  readonly attachTargets?: Readonly<Record<string, string>> | undefined;
}

/** The object linked onto the kernel, with what user space sets. Throws what linkObject() refuses. */
export function linkOnto(
  target: TargetKernel,
  { settings, attachTargets }: UserSettings,
  object: ObjectFile,
): LinkedObject {
  return linkObject(object, {
    target: target.types,
    settings,
    attachTargets,
    externs: target.configuration,
  });
}
