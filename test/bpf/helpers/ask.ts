/** Calls of helpers as programs make them, on both engines. */
import { helperPrototypes } from '../../../electron/bpf/helpers/prototypes.ts';
import type { BpfMap } from '../../../electron/bpf/maps/map.ts';
import { call, exit, lddw } from '../vm/assembler.ts';
import { createBench, ENGINES, loadUnverified, type Bench } from '../vm/machine-fixture.ts';

/** r0, signed, of one call by name with numbers and maps as its arguments. */
export function ask(bench: Bench, name: string, ...given: readonly (bigint | number | BpfMap)[]): bigint {
  const id = helperPrototypes.find((prototype) => prototype.name === name)?.id;
  if (id === undefined) throw new Error(`Linux has no bpf_${name}`);
  const maps = given.filter((each) => typeof each === 'object');
  const slots = given.map((each, index) =>
    typeof each === 'object'
      ? lddw(index + 1, BigInt(maps.indexOf(each)), 1)
      : lddw(index + 1, BigInt.asUintN(64, BigInt(each))),
  );
  return BigInt.asIntN(64, loadUnverified(bench.machine, [...slots, call(id), exit()], maps).run(0));
}

/** Does the same on a bench of either engine; what it gives must be the same, and is given once. */
export function onBoth<T>(act: (bench: Bench) => T): T {
  const [first, ...others] = ENGINES.map((engine) => act(createBench(2, engine)));
  const text = (each: unknown): string =>
    JSON.stringify(each, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
  for (const other of others)
    if (text(other) !== text(first)) throw new Error(`${text(first)} and ${text(other)}`);
  return first as T;
}
