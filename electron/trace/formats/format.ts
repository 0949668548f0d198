/** The shape every recording format has; registry.ts lists them. */
import type { ByteSource, Source } from '../event.ts';
import type { Surroundings } from '../surroundings.ts';

export interface Format {
  /** As Source.format says it: `trace.dat`. */
  readonly name: string;
  /** By the first bytes, never by the file's name. */
  detect(file: ByteSource): boolean;
  /**
   * Reads the headers; a recording of several buffers is as many sources, the main one first. The file
   * stays open until the caller closes it. Throws Failure `truncated`, `corrupt`, `unsupported`.
   */
  open(file: ByteSource, surroundings: Surroundings): readonly Source[];
}
