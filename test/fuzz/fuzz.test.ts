import { expect, it } from 'vitest';
import { fuzz } from './target.ts';
import { targets } from './targets.ts';

const INPUTS = 400;

for (const target of targets) {
  it(
    `${target.name} refuses damaged input or reads on, soon and in bounded memory`,
    { timeout: 60_000 },
    async () => {
      const { findings, refused } = await fuzz(target, 1, INPUTS);
      expect(findings.map(({ seed, problem }) => `seed ${seed}: ${problem}`)).toEqual([]);
      expect(refused, 'damage that a parser notices').toBeGreaterThan(INPUTS / 20);
    },
  );
}
