/**
 * The text of ftrace: tracefs' trace and trace_pipe, trace-cmd report, Android's systrace and atrace (plain, zlib
 * behind `TRACE:`, or in a page).
 */
import { Failure } from '../../../failure.ts';
import type { ByteSource } from '../../event.ts';
import type { Surroundings } from '../../surroundings.ts';
import type { Format } from '../format.ts';
import { LineHead } from './line-head.ts';
import { DETECT_BYTES, DETECT_LINES_MAX, PAGE_BYTES_MAX } from './limits.ts';
import { compressedStart } from './pieces.ts';
import { FtraceTextSource } from './source.ts';

const FIRST_LINE = /^\s*(# tracer: |version = \d+$|cpus=\d+$)/m;
const PAGE = /^\s*(<!DOCTYPE html|<html)/i;
const TRACE_PAGE = /trace-data|trace.viewer|android system trace|systrace/i;
const TRACE_ELEMENT = Buffer.from('trace-data');

export const ftraceText: Format = {
  name: 'ftrace-text',

  /** The header that ftrace or trace-cmd writes, or a first line that is an event's. */
  detect(file: ByteSource): boolean {
    const head = headOf(file);
    const text = head.toString('latin1');
    if (PAGE.test(text)) return TRACE_PAGE.test(text);
    if (compressedStart(file) !== undefined) return true;
    // A binary file has zeros early.
    if (head.subarray(0, 512).includes(0)) return false;
    const lines = text.split('\n', DETECT_LINES_MAX).filter((line) => line.trim() !== '');
    if (lines.slice(0, 8).some((line) => FIRST_LINE.test(line))) return true;
    const line = lines.find((each) => !each.startsWith('#') && !/^(capturing|TRACE:|CPU:)/.test(each));
    if (line === undefined) return false;
    const bytes = Buffer.from(line, 'latin1');
    return new LineHead().read(bytes, 0, bytes.length);
  },

  open(file: ByteSource, surroundings: Surroundings): readonly FtraceTextSource[] {
    const isPage = PAGE.test(headOf(file).toString('latin1'));
    if (isPage && !holdsTrace(file)) {
      throw new Failure('trace', 'unsupported', 'the page holds no trace of ftrace', { file: file.name });
    }
    return [new FtraceTextSource(file, surroundings, isPage)];
  },
};

function headOf(file: ByteSource): Buffer {
  return Buffer.from(file.read(0, Math.min(DETECT_BYTES, file.sizeBytes)));
}

/** Whether an element with a trace is in the page, whose own scripts come first. */
function holdsTrace(file: ByteSource): boolean {
  const limit = Math.min(file.sizeBytes, PAGE_BYTES_MAX);
  for (let at = 0; at < limit; at += DETECT_BYTES) {
    const length = Math.min(DETECT_BYTES + TRACE_ELEMENT.length, file.sizeBytes - at);
    if (Buffer.from(file.read(at, length)).includes(TRACE_ELEMENT)) return true;
  }
  return false;
}
