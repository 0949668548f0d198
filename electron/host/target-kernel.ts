/** The kernel an object is checked against: the modelled one, or the one whose types a file holds. */
import { basename } from 'node:path';

import { Btf } from '../bpf/object/btf.ts';
import { linkObject } from '../bpf/object/link.ts';
import type { ObjectFile } from '../bpf/object/open.ts';
import type { LinkedObject } from '../bpf/program.ts';
import { linuxVersionCode } from '../replay/kernel/kernel-version.ts';
import { MODELLED_RELEASE, typesForChecking } from '../replay/kernel/model/modelled-types.ts';
import { readObject } from './jobs/read-object.ts';

export type Settings = Readonly<Record<string, bigint>>;

export interface TargetKernel {
  readonly types: Btf;
  /** Answers to `__kconfig` externs, as far as they are known. */
  readonly configuration: Settings;
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

/** A raw BTF file such as /sys/kernel/btf/vmlinux. It does not say which version the kernel is. Throws Failure. */
export function readTargetKernel(path: string): TargetKernel {
  return { types: Btf.parse(readObject(path), basename(path)), configuration: {} };
}

/** The object linked onto the kernel, with what user space sets. Throws what linkObject() refuses. */
export function linkOnto(target: TargetKernel, settings: Settings, object: ObjectFile): LinkedObject {
  const { variables, externs } = splitSettings(object, settings);
  return linkObject(object, {
    target: target.types,
    variables,
    externs: { ...target.configuration, ...externs },
  });
}

/** Which settings are the object's variables, and which are for its externs. */
function splitSettings(
  object: ObjectFile,
  settings: Settings,
): { readonly variables: Settings; readonly externs: Settings } {
  const configured = new Set(
    object.btf?.findDataSection('.kconfig')?.variables.map(({ typeId }) => object.btf?.nameOf(typeId)),
  );
  const entries = Object.entries(settings);
  return {
    variables: Object.fromEntries(entries.filter(([name]) => !configured.has(name))),
    externs: Object.fromEntries(entries.filter(([name]) => configured.has(name))),
  };
}
