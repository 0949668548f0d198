/** perf's own records that say how to read the others; the rest of them say nothing of events. */
import type { Feed } from './feed.ts';
import { ATTRIBUTE_BYTES_MIN } from './attributes.ts';
import { addBuildId } from './features.ts';
import { RECORD } from './record-types.ts';
import type { Session } from './session.ts';

const HEADER_BYTES = 8;

/** Takes what the record says; steps over what lies behind it. */
export function applyMark(session: Session, feed: Feed): void {
  const { isLittleEndian } = session;
  const { view } = feed;
  const body = feed.at + HEADER_BYTES;
  const bodyBytes = feed.size - HEADER_BYTES;
  switch (feed.type) {
    case RECORD.attribute:
      addAttribute(session, feed, body, bodyBytes);
      return;
    case RECORD.tracingData:
      session.addTracingData(feed.offset + feed.size);
      skipTracingData(feed, isLittleEndian);
      return;
    case RECORD.feature:
      if (bodyBytes >= 8) {
        const feature = Number(view.getBigUint64(body, isLittleEndian));
        session.addFeature(feature, feed.offset + HEADER_BYTES + 8, bodyBytes - 8);
      }
      return;
    case RECORD.buildId:
      addBuildId(feed.bytes.subarray(body, body + bodyBytes), feed.misc, session.facts.buildIds);
      return;
    case RECORD.timeConversion:
      addTimeConversion(session, feed, body, bodyBytes);
      return;
    case RECORD.idIndex:
      addIdIndex(session, feed, body, bodyBytes);
      return;
  }
}

/** The event formats lie behind their record, which tells their size. */
export function skipTracingData(feed: Feed, isLittleEndian: boolean): void {
  const body = feed.at + HEADER_BYTES;
  const isSized = feed.size >= HEADER_BYTES + 4;
  if (isSized) feed.skip(Math.ceil(feed.view.getUint32(body, isLittleEndian) / 8) * 8);
}

/** An attribute of the size it states, then its ids. */
function addAttribute(session: Session, feed: Feed, body: number, bodyBytes: number): void {
  if (bodyBytes < ATTRIBUTE_BYTES_MIN) return;
  const { view } = feed;
  const stated = view.getUint32(body + 4, session.isLittleEndian);
  const size = stated < ATTRIBUTE_BYTES_MIN || stated > bodyBytes ? ATTRIBUTE_BYTES_MIN : stated;
  const ids: number[] = [];
  for (let at = body + size; at + 8 <= body + bodyBytes; at += 8) {
    ids.push(Number(view.getBigUint64(at, session.isLittleEndian)));
  }
  // Later reads of the feed go on to other bytes: the attribute is parsed at once.
  session.addAttribute(new DataView(view.buffer, view.byteOffset + body, size), ids);
}

/** perf's clock at zero of the CPU's counter: `time_zero`, the third word, often before its own zero. */
function addTimeConversion(session: Session, feed: Feed, body: number, bodyBytes: number): void {
  if (bodyBytes < 24) return;
  session.facts.clockPairs.push({
    clock: 'perf',
    timeNs: feed.view.getBigInt64(body + 16, session.isLittleEndian),
    otherClock: session.facts.machine?.startsWith('x86') === true ? 'x86-tsc' : 'counter',
    otherTimeNs: 0n,
    origin: 'time conversion record',
  });
}

/** A count, then entries of id, index, CPU and thread, 64 bits each. */
function addIdIndex(session: Session, feed: Feed, body: number, bodyBytes: number): void {
  const { isLittleEndian } = session;
  for (let at = body + 8; at + 32 <= body + bodyBytes; at += 32) {
    const id = Number(feed.view.getBigUint64(at, isLittleEndian));
    session.setCpu(id, Number(feed.view.getBigInt64(at + 16, isLittleEndian)));
  }
}
