/**
 * Requests to block devices: a struct request each, from the event that first tells of it until it is complete. Events
 * do not say which request they are of, but on which device and at which sector it begins: of several there, the
 * one that has waited longest for the event. Where a front merge moves a request its new place is the bio's.
 */
import type { Address, LinearMemory } from '../../../bpf/vm/memory.ts';
import type { EventType, Source } from '../../../trace/event.ts';
import type { Follower, ObjectReader } from './follower.ts';
import { KernelObject, type Layout } from './layout.ts';
import { RecordFields } from './record-fields.ts';
import { requestFlags } from './request-flags.ts';

const UNKNOWN = -1;
/** More are not under way at once: what is older was completed where no event told of it. */
const REQUESTS_MAX = 65_536;
/** Completed requests that block_io_done may still tell of. */
const COMPLETED_MAX = 256;

/** How far a request is after an event, by the event's name. */
const STAGES: Readonly<Record<string, number>> = {
  block_io_start: 1,
  block_rq_insert: 2,
  block_rq_issue: 3,
};
const ISSUED = 3;

interface Request {
  readonly object: KernelObject;
  place: string;
  stage: number;
  /** undefined where its beginning was not recorded. */
  lengthBytes: number | undefined;
}

export class RequestObjects implements Follower {
  readonly events = [
    'block:block_io_start',
    'block:block_rq_insert',
    'block:block_rq_issue',
    'block:block_rq_merge',
    'block:block_rq_requeue',
    'block:block_bio_frontmerge',
    'block:block_rq_complete',
    'block:block_io_done',
  ];
  readonly #memory: LinearMemory;
  readonly #layout: Layout;
  readonly #missing: (what: string) => void;
  /** By device and sector, oldest first. */
  readonly #live = new Map<string, Request[]>();
  readonly #completed: Request[] = [];
  readonly #spare: KernelObject[] = [];
  readonly #queues = new Map<number, Address>();
  #liveCount = 0;
  #event = { source: undefined as Source | undefined, number: -1, address: 0 };
  /** What happens to a request once all programs have seen its event. */
  #afterwards: (() => void) | undefined;

  constructor(memory: LinearMemory, layout: Layout, missing: (what: string) => void) {
    this.#memory = memory;
    this.#layout = layout;
    this.#missing = missing;
  }

  reader(source: Source, type: EventType): ObjectReader | undefined {
    const fields = new RecordFields(this.#memory, source, type);
    if (type.system !== 'block' || !fields.has('dev', 'sector', 'nr_sector', 'rwbs')) return undefined;
    return (record, batch, row) => {
      const number = batch.firstEvent + row;
      if (this.#event.source === source && this.#event.number === number) return this.#event.address;
      this.#afterwards?.();
      this.#afterwards = undefined;
      const address = fields.moveTo(record, batch, row) ? this.#take(type.name, fields) : 0;
      this.#event = { source, number, address };
      return address;
    };
  }

  #take(event: string, fields: RecordFields): Address {
    const device = fields.number('dev');
    const sector = fields.number('sector');
    const sectors = fields.number('nr_sector');
    const place = placeOf(device, sector);
    if (event === 'block_bio_frontmerge') {
      const merged = this.#live.get(placeOf(device, sector + sectors))?.[0];
      if (merged === undefined) return 0;
      this.#move(merged, place, sector);
      this.#setLength(
        merged,
        merged.lengthBytes === undefined ? undefined : merged.lengthBytes + 512 * sectors,
      );
      return merged.object.address;
    }
    if (event === 'block_io_done') {
      const done = this.#completed.findLast((each) => each.place === place) ?? this.#first(place, () => true);
      return (done ?? this.#add(place, device, sector, fields)).object.address;
    }
    const stage = STAGES[event];
    if (stage !== undefined) {
      const request =
        this.#first(place, (each) => each.stage < stage) ?? this.#add(place, device, sector, fields);
      request.stage = stage;
      this.#describe(request, fields);
      return request.object.address;
    }
    const request =
      this.#first(place, (each) => each.stage === ISSUED) ??
      this.#first(place, () => true) ??
      this.#add(place, device, sector, fields);
    this.#afterwards = () => {
      if (event === 'block_rq_requeue') request.stage = STAGES['block_io_start'] ?? 0;
      else if (event === 'block_rq_merge') this.#remove(request);
      else this.#advance(request, device, sector, sectors);
    };
    return request.object.address;
  }

