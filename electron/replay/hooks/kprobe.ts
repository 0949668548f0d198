/**
 * `kprobe/FUNCTION`, `uprobe/FILE:FUNCTION` and their returns: the context is struct pt_regs with what a recorded
 * probe of the function fetched of it. System calls (ksyscall.ts) have events of their own. A program that reads a register which no probe fetched is refused when it is
 * attached, with the fetch argument that would have held it.
 */
import type { LinkedProgram, VerifiedProgram } from '../../bpf/program.ts';
import { Failure } from '../../failure.ts';
import { functionRecords } from './function-events.ts';
import type { AttachPlan, Attachment, HookFamily, HookSite, Lack } from './hook.ts';
import {
  beginningOf,
  checkSyscallRegisters,
  hasSyscalls,
  syscallAttachments,
  syscallTarget,
} from './ksyscall.ts';
import { ProbeContext, standInsOf } from './probe-context.ts';
import { memberProbes, recordedProbes, type RecordedProbe } from './probe-events.ts';
import { probeTargets, type ProbeTarget } from './probe-target.ts';
import { ProbeSessions } from './probe-session.ts';
import { addSpecification } from './usdt.ts';
import { parameterOf, registerAt, registersOf, type RegisterSet } from './registers.ts';

function plan(program: LinkedProgram, site: HookSite): AttachPlan {
  const targets = probeTargets(program);
  const registers = registersOf(site.sources);
  const found = targets.map((target) => attachTo(target, registers, site));
  const probes = found.flatMap((each) => each.probes);
  const attachments = found.flatMap((each) => each.attachments);
  if (attachments.length === 0) throw notRecorded(program, targets);
  return {
    hook: [...new Set(targets.map(({ prefix, name }) => `${prefix}:${name}`))].join(','),
    attachments: [...followedMembers(registers, site), ...attachments],
    contextSizeBytes: registers.sizeBytes,
    lacks: lacksOf(probes),
    mapsMade: (maps) => {
      for (const { target, contexts, probes: own } of found) {
        if (target.kind !== 'usdt') continue;
        for (const [index, context] of contexts.entries())
          context.cookie = addSpecification(
            maps,
            own[index]?.values ?? [],
            target.cookie,
            registers,
            program.name,
          );
      }
    },
    proved: (verified) => {
      for (const { target, attachments: own, probes: ofTarget } of found) {
        if (ofTarget.length > 0) checkRegisters(program, verified, ofTarget, registers);
        else if (own.length > 0)
          checkSyscallRegisters(program, verified, target.side === 'return', registers);
      }
    },
  };
}

/** What any probe fetched of the kernel's objects, before programs are called at the same event. */
export function followedMembers(registers: RegisterSet, site: HookSite): Attachment[] {
  return memberProbes(site.sources, site.types).map((probe) => {
    const context = new ProbeContext(probe, registers, site);
    return {
      source: probe.source,
      type: probe.type.index,
      drive: (_call, record, batch, row) => void context.take(record, batch.length[row] ?? 0),
      isFollowed: true,
    };
  });
}

interface Attached {
  readonly target: ProbeTarget;
  /** Empty for system calls, which are no probes. */
  readonly probes: readonly RecordedProbe[];
  readonly contexts: readonly ProbeContext[];
  readonly attachments: readonly Attachment[];
}

function attachTo(target: ProbeTarget, registers: RegisterSet, site: HookSite): Attached {
  const begun = target.kind === 'syscall' ? beginningOf(target, registers) : target;
  const found = target.kind === 'syscall' && hasSyscalls(target, site) ? [] : functionProbes(begun, site);
  const probes = target.kind === 'syscall' ? found.filter(({ type }) => type.system === 'ftrace') : found;
  if (probes.length > 0) {
    const contexts = probes.map((probe) => new ProbeContext(probe, registers, site, target.cookie));
    const sessions = target.side === 'both' ? new ProbeSessions(site.memory) : undefined;
    const attachments = probes.flatMap((probe, index) => {
      const context = contexts[index];
      if (context === undefined) return [];
      const drive = sessions === undefined ? context.drive : sessions.driverFor(context, probe);
      return [{ source: probe.source, type: probe.type.index, drive }];
    });
    return { target: begun, probes, contexts, attachments };
  }
  const syscall = syscallTarget(target);
  const attachments = syscall === undefined ? [] : syscallAttachments(syscall, site);
  return { target, probes, contexts: [], attachments };
}

/** Probes of a target, each call once; where none was set, what the function tracers recorded of it. */
export function functionProbes(target: ProbeTarget, site: HookSite): readonly RecordedProbe[] {
  const { sources, types, isRecorded } = site;
  const probes = recordedProbes(target, sources, types);
  // A marker may be built into a program at several places: each is a probe of its own.
  if (target.kind === 'usdt') return probes;
  if (probes.length > 0) return onePerCall(probes);
  const traced = functionRecords(target, sources).filter(({ source, type }) =>
    isRecorded(source, type.index),
  );
  return onePerCall(traced);
}

