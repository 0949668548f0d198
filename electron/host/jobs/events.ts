/** Some events of a bundle, for a list on a page: so many from a time on. */
import type { EventsAnswer, ListedEvent } from '../contract.ts';
import { listEvents } from './list-events.ts';
import { openWithProgress, type JobControl } from './perform.ts';
import type { EventsJob } from './protocol.ts';

/** Throws what openBundle() and listEvents() do. */
export async function performEvents(job: EventsJob, control: JobControl): Promise<EventsAnswer> {
  const bundle = await openWithProgress(job, control);
  try {
    const events: ListedEvent[] = [];
    const { types, from, count } = job;
    for await (const event of listEvents(
      bundle,
      { types, from, to: undefined, clocks: undefined },
      control,
    )) {
      if (events.length === count) return { events, isMore: true };
      events.push(event);
    }
    return { events, isMore: false };
  } finally {
    bundle.close();
  }
}