  #first(place: string, isMeant: (request: Request) => boolean): Request | undefined {
    return this.#live.get(place)?.find(isMeant);
  }

  #add(place: string, device: number, sector: number, fields: RecordFields): Request {
    if (this.#liveCount >= REQUESTS_MAX) {
      const oldest = this.#live.values().next().value?.[0];
      if (oldest !== undefined) this.#remove(oldest);
    }
    const object = this.#spare.pop() ?? new KernelObject(this.#memory, this.#layout, 'request');
    const request: Request = { object, place, stage: 0, lengthBytes: undefined };
    object.set('q', this.#queue(device));
    object.set('__sector', sector);
    this.#enter(request);
    this.#describe(request, fields);
    return request;
  }

  #describe(request: Request, fields: RecordFields): void {
    if (fields.has('bytes')) this.#setLength(request, fields.number('bytes'));
    else if (request.lengthBytes === undefined) this.#setLength(request, undefined);
    const flags = requestFlags(fields.text('rwbs'));
    if (flags === undefined) this.#missing('request.cmd_flags');
    request.object.set('cmd_flags', flags ?? UNKNOWN);
  }

  #setLength(request: Request, lengthBytes: number | undefined): void {
    if (lengthBytes === undefined) this.#missing('request.__data_len');
    request.lengthBytes = lengthBytes;
    request.object.set('__data_len', lengthBytes ?? UNKNOWN);
  }

  /** Part of a request may complete by itself: the rest begins behind it. */
  #advance(request: Request, device: number, sector: number, sectors: number): void {
    const left = request.lengthBytes === undefined ? 0 : request.lengthBytes - 512 * sectors;
    if (left > 0 && sectors > 0) {
      this.#move(request, placeOf(device, sector + sectors), sector + sectors);
      this.#setLength(request, left);
      return;
    }
    this.#leave(request);
    this.#completed.push(request);
    const oldest = this.#completed.length > COMPLETED_MAX ? this.#completed.shift() : undefined;
    if (oldest !== undefined) this.#spare.push(oldest.object);
  }

  #remove(request: Request): void {
    this.#leave(request);
    this.#spare.push(request.object);
  }

  #move(request: Request, place: string, sector: number): void {
    this.#leave(request);
    request.place = place;
    request.object.set('__sector', sector);
    this.#enter(request);
  }

  #enter(request: Request): void {
    const there = this.#live.get(request.place);
    if (there === undefined) this.#live.set(request.place, [request]);
    else there.push(request);
    this.#liveCount += 1;
  }

  #leave(request: Request): void {
    const there = this.#live.get(request.place) ?? [];
    const at = there.indexOf(request);
    if (at < 0) return;
    there.splice(at, 1);
    this.#liveCount -= 1;
    if (there.length === 0) this.#live.delete(request.place);
  }

  /** The device's queue and disk: events name a disk by the numbers of its first minor. */
  #queue(device: number): Address {
    let queue = this.#queues.get(device);
    if (queue === undefined) {
      const disk = new KernelObject(this.#memory, this.#layout, 'gendisk');
      disk.set('major', device >>> 20);
      disk.set('first_minor', device & 0xf_ffff);
      const made = new KernelObject(this.#memory, this.#layout, 'request_queue');
      made.set('disk', disk.address);
      queue = made.address;
      this.#queues.set(device, queue);
    }
    return queue;
  }
}

function placeOf(device: number, sector: number): string {
  return `${device} ${sector}`;
}
