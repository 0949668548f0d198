/** The table of helpers as data for people: what each is, and how far this machine goes with it. */
import { helperPrototypes } from '../bpf/helpers/prototypes.ts';
import { helperById } from '../bpf/helpers/table.ts';

/**
 * `runs`: verified and carried out. `verified`: calls are checked, and an object that calls it is refused
 * at load, by name. `named`: known by number and name alone; a program that calls it is rejected.
 */
export type HelperState = 'runs' | 'verified' | 'named';

export interface HelperFacts {
  readonly id: number;
  /** Without `bpf_`. */
  readonly name: string;
  readonly state: HelperState;
  /** Kinds of the arguments, as Linux's enum bpf_arg_type names them; empty where not described. */
  readonly arguments: readonly string[];
  readonly returns: string;
  readonly isGplOnly: boolean;
  /** Types of programs that may call it: `all`, or those listed; an empty list is none. */
  readonly programTypes: 'all' | readonly string[];
}

export function helperFacts(): HelperFacts[] {
  return helperPrototypes.map((prototype) => {
    const isDescribed = !prototype.arguments.includes('undescribed');
    const runs = helperById(prototype.id)?.run !== undefined;
    return {
      id: prototype.id,
      name: prototype.name,
      state: runs && isDescribed ? 'runs' : isDescribed ? 'verified' : 'named',
      arguments: isDescribed ? prototype.arguments : [],
      returns: isDescribed ? prototype.returns : '',
      isGplOnly: prototype.isGplOnly,
      programTypes: prototype.programTypes === undefined ? 'all' : [...prototype.programTypes],
    };
  });
}
