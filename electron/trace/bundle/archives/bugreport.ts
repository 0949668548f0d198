/**
 * The text of an Android bug report, as dumpstate writes it: titled sections, each the output of one command or the
 * content of one file. A section is a member like a file's, so that logs within it are read as logs.
 */
import { Failure } from '../../../failure.ts';
import type { ByteSource } from '../../event.ts';
import { linesOf } from '../../lines.ts';
import { SliceBytes } from '../byte-source.ts';
import { HEAD_BYTES, SECTIONS_MAX } from '../limits.ts';
import type { Member, MemberList } from '../member.ts';
import type { Unpacker } from '../unpacker.ts';
import type { Archive } from './archive.ts';

const DASH = 0x2d;
const RULE_DASHES = 6;
const TITLE_BYTES_MAX = 512;
const LINES_PER_LOOK = 4096;

export const bugreport: Archive = { name: 'bug report', isLevel: false, detect: isBugreport, list };

interface Section {
  readonly title: string;
  readonly start: number;
  readonly end: number;
}

/** `== dumpstate: 2024-05-21 10:19:53` under a rule, in the first lines. */
function isBugreport(head: Uint8Array): boolean {
  return /^=+\r?\n== dumpstate: \d{4}-\d\d-\d\d /m.test(
    Buffer.from(head.subarray(0, 512)).toString('latin1'),
  );
}

async function list(file: ByteSource, prefix: string, unpacker: Unpacker): Promise<MemberList> {
  const names = new Map<string, number>();
  const members: Member[] = [];
  for (const section of sectionsOf(file, unpacker.signal)) {
    if (section.end <= section.start) continue;
    if (members.length >= SECTIONS_MAX)
      throw new Failure('bundle', 'limit', `it holds more than ${SECTIONS_MAX} sections`, {
        file: file.name,
      });
    const times = (names.get(section.title) ?? 0) + 1;
    names.set(section.title, times);
    const title = times === 1 ? section.title : `${section.title} (${times})`;
    members.push(sectionMember(file, prefix + title, section));
  }
  return { members, refused: [], close() {} };
}

function sectionMember(file: ByteSource, name: string, { start, end }: Section): Member {
  const sizeBytes = end - start;
  return {
    name,
    sizeBytes,
    head: async () => file.read(start, Math.min(HEAD_BYTES, sizeBytes)),
    open: async () => new SliceBytes(file, start, sizeBytes, name),
  };
}

/** What stands before the first section is one of its own, `HEADER`; lines between sections are the earlier one's. */
function* sectionsOf(file: ByteSource, signal: AbortSignal | undefined): Generator<Section, void, void> {
  let title = 'HEADER';
  let start = 0;
  for (const line of linesOf(file)) {
    if (line.number % LINES_PER_LOOK === 0) signal?.throwIfAborted();
    if (line.bytes[line.start] !== DASH || line.bytes[line.start + RULE_DASHES] !== 0x20) continue;
    const length = line.end - line.start;
    if (length > TITLE_BYTES_MAX || line.bytes[line.end - 1] !== DASH) continue;
    const text = Buffer.from(line.bytes.subarray(line.start, line.end)).toString('utf8');
    const heading = /^------ (.+?) ------$/.exec(text)?.[1];
    if (heading === undefined) continue;
    yield { title, start, end: line.fileOffset };
    start = line.fileOffset + length + 1;
    title = /^[\d.]+s was the duration of '/.test(heading) ? `after ${title}` : titleOf(heading);
  }
  yield { title, start, end: file.sizeBytes };
}

/** Without the command or path in brackets. */
function titleOf(heading: string): string {
  const title = heading.replace(/ \(.*$/, '').trim();
  return (title === '' ? heading : title).replaceAll('/', ' ').trim();
}
