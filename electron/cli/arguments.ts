/** Reads a command's arguments: so many names, and the options it knows. */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

import { Failure } from '../failure.ts';

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; allowPositionals: true }>
>['values'];

/** Throws Failure `usage` for an unknown option or a wrong number of names. */
export function readArguments<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  names: readonly string[],
  options: Options,
  namesRequired = names.length,
): { readonly names: readonly string[]; readonly values: Values<Options> } {
  const { values, positionals } = parse(args, options);
  if (positionals.length < namesRequired) {
    throw new Failure('usage', 'missing-argument', `${names[positionals.length]} is missing`);
  }
  if (positionals.length > names.length) {
    throw new Failure('usage', 'extra-argument', `what is ${positionals[names.length]} for?`);
  }
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
