/**
 * What a perf.data says of itself before and between its data: attributes, event formats, names. A file says it
 * in its header, a pipe in records, with the same parts.
 */
import { SliceBytes } from '../../bundle/byte-source.ts';
import type { ByteSource, EventType } from '../../event.ts';
import { ByteReader } from '../trace-dat/byte-reader.ts';
import { checkCommonFields } from '../trace-dat/metadata.ts';
import { parseAttribute, TYPE_TRACEPOINT, usualName } from './attributes.ts';
import { emptyFacts, FEATURE, readFeature } from './features.ts';
import type { FileFacts } from './features.ts';
import { ATTRIBUTES_MAX, IDS_MAX } from './limits.ts';
import { addRecordTypes } from './record-types.ts';
import { planSamples, SAMPLE } from './sample-plan.ts';
import type { SamplePlan } from './sample-plan.ts';
import { readTracingData } from './tracing-data.ts';

const UINT32 = 4_294_967_296;

export class Session {
  readonly file: ByteSource;
  readonly isLittleEndian: boolean;
  readonly types: EventType[] = [];
  readonly plans: SamplePlan[] = [];
  readonly facts: FileFacts = emptyFacts();
  readonly typeByRecord: ReadonlyMap<number, EventType>;
  readonly comms = new Map<number, string>();
  longSizeBytes = 8;
  /** Where the records end whose descriptions were taken. */
  marksEnd = 0;
  kallsyms: (() => string | undefined) | undefined;
  /** Schema index by plan, -1 until the first sample asks. */
  readonly #typeOfPlan: number[] = [];
  readonly #idsOfPlan: number[][] = [];
  readonly #planById = new Map<number, number>();
  readonly #cpuById = new Map<number, number>();
  readonly #tracepoints = new Map<number, EventType>();

  constructor(file: ByteSource, isLittleEndian: boolean) {
    this.file = file;
    this.isLittleEndian = isLittleEndian;
    this.typeByRecord = addRecordTypes(this.types);
  }

  addAttribute(view: DataView, ids: readonly number[]): void {
    const plan = this.plans.length;
    if (plan >= ATTRIBUTES_MAX || this.#planById.size + ids.length > IDS_MAX) return;
    this.plans.push(planSamples(parseAttribute(view, this.isLittleEndian)));
    this.#typeOfPlan.push(-1);
    this.#idsOfPlan.push([...ids]);
    for (const id of ids) this.#planById.set(id, plan);
  }

  /** `at` and `sizeBytes` lie inside the file. */
  addFeature(feature: number, at: number, sizeBytes: number): void {
    if (feature === FEATURE.tracingData) this.addTracingData(at);
    else {
      const section = new SliceBytes(this.file, at, sizeBytes, this.file.name);
      readFeature(this.facts, feature, section, this.isLittleEndian);
    }
  }

  addTracingData(at: number): void {
    const data = readTracingData(new ByteReader(this.file, at, this.isLittleEndian));
    checkCommonFields(data.types, this.file.name);
    this.longSizeBytes = data.longSizeBytes;
    this.kallsyms ??= data.kallsyms;
    for (const [tid, comm] of data.comms) this.comms.set(tid, comm);
    for (const type of data.types) {
      const placed = { ...type, index: this.types.length };
      this.types.push(placed);
      if (type.recordId !== undefined) this.#tracepoints.set(type.recordId, placed);
    }
  }

  /** An id's CPU, as an id index tells; -1 is any. */
  setCpu(id: number, cpu: number): void {
    if (cpu >= 0 && cpu <= 0xffff && this.#cpuById.size < IDS_MAX) this.#cpuById.set(id, cpu);
  }

  cpuOf(id: number): number | undefined {
    return this.#cpuById.get(id);
  }

  /** Hot. The event an id belongs to, -1 for none; records made up by perf have id 0 and read as the first's. */
  planOf(high: number, low: number): number {
    if (this.plans.length === 1 || (high === 0 && low === 0)) return 0;
    return this.#planById.get(high * UINT32 + low) ?? -1;
  }

  /** Schema types for all events known so far, so that they are there before the first sample. */
  makeTypes(): void {
    for (let plan = 0; plan < this.plans.length; plan++) this.typeOf(plan);
  }

  /** Whether the event's samples hold a record in the kernel's layout, which then is ours. */
  isTracepoint(plan: number): boolean {
    const { attribute, bits } = this.plans[plan] ?? { attribute: undefined, bits: 0 };
    if (attribute?.type !== TYPE_TRACEPOINT || (bits & SAMPLE.raw) === 0) return false;
    return this.#tracepoints.has(Number(attribute.config));
  }

  /** Schema index of an event's samples. */
  typeOf(plan: number): number {
    const known = this.#typeOfPlan[plan] ?? -1;
    if (known >= 0) return known;
    const index = this.#makeType(plan);
    this.#typeOfPlan[plan] = index;
    return index;
  }

  #makeType(index: number): number {
    const plan = this.plans[index];
    if (plan === undefined) throw new Error(`there is no event ${index}`);
    const tracepoint = this.isTracepoint(index)
      ? this.#tracepoints.get(Number(plan.attribute.config))
      : undefined;
    if (tracepoint !== undefined) return tracepoint.index;
    const name = this.#nameOf(index);
    const twin = this.plans.findIndex(
      (other, at) =>
        at < index && other.bits === plan.bits && this.#nameOf(at) === name && !this.isTracepoint(at),
    );
    if (twin >= 0) return this.typeOf(twin);
    this.types.push({
      index: this.types.length,
      system: 'perf',
      name,
      recordId: undefined,
      fields: plan.fields,
      sizeBytes: plan.recordBytes,
      printFormat: undefined,
    });
    return this.types.length - 1;
  }

  #nameOf(index: number): string {
    const [firstId] = this.#idsOfPlan[index] ?? [];
    const { descriptions } = this.facts;
    const described =
      firstId === undefined ? descriptions[index] : descriptions.find(({ ids }) => ids.includes(firstId));
    const plan = this.plans[index];
    return described?.name ?? (plan === undefined ? '' : usualName(plan.attribute));
  }
}
