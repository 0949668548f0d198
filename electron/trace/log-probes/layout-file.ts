/** The list `logs` of a file of log probes: files that are logs, and how their lines are laid out. */
import { parseDocument } from 'yaml';
import * as v from 'valibot';
import { Failure } from '../../failure.ts';
import { LAYOUTS_MAX } from './limits.ts';
import { plainValue } from './plain-yaml.ts';
import { makeLayout } from './layout.ts';
import type { LogLayout } from './layout.ts';

const layoutSchema = v.strictObject({
  file: v.pipe(v.string(), v.minLength(1)),
  line: v.string(),
  time: v.string(),
});

/** Of YAML that parseProbeFile() has taken. Throws Failure `bad-probe`. */
export function parseLayouts(bytes: Uint8Array, file: string): readonly LogLayout[] {
  const document = parseDocument(Buffer.from(bytes).toString('utf8'), { logLevel: 'error' });
  const written: unknown = plainValue(document, file);
  const logs: unknown =
    typeof written === 'object' && written !== null && 'logs' in written ? written.logs : undefined;
  if (logs === undefined || logs === null) return [];
  if (!Array.isArray(logs) || logs.length > LAYOUTS_MAX)
    throw badLayout(`'logs' is no list of at most ${LAYOUTS_MAX}`, file);
  return logs.map((each: unknown, index) => {
    const parsed = v.safeParse(layoutSchema, each);
    if (!parsed.success) {
      const [issue] = parsed.issues;
      throw badLayout(`entry ${index + 1} of logs: '${v.getDotPath(issue) ?? ''}': ${issue.message}`, file);
    }
    const { file: name, line, time } = parsed.output;
    try {
      return makeLayout(name, line, time);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      throw badLayout(`entry ${index + 1} of logs, ${name}: ${error.message}`, file);
    }
  });
}

function badLayout(reason: string, file: string): Failure {
  return new Failure('trace', 'bad-probe', reason, { file });
}
