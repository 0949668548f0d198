/** Failures as the contract carries them, and back. */
import { Failure, type FailureLayer } from '../failure.ts';
import type { HostFailure } from './contract.ts';

/** Any thrown value as data: a Failure with its facts, anything else as `internal`. */
export function hostFailure(error: unknown): HostFailure {
  if (error instanceof Failure) {
    const { layer, code, place, reason, message } = error;
    return { layer, code, file: place.file ?? '', at: place.at ?? '', reason, message };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { layer: 'host', code: 'internal', file: '', at: '', reason, message: reason };
}

/** The Failure that a worker's answer stands for. */
export function failureOf({ layer, code, file, at, reason }: HostFailure): Failure {
  return new Failure(layer as FailureLayer, code, reason, { file, at });
}

/** What a cancelled job ends with. */
export function cancelledFailure(): Failure {
  return new Failure('host', 'cancelled', 'cancelled');
}
