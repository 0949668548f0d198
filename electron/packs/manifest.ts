/**
 * A pack's manifest: a JSON file beside the object, saying what the program is for and how its maps
 * are read. Without one a program still runs; its maps are shown as rows.
 */
import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import * as v from 'valibot';

import { Failure } from '../failure.ts';

/** Far more than a manifest needs; a larger file is not one. */
const MANIFEST_BYTES_MAX = 1024 * 1024;

const localized = v.strictObject({ en: v.string(), zh: v.string() });

const histogramSchema = v.strictObject({
  viewId: v.pipe(v.string(), v.regex(/^[a-z0-9-]+$/)),
  kind: v.literal('histogram'),
  /** Map with one log2 histogram a key. */
  map: v.string(),
  /** Member of the map's value that is the array of slots; slot i counts [2^i, 2^(i+1)). */
  slots: v.string(),
  /** Member of the value, or of the key, that names a group. */
  label: v.optional(v.string()),
  unit: v.picklist(['ns', 'us', 'ms', 'bytes', 'count']),
  title: localized,
  groupNoun: localized,
});

const manifestSchema = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[a-z0-9-]+(\/[a-z0-9-]+)*$/)),
  title: localized,
  summary: localized,
  /** Object file beside the manifest. */
  object: v.pipe(v.string(), v.regex(/^[^/\\]+\.o$/, 'object is the name of a .o file beside the manifest')),
  views: v.array(histogramSchema),
  /** File of log probes beside the manifest: its programs attach to what they make of the logs. */
  probes: v.optional(
    v.pipe(v.string(), v.regex(/^[^/\\]+\.ya?ml$/, 'probes is the name of a .yaml file beside the manifest')),
  ),
  /** What the tool's user space sets before load, by name: variables, MAP.max_entries, PROGRAM.autoload. */
  settings: v.optional(v.record(v.string(), v.union([v.number(), v.boolean(), v.string()])), {}),
  /** By program: what it is attached to in place of what its section says, `every:1s` for one that no event calls. */
  attach: v.optional(v.record(v.string(), v.string()), {}),
  /** By ring or perf buffer: the struct of its records, and the member to show the largest of first. */
  outputs: v.optional(
    v.record(v.string(), v.strictObject({ type: v.string(), largestFirst: v.optional(v.string()) })),
    {},
  ),
});

export type Manifest = v.InferOutput<typeof manifestSchema>;
export type HistogramManifest = v.InferOutput<typeof histogramSchema>;

/** Throws Failure `bad-manifest`: for what cannot be read, what is too long, and as parseManifest does. */
export function readManifest(path: string): Manifest {
  const file = basename(path);
  const refuse = (reason: string): Failure => new Failure('pack', 'bad-manifest', reason, { file });
  let text: string;
  try {
    const stats = statSync(path);
    if (!stats.isFile()) throw refuse('it is not a file');
    if (stats.size > MANIFEST_BYTES_MAX) throw refuse(`longer than ${MANIFEST_BYTES_MAX} bytes`);
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Failure || !(error instanceof Error) || !('code' in error)) throw error;
    throw refuse(`cannot be read (${String(error.code)})`);
  }
  return parseManifest(text, file);
}

/** Throws Failure `bad-manifest` naming the file and the member that is wrong. */
export function parseManifest(text: string, file: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Failure('pack', 'bad-manifest', error instanceof Error ? error.message : String(error), {
      file,
    });
  }
  const result = v.safeParse(manifestSchema, json);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Failure('pack', 'bad-manifest', issue.message, { file, at: v.getDotPath(issue) ?? 'the whole' });
}

/** The manifest's file of log probes, read; none where it names none. Throws Failure `bad-manifest`. */
export function packProbes(
  manifestPath: string | undefined,
  manifest: Manifest | undefined,
): readonly { readonly name: string; readonly bytes: Uint8Array }[] {
  const name = manifest?.probes;
  if (manifestPath === undefined || name === undefined) return [];
  const path = join(dirname(manifestPath), name);
  const refuse = (reason: string): Failure =>
    new Failure('pack', 'bad-manifest', reason, { file: basename(manifestPath), at: 'probes' });
  try {
    if (statSync(path).size > MANIFEST_BYTES_MAX)
      throw refuse(`${name} is longer than ${MANIFEST_BYTES_MAX} bytes`);
    return [{ name, bytes: readFileSync(path) }];
  } catch (error) {
    if (error instanceof Failure || !(error instanceof Error) || !('code' in error)) throw error;
    throw refuse(`${name} cannot be read (${String(error.code)})`);
  }
}
