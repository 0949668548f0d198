/** The header parts that both versions write alike: pages, event formats, symbols, command lines. */
import { Failure } from '../../../failure.ts';
import type { EventType } from '../../event.ts';
import type { ByteReader } from './byte-reader.ts';
import { parseEventFormat } from './event-format.ts';
import type { FieldCache } from './event-format.ts';
import { EVENT_FORMAT_BYTES_MAX, EVENT_SYSTEMS_MAX, EVENT_TYPES_MAX, METADATA_BYTES_MAX } from './limits.ts';
import { parsePageLayout } from './page-layout.ts';
import type { PageLayout } from './page-layout.ts';

/** header_page and header_event, each a name, a size and the file's text. */
export function readPageLayout(reader: ByteReader): PageLayout {
  const pageText = readNamed(reader, 'header_page');
  readNamed(reader, 'header_event');
  return parsePageLayout(pageText, reader.file.name);
}

function readNamed(reader: ByteReader, name: string): string {
  const at = reader.at;
  const found = reader.string();
  if (found !== name) throw reader.corrupt(`'${name}' is not here`, at);
  return reader.latin1(reader.limited(reader.offset(), EVENT_FORMAT_BYTES_MAX, `size of ${name}`));
}

/** A place that could not be understood, for the ledger. */
export interface BadFormat {
  readonly at: number;
  readonly reason: string;
}

/** Collects event types in the order the file lists them; Schema.types of the recording. */
export class TypeList {
  readonly types: EventType[] = [];
  readonly longSizeBytes: number;
  readonly #fields: FieldCache = new Map();

  constructor(longSizeBytes: number) {
    this.longSizeBytes = longSizeBytes;
  }

  /** The ftrace events' own formats: a count, then size and text of each. */
  readFtraceEvents(reader: ByteReader): void {
    this.#readFormats(reader, 'ftrace');
  }

  /** Systems by name, each as the ftrace events are. */
  readEventSystems(reader: ByteReader): void {
    const systems = reader.limited(reader.uint32(), EVENT_SYSTEMS_MAX, 'event systems');
    for (let index = 0; index < systems; index++) this.#readFormats(reader, reader.string());
  }

  #readFormats(reader: ByteReader, system: string): void {
    const count = reader.limited(reader.uint32(), EVENT_TYPES_MAX - this.types.length, 'event formats');
    for (let index = 0; index < count; index++) {
      const size = reader.limited(reader.offset(), EVENT_FORMAT_BYTES_MAX, 'size of an event format');
      const at = reader.at;
      const type = parseEventFormat(
        reader.latin1(size),
        system,
        this.types.length,
        this.longSizeBytes,
        this.#fields,
      );
      if (type === undefined)
        throw reader.corrupt(`an event of ${system} has no name or ID in its format`, at);
      this.types.push(type);
    }
  }
}

/** Skips a text that follows its 32-bit size; where it lies is kept, for reading when asked. */
export function skipText(reader: ByteReader): { readonly at: number; readonly sizeBytes: number } {
  const sizeBytes = reader.limited(reader.uint32(), METADATA_BYTES_MAX, 'size of a text');
  const at = reader.at;
  if (at + sizeBytes > reader.file.sizeBytes) reader.bytes(sizeBytes);
  reader.at += sizeBytes;
  return { at, sizeBytes };
}

/** saved_cmdlines: a 64-bit size, then lines of a thread id and a name. */
export function readCommandLines(reader: ByteReader): Map<number, string> {
  const size = reader.limited(reader.offset(), METADATA_BYTES_MAX, 'size of the command lines');
  const comms = new Map<number, string>();
  for (const line of Buffer.from(reader.bytes(size)).toString('utf8').split('\n')) {
    const match = /^(\d+) (.+)$/.exec(line);
    if (match !== null) comms.set(Number(match[1]), match[2] ?? '');
  }
  return comms;
}

/** Common fields must lie where every kernel has put them: the merge reads them by these offsets. */
export function checkCommonFields(types: readonly EventType[], file: string): void {
  for (const type of types) {
    const id = type.fields.find((field) => field.name === 'common_type');
    const pid = type.fields.find((field) => field.name === 'common_pid');
    const isUsual =
      id?.offsetBytes === 0 && id.sizeBytes === 2 && pid?.offsetBytes === 4 && pid.sizeBytes === 4;
    if (!isUsual) {
      const reason = `the common fields of ${type.system}:${type.name} are not laid out as the kernel's`;
      throw new Failure('trace', 'unsupported', reason, {
        file,
        at: `format of ${type.system}:${type.name}`,
      });
    }
  }
}
