/** An expected failure as the page handles it: what the host said, or what happened on the way to it. */
import type { HostFailure } from '../../electron/host/contract.ts';

export class HostError extends Error {
  override readonly name = 'HostError';
  readonly failure: HostFailure;

  constructor(failure: HostFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** A failure the page itself found. `code` has a sentence in the message files under `failures`. */
export function pageFailure(code: string, file = '', reason = ''): HostError {
  return new HostError({
    layer: 'page',
    code,
    file,
    at: '',
    reason,
    message: [file, reason || code].filter(Boolean).join(': '),
  });
}

/** What any thrown value says as a failure; a bug of ours shows as `unexpected`, with its message. */
export function failureOf(error: unknown): HostFailure {
  if (error instanceof HostError) return error.failure;
  return pageFailure('unexpected', '', error instanceof Error ? error.message : String(error)).failure;
}
