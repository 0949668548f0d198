/** Reads a command's arguments: so many names, and the options it knows. */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

import { Failure } from '../failure.ts';

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; allowPositionals: true }>
>['values'];

/** The names a command takes beside its options. */
export interface Names {
  readonly required: readonly string[];
  readonly optional?: readonly string[];
  /** The last required name may be given more than once. */
  readonly isRepeated?: boolean;
}

/** Throws Failure `usage` for an unknown option or a wrong number of names. */
export function readArguments<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  { required, optional = [], isRepeated = false }: Names,
  options: Options,
): { readonly names: readonly string[]; readonly values: Values<Options> } {
  const { values, positionals } = parse(args, options);
  if (positionals.length < required.length) {
    throw new Failure('usage', 'missing-argument', `${required[positionals.length]} is missing`);
  }
  const extra = positionals[required.length + optional.length];
  if (extra !== undefined && !isRepeated)
    throw new Failure('usage', 'extra-argument', `what is ${extra} for?`);
  return { names: positionals, values };
}

function parse<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
): { values: Values<Options>; positionals: string[] } {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new Failure('usage', 'bad-option', error instanceof Error ? error.message : String(error));
  }
}
