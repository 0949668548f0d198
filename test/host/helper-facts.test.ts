import { expect, it } from 'vitest';
import { helperFacts, type HelperFacts } from '../../electron/host/helper-facts.ts';

function facts(name: string): HelperFacts | undefined {
  return helperFacts().find((each) => each.name === name);
}

it('a helper for every program says so in a word', () => {
  expect(facts('map_lookup_elem')?.programTypes).toBe('all');
});

it('a helper for some programs lists their types', () => {
  expect(facts('override_return')?.programTypes).toEqual(['kprobe']);
  expect(facts('skb_vlan_pop')?.programTypes).toEqual(['sched_cls', 'sched_act']);
});
