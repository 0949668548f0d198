/**
 * A file of log probes: YAML with a list `probes`, each of
 *
 *   name: camera_open                 the tracepoint is log:camera_open
 *   source: logcat                    a format, or the end of a file's name, or a list; all logs if left out
 *   pattern: '{pid:int} camera {id:str} open took {ms:u64}ms'
 *
 * or `expression` with `fields` for its groups' types, or `begin` and `end` (each a template, or a mapping of
 * `expression` and `fields`) with `key`.
 */
import { isMap, LineCounter, parseDocument } from 'yaml';
import * as v from 'valibot';
import { Failure } from '../../failure.ts';
import { plainValue } from './plain-yaml.ts';
import { PROBE_FILE_BYTES_MAX, PROBES_MAX } from './limits.ts';
import { parseExpressionPattern, parseTemplate } from './pattern.ts';
import type { Pattern } from './pattern.ts';
import { LINE_FIELDS, LINE_IDS, PAIR_FIELDS } from './probe.ts';
import type { LogProbe } from './probe.ts';

const names = v.union([
  v.pipe(
    v.string(),
    v.transform((name) => [name]),
  ),
  v.array(v.string()),
]);
const fields = v.optional(v.record(v.string(), v.string()), {});
const part = v.union([v.string(), v.strictObject({ expression: v.string(), fields })]);
const probeSchema = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[A-Za-z_]\w{0,62}$/, 'is no name: letters, digits and _')),
  source: v.optional(names, []),
  pattern: v.optional(v.string()),
  expression: v.optional(v.string()),
  fields,
  begin: v.optional(part),
  end: v.optional(part),
  key: v.optional(names, []),
});
type Written = v.InferOutput<typeof probeSchema>;
type Refuse = (reason: string, index?: number) => Failure;

/** Whether a file's first bytes are those of one. */
export function isProbeFile(text: string): boolean {
  return /^(?:probes|logs):\s*(?:$|#)/m.test(text) && !text.includes('\0');
}

/** Throws Failure `bad-probe` that names file, line, probe and reason. */
export function parseProbeFile(bytes: Uint8Array, file: string): readonly LogProbe[] {
  const lines = new LineCounter();
  if (bytes.length > PROBE_FILE_BYTES_MAX)
    throw badProbe(`it has ${bytes.length} bytes, more than ${PROBE_FILE_BYTES_MAX}`, file, 1);
  const document = parseDocument(Buffer.from(bytes).toString('utf8'), {
    lineCounter: lines,
    prettyErrors: false,
    logLevel: 'error',
  });
  const [error] = document.errors;
  if (error !== undefined) throw badProbe(error.message, file, lines.linePos(error.pos[0]).line);
  const list = isMap(document.contents) ? document.contents.get('probes', true) : undefined;
  const written: unknown = plainValue(document, file);
  const probes: unknown =
    typeof written === 'object' && written !== null && 'probes' in written ? written.probes : undefined;
  if (probes === undefined && isMap(document.contents) && document.contents.has('logs')) return [];
  if (!Array.isArray(probes)) throw badProbe("it has no list 'probes'", file, 1);
  if (probes.length > PROBES_MAX) throw badProbe(`it has more than ${PROBES_MAX} probes`, file, 1);
  const lineOf = (index: number): number => {
    const items: unknown = list !== undefined && 'items' in list ? list.items : undefined;
    const item: unknown = Array.isArray(items) ? items[index] : undefined;
    const range = isMap(item) ? item.range : undefined;
    return range === undefined || range === null ? 1 : lines.linePos(range[0]).line;
  };
  const seen = new Set<string>(['line']);
  return probes.map((each: unknown, index) => {
    const probe = readProbe(each, (reason) => badProbe(reason, file, lineOf(index)));
    if (seen.has(probe.name)) throw badProbe(`there is a log:${probe.name} already`, file, lineOf(index));
    seen.add(probe.name);
    return probe;
  });
}

function readProbe(written: unknown, refuse: Refuse): LogProbe {
  const parsed = v.safeParse(probeSchema, written);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const path = v.getDotPath(issue);
    throw refuse(path === null ? 'a probe is a mapping with a name' : `'${path}': ${issue.message}`);
  }
  const { name, source, key, ...patterns } = parsed.output;
  const { begin, end } = patternsOf(name, patterns, refuse);
  const probe: LogProbe = { name, sources: source, begin, end, key };
  checkFields(probe, refuse);
  return probe;
}

function patternsOf(
  name: string,
  { pattern, expression, fields: types, begin, end }: Omit<Written, 'name' | 'source' | 'key'>,
  refuse: Refuse,
): { begin: Pattern | undefined; end: Pattern } {
  const given = [pattern, expression, end].filter((each) => each !== undefined).length;
  if (given !== 1 || (begin === undefined) !== (end === undefined))
    throw refuse(`'${name}' has a pattern, or an expression, or a begin and an end`);
  if (pattern !== undefined) return { begin: undefined, end: read(name, pattern, refuse) };
  if (expression !== undefined)
    return { begin: undefined, end: read(name, { expression, fields: types }, refuse) };
  // The checks above leave a pair only.
  return { begin: read(name, begin ?? '', refuse), end: read(name, end ?? '', refuse) };
}

function read(name: string, written: v.InferOutput<typeof part>, refuse: Refuse): Pattern {
  try {
    return typeof written === 'string'
      ? parseTemplate(written)
      : parseExpressionPattern(written.expression, new Map(Object.entries(written.fields)));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw refuse(`'${name}': ${error.message}`);
  }
}

function checkFields({ name, begin, end, key }: LogProbe, refuse: Refuse): void {
  const reserved = [...(begin?.captures ?? []), ...end.captures].find(
    (each) =>
      LINE_FIELDS.has(each.name) || each.name.startsWith('common_') || (begin && PAIR_FIELDS.has(each.name)),
  );
  if (reserved !== undefined)
    throw refuse(`'${name}': every event has a field '${reserved.name}' of its own`);
  const number = [...(begin?.captures ?? []), ...end.captures].find(
    (each) => LINE_IDS.has(each.name) && each.type.declaration !== 'int',
  );
  if (number !== undefined) throw refuse(`'${name}': '${number.name}' is an int`);
  if (begin === undefined) {
    if (key.length > 0) throw refuse(`'${name}': a key is what a begin and an end have in common`);
    return;
  }
  const isIn = (pattern: Pattern, field: string): boolean =>
    pattern.captures.some((each) => each.name === field);
  for (const field of key) {
    if (!LINE_IDS.has(field) && !(isIn(begin, field) && isIn(end, field)))
      throw refuse(`'${name}': the key '${field}' is not captured by both begin and end`);
  }
  const twice = begin.captures.find((each) => isIn(end, each.name) && !key.includes(each.name));
  if (twice !== undefined)
    throw refuse(`'${name}': '${twice.name}' is captured by begin and by end, and is no key`);
}

function badProbe(reason: string, file: string, line: number): Failure {
  return new Failure('trace', 'bad-probe', reason, { file, at: `line ${line}` }, { line });
}
