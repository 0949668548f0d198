/**
 * What a record that was made of text holds: the bytes of the fields that were printed. The rest was never recorded,
 * and a program that reads it by its place alone, as no relocation tells, is refused rather than given zeros.
 */
import type { LinkedProgram, VerifiedProgram } from '../../bpf/program.ts';
import { Failure } from '../../failure.ts';
import type { EventType, Source } from '../../trace/event.ts';

/** Their records are the kernel's own bytes, those between fields too. */
const KERNEL_RECORDS: ReadonlySet<string> = new Set(['trace.dat', 'perf.data', 'ftrace-folder']);

/** Throws Failure `field-not-recorded`. A read that touches a field is one of it, however wide. */
export function refuseUnrecorded(
  program: LinkedProgram,
  source: Source,
  { system, name, fields }: EventType,
  { contextAccesses }: VerifiedProgram,
): void {
  if (KERNEL_RECORDS.has(source.format)) return;
  for (const { offsetBytes, sizeBytes, instruction } of contextAccesses) {
    const end = offsetBytes + sizeBytes;
    if (
      fields.some((field) => field.offsetBytes < end && offsetBytes < field.offsetBytes + field.sizeBytes)
    ) {
      continue;
    }
    const event = `${system}:${name}`;
    throw new Failure(
      'replay',
      'field-not-recorded',
      `${program.name} reads bytes ${offsetBytes} to ${end - 1} of ${event}, which ${source.name} does not tell`,
      { file: program.name, at: `instruction ${instruction}` },
      { program: program.name, event, offsetBytes },
    );
  }
}
