/**
 * What is known of a libbpf tool beside its object: which of its programs its user space loads, what its options
 * set, and how it prints its maps and records. A JSON file a tool, in programs/tools/: the object itself is
 * the tool's own, unmodified.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import * as v from 'valibot';

import { Failure } from '../failure.ts';
import { CELL_FORMATS } from './tool-cells.ts';

/** A setting's value; `$` stands for what the option was given. */
const settingSchema = v.union([v.number(), v.boolean(), v.string()]);

const optionSchema = v.strictObject({
  /** Its long name too: `-p` is `--pid`. */
  long: v.optional(v.string()),
  /** What its argument is; absent for a flag. */
  takes: v.optional(v.picklist(['number', 'text', 'device'])),
  set: v.optional(v.record(v.string(), settingSchema), {}),
});

/** Options with, and without, which something is so. */
const conditions = { with: v.optional(v.string()), without: v.optional(v.string()) };

const programsSchema = v.strictObject({
  names: v.array(v.string()),
  ...conditions,
  /** Loaded only where the kernel has the tracepoint: here, where the recording describes it. */
  ifRecorded: v.optional(v.boolean(), false),
});

const columnSchema = v.strictObject({
  heading: v.string(),
  /** As printf's: negative is left-aligned; 0 for as wide as the text. */
  width: v.number(),
  /** Characters of longer text that are printed, as `%.10s`. */
  widthMax: v.optional(v.number()),
  /** Member of the record, or of a row's key or value; absent for a text that stands in every line. */
  field: v.optional(v.string()),
  as: v.optional(v.picklist(CELL_FORMATS), 'plain'),
  /** Members that the format needs beside the field. */
  beside: v.optional(v.array(v.string()), []),
  /** For seconds and the like: what it is divided by, and digits behind the point. */
  scale: v.optional(v.number(), 1),
  decimals: v.optional(v.number()),
  /** The text was read from a process: where it could not be, it is shown as not recorded. */
  isUserText: v.optional(v.boolean(), false),
  /** Fields of kernel objects that the column rests on: attached though no recording holds them, and shown as not recorded. */
  mayLack: v.optional(v.array(v.string()), []),
  ...conditions,
});

const linesSchema = v.strictObject({
  kind: v.literal('lines'),
  /** The buffer that its records come through. */
  stream: v.string(),
  /** Members of a record in their order, C's types, laid out as C does. */
  record: v.array(v.tuple([v.string(), v.string()])),
  /** The member that says which thread a record is of. */
  thread: v.string(),
  columns: v.array(columnSchema),
});

const rowsSchema = v.strictObject({
  kind: v.literal('rows'),
  map: v.string(),
  /** Rows in the order of a member of the value, largest first; by key if absent. */
  largestFirst: v.optional(v.string()),
  rowsMax: v.optional(v.number()),
  /** Rows are left out where this member is 0. */
  leaveOut: v.optional(v.string()),
  /** The option that says how many rows. */
  rowsMaxOption: v.optional(v.string()),
  columns: v.array(columnSchema),
  ...conditions,
});

const histogramsSchema = v.strictObject({
  kind: v.literal('histograms'),
  /** Absent where the histograms are elements of a global variable. */
  map: v.string(),
  /** Member of the value that is the array of slots. */
  slots: v.string(),
  unit: v.string(),
  /** The unit under an option: `{"-m": "msecs"}`. */
  units: v.optional(v.record(v.string(), v.string()), {}),
  /** What stands above a histogram: text with {members} of key and value, as {member:format}. */
  titles: v.optional(v.array(v.strictObject({ text: v.string(), ...conditions })), []),
  ...conditions,
});

const stacksSchema = v.strictObject({
  kind: v.literal('stacks'),
  map: v.string(),
  stacks: v.string(),
  /** Rows are left out where this member is 0. */
  leaveOut: v.optional(v.string()),
  layout: v.picklist(['offcputime', 'wakeuptime']),
  ...conditions,
});

const toolSchema = v.strictObject({
  tool: v.string(),
  programs: v.array(programsSchema),
  /** What its user space sets whatever its options are. */
  settings: v.optional(v.record(v.string(), settingSchema), {}),
  options: v.optional(v.record(v.string(), optionSchema), {}),
  /** An argument without an option. */
  argument: v.optional(optionSchema),
  prints: v.array(v.variant('kind', [linesSchema, rowsSchema, histogramsSchema, stacksSchema])),
});

export type Tool = v.InferOutput<typeof toolSchema>;
export type ToolColumn = v.InferOutput<typeof columnSchema>;
export type ToolLines = v.InferOutput<typeof linesSchema>;
export type ToolRows = v.InferOutput<typeof rowsSchema>;
export type ToolHistograms = v.InferOutput<typeof histogramsSchema>;
export type ToolStacks = v.InferOutput<typeof stacksSchema>;
export type ToolView = Tool['prints'][number];

/** Throws Failure `bad-tool-table` naming the file and the member that is wrong. */
export function readTool(path: string): Tool {
  const file = basename(path);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure('pack', 'bad-tool-table', reason, { file });
  }
  const result = v.safeParse(toolSchema, json);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const at = v.getDotPath(issue) ?? 'the whole';
  throw new Failure('pack', 'bad-tool-table', issue.message, { file, at });
}

/** Whether something is so with the options that were given. */
export function holds(
  { with: needed, without }: { readonly with?: string | undefined; readonly without?: string | undefined },
  given: ReadonlySet<string>,
): boolean {
  return (needed === undefined || given.has(needed)) && (without === undefined || !given.has(without));
}
