/**
 * A libbpf tool over a recording: what its user space would do before load, and what it would print at the end.
 */
import type { ObjectFile } from '../bpf/object/open.ts';
import type { BpfMap } from '../bpf/maps/map.ts';
import type { TypedValue } from '../bpf/object/typed-value.ts';
import { Failure } from '../failure.ts';
import type { AttachedObject } from '../replay/attach.ts';
import type { Output } from '../replay/outputs.ts';
import type { Symboliser } from '../symbols/symboliser.ts';
import type { Source } from '../trace/event.ts';
import { typedBytes, typedCopies } from './map-rows.ts';
import type { ToolOptions } from './tool-options.ts';
import { printStacks } from './tool-stacks.ts';
import { holds, type Tool, type ToolColumn, type ToolView } from './tool-table.ts';
import { printHistograms, printLines, printRows, type NotRecorded, type ToolRow } from './tool-text.ts';

export interface ToolRun {
  readonly table: Tool;
  readonly options: ToolOptions;
}

export interface ToolPrograms {
  readonly attached: readonly string[];
  /** Left out as on a kernel without their tracepoint: the recording does not describe it. */
  readonly withoutEvent: readonly string[];
}

/** The programs that the tool's user space loads. Throws Failure `other-tool` where the object is not the table's. */
export function toolPrograms(
  { table, options }: ToolRun,
  object: ObjectFile,
  sources: readonly Source[],
): ToolPrograms {
  const attached: string[] = [];
  const withoutEvent: string[] = [];
  for (const group of table.programs.filter((each) => holds(each, options.given))) {
    for (const name of group.names) {
      const section = sectionOf(object, name);
      if (section === undefined) throw otherTool(table, object, `program ${name}`);
      const isRecorded = !group.ifRecorded || isDescribed(section, sources);
      (isRecorded ? attached : withoutEvent).push(name);
    }
  }
  return { attached, withoutEvent };
}

/** Fields that columns which are printed rest on, though no recording need hold them. */
export function fieldsThatMayLack({ table, options }: ToolRun): string[] {
  return table.prints.flatMap((view) =>
    columnsOf(view).flatMap((column) => (holds(column, options.given) ? column.mayLack : [])),
  );
}

/** Throws Failure `other-tool` where the object has no such map. */
export function printTool(
  { table, options }: ToolRun,
  attached: AttachedObject,
  outputs: readonly Output[],
  notRecorded: NotRecorded,
  symbols: Symboliser | undefined,
): string[] {
  return table.prints
    .filter((view) => view.kind === 'lines' || holds(view, options.given))
    .flatMap((view) => {
      if (view.kind === 'lines') return printLines(view, outputs, options, notRecorded);
      const rows = rowsOf(table, attached, view);
      if (view.kind === 'stacks') {
        if (symbols === undefined) throw otherTool(table, attached.linked, `map of stacks ${view.stacks}`);
        const stacks = mapOf(table, attached, view.stacks);
        return printStacks(view, rows, stacks, symbols, options.given.has('-v'));
      }
      if (view.kind === 'histograms') return printHistograms(view, rows, options);
      const machine = attached.sources.find(({ context }) => context.machine !== undefined)?.context.machine;
      return printRows(view, rows, options, machine);
    });
}

function columnsOf(view: ToolView): readonly ToolColumn[] {
  return view.kind === 'lines' || view.kind === 'rows' ? view.columns : [];
}

/** All rows of the map; of a section of variables, the elements of arrays of it side by side. */
function rowsOf(
  table: Tool,
  attached: AttachedObject,
  view: Exclude<ToolView, { kind: 'lines' }>,
): ToolRow[] {
  const map = mapOf(table, attached, view.map);
  const rows = typedRows(map, attached);
  if (!view.map.startsWith('.')) return rows;
  const [variables] = rows;
  const arrays = Object.entries(variables?.value ?? {}).filter((entry): entry is [string, TypedValue[]] =>
    Array.isArray(entry[1]),
  );
  const length = Math.max(0, ...arrays.map(([, elements]) => elements.length));
  return Array.from({ length }, (_, key) => ({
    key,
    value: Object.fromEntries(arrays.map(([name, elements]) => [name, elements[key] ?? 0])),
  }));
}

function mapOf(table: Tool, { linked, maps }: AttachedObject, name: string): BpfMap {
  const map = maps.find(({ definition }) => definition.name === name);
  if (map === undefined) throw otherTool(table, linked, `map ${name}`);
  return map;
}

function typedRows(map: BpfMap, { linked: { btf } }: AttachedObject): ToolRow[] {
  const { keyTypeId, valueTypeId } = map.definition;
  return Array.from(map.entries(), ({ key, value }) => ({
    key: typedBytes(btf, keyTypeId, key),
    value: typedCopies(btf, valueTypeId, value, map.valueCopies),
  }));
}

export function sectionOf({ functions, elf }: ObjectFile, program: string): string | undefined {
  const found = functions.find(({ name }) => name === program);
  return found === undefined ? undefined : elf.sections[found.sectionIndex]?.name;
}

/** `tracepoint/SYSTEM/NAME`: where nothing describes it, the kernel has none such for all that is known. */
function isDescribed(section: string, sources: readonly Source[]): boolean {
  const [, system, name] = section.split('/');
  return sources.some(({ schema }) =>
    schema.types.some((type) => type.system === system && type.name === name),
  );
}

function otherTool({ tool }: Tool, { file }: { readonly file: string }, what: string): Failure {
  const reason = `it has no ${what}: it is not the ${tool} that is known here; --plain shows its maps as they are`;
  return new Failure('pack', 'other-tool', reason, { file });
}
