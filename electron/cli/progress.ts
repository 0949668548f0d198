/** Progress on standard error, one line drawn over itself, only where a person looks at it. */
import type { JobControl } from '../host/jobs/perform.ts';
import { formatSeconds } from '../report/format.ts';
import { outlineLine } from '../report/outline.ts';

/** Often enough to look alive. */
const REDRAW_INTERVAL_MS = 100;

export interface TerminalProgress {
  readonly control: JobControl;
  /** Takes the line away. */
  end(): void;
}

export function terminalProgress(signal: AbortSignal): TerminalProgress {
  const { stderr } = process;
  if (!stderr.isTTY) return { control: { signal }, end: () => undefined };
  let drawnAt = 0;
  let told = '';
  return {
    control: {
      signal,
      onProgress(phase, fraction, events, elapsedNs) {
        const now = performance.now();
        if (now - drawnAt < REDRAW_INTERVAL_MS) return;
        drawnAt = now;
        const done = `${phase} ${Math.round(fraction * 100)} %  ${events.toLocaleString('en')} events`;
        const elapsed =
          elapsedNs === undefined ? '' : `, ${formatSeconds(BigInt(Math.round(elapsedNs)))} of the recording`;
        stderr.write(`\r\u001b[K${done}${elapsed}`);
      },
      onOutline(info) {
        const line = outlineLine(info);
        if (line !== told) stderr.write(`\r\u001b[K${line}\n`);
        told = line;
      },
    },
    end: () => void stderr.write('\r\u001b[K'),
  };
}
