/**
 * Expected failures are data: a code, the facts (file, place, reason), rendered once at the edge.
 * Every layer throws a Failure for what bad input can cause; anything else that is thrown is a bug.
 */

export type FailureLayer =
  'bundle' | 'trace' | 'object' | 'verifier' | 'vm' | 'replay' | 'pack' | 'host' | 'usage';

export interface FailurePlace {
  /** File or archive member, as the user would name it. */
  readonly file?: string;
  /** Where in it, in the unit the reader of the message can use: `byte 4096`, `section .maps`, `line 12`, `instruction 7`. */
  readonly at?: string;
}

export class Failure extends Error {
  override readonly name = 'Failure';
  readonly layer: FailureLayer;
  /** Stable, kebab-case, to switch on: `truncated`, `not-a-bundle`, `wrong-machine`. */
  readonly code: string;
  readonly place: FailurePlace;
  readonly reason: string;
  /** Facts for a caller or translator: numbers, bounds, names. */
  readonly facts: Readonly<Record<string, string | number>>;

  constructor(
    layer: FailureLayer,
    code: string,
    reason: string,
    place: FailurePlace = {},
    facts: Readonly<Record<string, string | number>> = {},
  ) {
    super(renderFailure(reason, place));
    this.layer = layer;
    this.code = code;
    this.place = place;
    this.reason = reason;
    this.facts = facts;
  }
}

/** One line naming file, place and reason: `case.zip: byte 4096: the archive ends inside an entry`. */
function renderFailure(reason: string, place: FailurePlace): string {
  return [place.file, place.at, reason].filter((part) => part !== undefined && part !== '').join(': ');
}
