/**
 * What every program goes through before it is attached or explained: linked onto the recording's types, and
 * proved safe to run on its events.
 */
import type { Btf } from '../bpf/object/btf.ts';
import type { ExternValues } from '../bpf/object/externs.ts';
import { linkObject } from '../bpf/object/link.ts';
import type { ObjectFile } from '../bpf/object/open.ts';
import type { ObjectSettings } from '../bpf/object/settings.ts';
import type { LinkedObject, LinkedProgram, VerifiedProgram } from '../bpf/program.ts';
import { rejectionFailure, verifyInTurns, type Rejection } from '../bpf/verifier/verify.ts';
import { Failure } from '../failure.ts';
import type { Source } from '../trace/event.ts';
import { kernelTypes, plainAccess } from './kernel/attach-types.ts';
import { KernelSymbols } from './kernel/kernel-symbols.ts';
import { linuxVersionCode } from './kernel/kernel-version.ts';
import { remedyFor } from './kernel/objects/recorded-fields.ts';

/** The struct of functions whose programs are called for flows (hooks/congestion.ts). */
const CONGESTION_OPS = 'tcp_congestion_ops';

export interface LinkOptions {
  /** What user space sets before load: variables, sizes of maps, which programs load. */
  readonly settings?: ObjectSettings | undefined;
  /** What programs are attached to in place of what their section says, by the program's name. */
  readonly attachTargets?: Readonly<Record<string, string>> | undefined;
  /** `tcp_sock.bytes_received`: fields that programs may read though nothing holds them: such a read fails, and is counted. */
  readonly allowMissing?: readonly string[] | undefined;
}

/** Relocates the object onto the recording as onto another kernel. Throws what linking refuses. */
export function linkOnto(
  object: ObjectFile,
  sources: readonly Source[],
  { settings, attachTargets, allowMissing }: LinkOptions,
): { readonly types: Btf; readonly linked: LinkedObject } {
  const callsForFlows = object.maps.some(({ definition }) => definition.structOps?.struct === CONGESTION_OPS);
  const types = kernelTypes(sources, new Set(allowMissing), callsForFlows);
  const linked = linkObject(object, {
    target: types,
    settings,
    attachTargets,
    externs: kernelConfiguration(sources),
    addressOf: (name) => symbolsOf(sources).addressOf(name),
  });
  return { types, linked };
}

/** Throws the rejection, or what of the recording a program lacks. */
export async function proveProgram(
  program: LinkedProgram,
  linked: LinkedObject,
  kernelBtf: Btf,
  contextSizeBytes: number,
  signal: AbortSignal | undefined,
): Promise<VerifiedProgram> {
  const verdict = await verifyInTurns(program, linked.maps, {
    license: linked.license,
    ...(linked.btf === undefined ? {} : { btf: linked.btf }),
    kernelBtf,
    contextSizeBytes,
    ...(signal === undefined ? {} : { signal }),
  });
  if (verdict.verdict === 'rejected') throw refusal(verdict.reason, program, linked);
  return verdict.verified;
}

function symbolsOf(sources: readonly Source[]): KernelSymbols {
  return new KernelSymbols(sources.flatMap(({ context }) => context.kallsyms ?? []));
}

/** What `__kconfig` externs are answered with, as far as the recordings tell. */
function kernelConfiguration(sources: readonly Source[]): ExternValues {
  const release = sources.find((source) => source.context.kernelRelease !== undefined)?.context.kernelRelease;
  const version = linuxVersionCode(release);
  const options = sources.find(({ context }) => (context.configuration?.size ?? 0) > 0)?.context
    .configuration;
  return {
    // What libbpf finds out of a kernel: contexts of system calls and cookies are as these say (hooks/ksyscall.ts).
    LINUX_HAS_SYSCALL_WRAPPER: 1,
    LINUX_HAS_BPF_COOKIE: 1,
    ...Object.fromEntries(options ?? []),
    ...(version === undefined ? {} : { LINUX_KERNEL_VERSION: version }),
  };
}

/**
 * A rejected program that reads what the recording does not hold was poisoned there: the reason to
 * give is the field, not the poison. A read behind bpf_core_field_exists() is never reached.
 */
function refusal(rejection: Rejection, program: LinkedProgram, linked: LinkedObject): Failure {
  const unresolved = linked.unresolved.find(
    (each) => each.program === program.name && each.instruction === rejection.instruction,
  );
  if (unresolved === undefined) return rejectionFailure(rejection, linked.file);
  const remedy = remedyFor(plainAccess(unresolved.access));
  return new Failure(
    'replay',
    'field-not-recorded',
    `${program.name} reads ${unresolved.access}, which cannot be had from this recording: ${remedy ?? unresolved.reason}`,
    { file: linked.file, at: `instruction ${unresolved.instruction}` },
    { access: unresolved.access, program: program.name },
  );
}
