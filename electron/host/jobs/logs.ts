/** What the logs of a bundle hold: lines by severity and tag, events of log probes, and templates proposed for more. */
import type { Batch, Source } from '../../trace/event.ts';
import { TemplateMiner } from '../../trace/log-probes/templates/clusters.ts';
import { proposedTemplate } from '../../trace/log-probes/templates/proposal.ts';
import { fieldOf, RecordReader } from '../../trace/record.ts';
import type { LogInfo, LogsAnswer } from '../contract.ts';
import { openWithProgress, type JobControl } from './perform.ts';
import type { LogsJob } from './protocol.ts';

/** Tags that are counted apart; Android has some thousands. */
const TAGS_MAX = 20_000;
const LEVELS = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug', 'verbose'];

/** Throws what openBundle() does, and Failure `bad-probe`. */
export async function performLogs(job: LogsJob, { signal, onProgress }: JobControl): Promise<LogsAnswer> {
  const bundle = await openWithProgress(job, { signal, onProgress });
  try {
    const logs: LogInfo[] = [];
    for (const source of bundle.sources) {
      const counter = lineCounter(source, job.areTemplatesWanted);
      if (counter === undefined) continue;
      for await (const batch of source.batches({
        ...(signal && { signal }),
        onProgress: (fraction) => onProgress?.('read', fraction, source.ledger.read),
      }))
        counter.take(batch);
      logs.push(counter.result());
    }
    return { bundle: bundle.name, logs };
  } finally {
    bundle.close();
  }
}

/** undefined for a source that is no log. */
function lineCounter(source: Source, areTemplatesWanted: boolean): LineCounter | undefined {
  const index = source.schema.types.findIndex(({ system, name }) => system === 'log' && name === 'line');
  return index < 0 ? undefined : new LineCounter(source, index, areTemplatesWanted);
}

class LineCounter {
  readonly #source: Source;
  readonly #line: number;
  readonly #reader: RecordReader;
  readonly #levels = new Float64Array(LEVELS.length + 1);
  readonly #tags = new Map<string, number>();
  readonly #probes = new Map<number, number>();
  readonly #miner: TemplateMiner | undefined;
  #lines = 0;
  #first: bigint | undefined;
  #last = 0n;

  constructor(source: Source, line: number, areTemplatesWanted: boolean) {
    this.#source = source;
    this.#line = line;
    this.#reader = new RecordReader(source.schema);
    this.#miner = areTemplatesWanted ? new TemplateMiner() : undefined;
  }

  take(batch: Batch): void {
    const type = this.#source.schema.types[this.#line];
    const level = type && fieldOf(type, 'level');
    const tag = type && fieldOf(type, 'tag');
    const message = type && fieldOf(type, 'message');
    if (level === undefined || tag === undefined || message === undefined) return;
    this.#first ??= batch.timeNs[0];
    this.#last = batch.timeNs[batch.count - 1] ?? this.#last;
    for (let row = 0; row < batch.count; row++) {
      const index = batch.type[row] ?? -1;
      if (index !== this.#line) {
        this.#probes.set(index, (this.#probes.get(index) ?? 0) + 1);
        continue;
      }
      this.#lines += 1;
      const severity = this.#reader.int32(batch, row, level.offsetBytes);
      const place = severity >= 0 && severity < LEVELS.length ? severity : LEVELS.length;
      this.#levels[place] = (this.#levels[place] ?? 0) + 1;
      this.#countTag(this.#reader.text(batch, row, tag) ?? '');
      this.#miner?.add(Buffer.from(this.#reader.text(batch, row, message) ?? '').toString('latin1'));
    }
  }

  result(): LogInfo {
    const { name, format, formatDetail, clock, schema, ledger } = this.#source;
    const probes = schema.types
      .filter(({ system, index }) => system === 'log' && index !== this.#line)
      .map((type) => ({ name: `log:${type.name}`, events: this.#probes.get(type.index) ?? 0 }));
    const levels = [...LEVELS, 'unknown']
      .map((level, place) => ({ level, lines: this.#levels[place] ?? 0 }))
      .filter(({ lines }) => lines > 0);
    const tags = [...this.#tags].map(([tag, lines]) => ({ tag, lines })).sort(byLines((each) => each.tag));
    return {
      ...{ name, format, formatDetail, clock },
      spanNs: this.#first === undefined ? undefined : [this.#first, this.#last],
      lines: this.#lines,
      unparsed: ledger.unparsed,
      levels,
      tags: tags.filter(({ tag }) => tag !== ''),
      probes,
      templates: this.#templates(),
      otherLines: this.#miner?.otherLines ?? 0,
    };
  }

  #templates(): LogInfo['templates'] {
    if (this.#miner === undefined) return undefined;
    return this.#miner
      .templates()
      .map((cluster) => ({
        pattern: utf8(proposedTemplate(cluster)),
        lines: cluster.lines,
        example: utf8(cluster.example),
      }))
      .sort(byLines((each) => each.pattern));
  }

  #countTag(tag: string): void {
    const count = this.#tags.get(tag);
    if (count !== undefined || this.#tags.size < TAGS_MAX) this.#tags.set(tag, (count ?? 0) + 1);
  }
}

/** Most lines first; of as many, by name. */
function byLines<Row extends { readonly lines: number }>(
  name: (row: Row) => string,
): (a: Row, b: Row) => number {
  return (a, b) => b.lines - a.lines || (name(a) < name(b) ? -1 : 1);
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString();
}
