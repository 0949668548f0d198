/**
 * A systrace is an HTML page with the trace in script elements of class trace-data. Lines of the page itself are not
 * of the recording, and are passed over.
 */

const MARK = 'trace-data';
const OPENING = /^<script\b[^>]*\bclass=["']?trace-data["']?[^>]*>/;
/** Of an opening tag. */
const TAG_CHARACTERS_MAX = 256;
const CLOSING = '</script>';

/** Follows a page's lines; what it gives back is the part of each that is of a trace. */
export class PageLines {
  isInside = false;
  /** Script elements with a trace that were seen. */
  elements = 0;

  /** The stretch of the line that lies in a trace element, as places in it; undefined where none does. */
  inside(line: string): readonly [number, number] | undefined {
    let start = 0;
    if (!this.isInside) {
      const tagAt = line.lastIndexOf('<script', line.indexOf(MARK));
      const tag = tagAt < 0 ? undefined : OPENING.exec(line.slice(tagAt, tagAt + TAG_CHARACTERS_MAX))?.[0];
      if (tag === undefined) return undefined;
      this.isInside = true;
      this.elements += 1;
      start = tagAt + tag.length;
    }
    const closing = line.indexOf(CLOSING, start);
    if (closing >= 0) this.isInside = false;
    const end = closing < 0 ? line.length : closing;
    return end > start ? [start, end] : undefined;
  }
}
