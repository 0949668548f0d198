/** Where a ring buffer page keeps its own fields: events/header_page as the recording carries it. */
import { Failure } from '../../../failure.ts';
import { parseField } from './event-format.ts';

export interface PageLayout {
  readonly timestampOffset: number;
  readonly commitOffset: number;
  /** 4 or 8: the kernel's long. */
  readonly commitSizeBytes: number;
  /** First event's header. */
  readonly dataOffset: number;
}

export function parsePageLayout(text: string, file: string): PageLayout {
  const fields = text.split('\n').flatMap((line) => parseField(line, 8) ?? []);
  const find = (name: string) => {
    const field = fields.find((candidate) => candidate.name === name);
    if (field === undefined) throw refusal(`header_page has no field '${name}'`, file);
    return field;
  };
  const timestamp = find('timestamp');
  const commit = find('commit');
  const data = find('data');
  if (timestamp.sizeBytes !== 8) throw refusal('the page timestamp is not 8 bytes', file);
  if (commit.sizeBytes !== 4 && commit.sizeBytes !== 8) throw refusal('commit is not a long', file);
  const headerEnd = Math.max(timestamp.offsetBytes + 8, commit.offsetBytes + commit.sizeBytes);
  if (data.offsetBytes < headerEnd || data.offsetBytes > 64) throw refusal('the data has no place', file);
  return {
    timestampOffset: timestamp.offsetBytes,
    commitOffset: commit.offsetBytes,
    commitSizeBytes: commit.sizeBytes,
    dataOffset: data.offsetBytes,
  };
}

function refusal(reason: string, file: string): Failure {
  return new Failure('trace', 'corrupt', reason, { file, at: 'header_page' });
}
