/** `retroprobe helpers`: every helper Linux defines, with its state here. */
import { helperFacts, type HelperFacts, type HelperState } from '../host/helper-facts.ts';
import { formatCount } from '../report/format.ts';
import { page, table } from '../report/text-page.ts';
import { readArguments } from './arguments.ts';

const meanings: Readonly<Record<HelperState, string>> = {
  runs: 'carried out',
  verified: 'calls are verified; an object that calls it is refused at load',
  named: 'known by name; a program that calls it is rejected',
};

export async function helpers(args: readonly string[]): Promise<void> {
  const { values } = readArguments(args, { required: [] }, { json: { type: 'boolean' } });
  const facts = helperFacts();
  process.stdout.write(values.json ? `${JSON.stringify(facts)}\n` : render(facts));
}

function render(facts: readonly HelperFacts[]): string {
  const states = Object.entries(meanings).map(([state, meaning]) => {
    const count = facts.filter((each) => each.state === state).length;
    return [state, formatCount(count), meaning];
  });
  const rows = facts.map((each) => [
    `${each.id}`,
    each.name,
    each.state,
    each.isGplOnly ? 'GPL' : '',
    programsText(each),
  ]);
  return page([table(states, [1]), table(rows, [0])]);
}

function programsText({ programTypes }: HelperFacts): string {
  if (programTypes === 'all') return 'all programs';
  return programTypes.length === 0 ? 'no program' : programTypes.join(' ');
}
