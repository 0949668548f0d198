/** case.yaml: what the person who made a bundle says about it. */
import { type Document, isMap, parseDocument } from 'yaml';
import { Failure } from '../../failure.ts';
import { CASE_FILE_BYTES_MAX } from './limits.ts';

export interface CaseFile {
  readonly title: string;
  readonly what: string;
  readonly where: string;
  readonly kernel: string;
  readonly how: string;
  /** `clocks:`, by the source's name: an offset to be added to its times, or the name of its clock. */
  readonly clocks?: Readonly<Record<string, string>> | undefined;
}

type TextKey = 'title' | 'what' | 'where' | 'kernel' | 'how';

/** Keys that are not known are ignored, absent ones are empty. Throws Failure `bad-case-file` naming the line. */
export function parseCaseFile(bytes: Uint8Array, file: string): CaseFile {
  if (bytes.length > CASE_FILE_BYTES_MAX) {
    throw badCaseFile(`it has ${bytes.length} bytes, more than ${CASE_FILE_BYTES_MAX}`, file, 1);
  }
  const document = parseDocument(Buffer.from(bytes).toString('utf8'), { prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) {
    const [summary = ''] = error.message.split('\n');
    throw badCaseFile(summary.replace(/ at line \d+.*$/, ''), file, error.linePos?.[0].line ?? 1);
  }
  if (!isMap(document.contents)) throw badCaseFile('it is not a list of keys and values', file, 1);
  const { contents } = document;
  const read = (key: TextKey): string => {
    const value: unknown = contents.get(key);
    if (value === undefined || value === null) return '';
    if (typeof value === 'string') return value.trim();
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    throw badCaseFile(`the value of '${key}' is not text`, file, 1);
  };
  return {
    title: read('title'),
    what: read('what'),
    where: read('where'),
    kernel: read('kernel'),
    how: read('how'),
    ...readClocks(document, contents.get('clocks'), file),
  };
}

function readClocks(document: Document, clocks: unknown, file: string): Pick<CaseFile, 'clocks'> {
  if (clocks === undefined || clocks === null) return {};
  if (!isMap(clocks)) throw badCaseFile("the value of 'clocks' is not a list of sources", file, 1);
  const entries: unknown = clocks.toJS(document);
  const settings = Object.entries(entries as Record<string, unknown>).map(
    ([source, value]): [string, string] => {
      // A bare number is one of seconds.
      if (typeof value === 'number') return [source, `${value}s`];
      if (typeof value === 'string') return [source, value];
      throw badCaseFile(`the clock of '${source}' is neither an offset nor a name`, file, 1);
    },
  );
  return { clocks: Object.fromEntries(settings) };
}

function badCaseFile(reason: string, file: string, line: number): Failure {
  return new Failure('bundle', 'bad-case-file', reason, { file, at: `line ${line}` }, { line });
}
