/** YAML as plain values. */
import { Failure } from '../../failure.ts';
import type { Document } from 'yaml';

/** Throws Failure `bad-probe` where it has aliases: they are not needed, and a few lines of them are gigabytes. */
export function plainValue(document: Pick<Document, 'toJS'>, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new Failure('trace', 'bad-probe', 'aliases are not taken: write it out', { file });
  }
}