/** Where a source has several probes at one place, a program is called for one: that which has most of its registers. */
function onePerCall(probes: readonly RecordedProbe[]): readonly RecordedProbe[] {
  const best = new Map<string, RecordedProbe>();
  const keyOf = ({ source, functionName, isReturn }: RecordedProbe): string =>
    `${source.name} ${functionName} ${isReturn}`;
  for (const probe of probes) {
    const known = best.get(keyOf(probe));
    if (known === undefined || registersIn(probe) > registersIn(known)) best.set(keyOf(probe), probe);
  }
  return probes.filter((probe) => {
    const chosen = best.get(keyOf(probe));
    return chosen?.type.name === probe.type.name && chosen.type.system === probe.type.system;
  });
}

/** What a program finds in registers counts before what it may ask for. */
function registersIn({ values }: RecordedProbe): number {
  const weights = { register: 2, memory: 2, parameter: 1, member: 0 };
  return values.reduce((sum, { kind }) => sum + weights[kind], 0);
}

function notRecorded(program: LinkedProgram, targets: readonly ProbeTarget[]): Failure {
  const [target] = targets;
  if (target?.kind === 'syscall') {
    return new Failure(
      'replay',
      'event-not-recorded',
      `the recording has no system call ${target.name}; record it with -e raw_syscalls:sys_enter -e raw_syscalls:sys_exit, or -e 'syscalls:sys_*_${target.name}'`,
      { file: program.name, at: `section ${program.section}` },
      { event: target.name },
    );
  }
  const what = targets
    .map(({ name, side }) => `${name}()${side === 'return' ? ' returning' : ''}`)
    .join(', ');
  return new Failure(
    'replay',
    'event-not-recorded',
    `the recording has no probe of ${what}; record one: ${target === undefined ? '' : probeDefinition(target, '')}`,
    { file: program.name, at: `section ${program.section}` },
    { event: targets.map(({ name }) => name).join(',') },
  );
}

/** The line that would make a probe of it. */
export function probeDefinition({ kind, side, name, file }: ProbeTarget, fetched: string): string {
  const letter = side === 'return' ? 'r' : 'p';
  const place = kind === 'user' ? `${file ?? 'FILE'}:OFFSET` : name;
  const list = kind === 'user' ? 'uprobe_events' : 'kprobe_events';
  const label = name.replaceAll(/\W/g, '_') + (side === 'return' ? '__return' : '');
  return `echo '${letter}:${label} ${place}${fetched}' >> ${list}`;
}

function lacksOf(probes: readonly RecordedProbe[]): Lack[] {
  const registers = new Set(probes.flatMap(standInsOf));
  return [...registers].map((register) => ({
    what: `the pointer in ${register} (what it points to is recorded)`,
    remedy: `add ${register}=%${register} to the probe`,
  }));
}

/** Refuses reads of registers that no probe of the program's holds. */
function checkRegisters(
  program: LinkedProgram,
  { contextAccesses }: VerifiedProgram,
  probes: readonly RecordedProbe[],
  registers: RegisterSet,
): void {
  const held = new Set(probes.flatMap((probe) => heldBy(probe, registers)));
  for (const { offsetBytes, sizeBytes, instruction } of contextAccesses) {
    for (let offset = offsetBytes; offset < offsetBytes + sizeBytes; offset += 8) {
      const register = registerAt(registers, offset);
      if (register !== undefined && held.has(register)) continue;
      throw argumentNotRecorded(program, probes, registers, register ?? `offset ${offset}`, instruction);
    }
  }
}

function heldBy(probe: RecordedProbe, registers: RegisterSet): string[] {
  const held = probe.values.flatMap((value) =>
    value.kind === 'register' || value.kind === 'memory' ? value.register : [],
  );
  return probe.instructionField === undefined ? held : [...held, registers.instruction];
}

function argumentNotRecorded(
  program: LinkedProgram,
  probes: readonly RecordedProbe[],
  registers: RegisterSet,
  register: string,
  instruction: number,
): Failure {
  const [target] = probeTargets(program);
  const [probe] = probes;
  const events = [...new Set(probes.map(({ type }) => `${type.system}:${type.name}`))].join(', ');
  const parameter = parameterOf(registers, register);
  const isReturn = probe?.isReturn === true;
  const isResult = isReturn && register === registers.result;
  const isFetchable = registers.offsets.has(register);
  const byNumber = target?.kind === 'kernel' && parameter !== undefined && !isReturn;
  const fetched = isResult
    ? 'ret=$retval'
    : byNumber
      ? `arg${parameter + 1}=$arg${parameter + 1}`
      : `${register}=%${register}`;
  const meaning = isResult
    ? ' (what the function returns)'
    : parameter !== undefined && !isReturn
      ? ` (argument ${parameter + 1})`
      : '';
  const remedy =
    target === undefined || !isFetchable ? '' : `; record it: ${probeDefinition(target, ` ${fetched}`)}`;
  return new Failure(
    'replay',
    'argument-not-recorded',
    `${program.name} reads register ${register}${meaning}, which ${events} does not hold${remedy}`,
    { file: program.name, at: `instruction ${instruction}` },
    { program: program.name, register, fetched },
  );
}

export const kprobeHooks: HookFamily = { name: 'kprobe', programTypes: ['kprobe'], plan };
