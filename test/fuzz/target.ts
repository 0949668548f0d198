/** What a parser is fuzzed with, and what it may do: refuse with a Failure of its layers, soon, or read on. */
import { Failure } from '../../electron/failure.ts';
import { Random } from '../oracle/generator.ts';
import { damaged } from './mutate.ts';

/** Milliseconds one input may take on a busy machine, however it is damaged. */
const INPUT_MS_MAX = 2000;
/** Bytes that memory may rise by in one input, beside `MEMORY_FACTOR` times its size. */
const MEMORY_MAX = 192 * 1024 * 1024;
const MEMORY_FACTOR = 32;

export interface Target {
  readonly name: string;
  /** Layers whose Failures it may end in. */
  readonly layers: ReadonlySet<string>;
  /** Good inputs, to be damaged. Throws where there is none. */
  samples(): readonly Uint8Array[];
  /** Reads everything a user could ask of the input. */
  run(bytes: Uint8Array): void | Promise<void>;
}

export interface Finding {
  readonly seed: number;
  readonly problem: string;
  readonly bytes: Uint8Array;
}

export interface Outcome {
  readonly inputs: number;
  /** Ended in a Failure. */
  readonly refused: number;
  readonly slowestMs: number;
  readonly findings: readonly Finding[];
}

/** Runs `inputs` damaged inputs from a seed on. */
export async function fuzz(target: Target, fromSeed: number, inputs: number): Promise<Outcome> {
  const samples = target.samples();
  const findings: Finding[] = [];
  let refused = 0;
  let slowestMs = 0;
  for (let seed = fromSeed; seed < fromSeed + inputs; seed += 1) {
    const bytes = damaged(new Random(seed), samples);
    const given = bytes.slice();
    const peakBefore = peakBytes();
    const startedAt = performance.now();
    const problem = await problemOf(target, bytes);
    const ms = performance.now() - startedAt;
    slowestMs = Math.max(slowestMs, ms);
    const risen = peakBytes() - peakBefore;
    if (problem === 'refused') refused += 1;
    else if (problem !== undefined) findings.push({ seed, problem, bytes: given });
    if (ms > INPUT_MS_MAX) findings.push({ seed, problem: `took ${ms.toFixed(0)} ms`, bytes: given });
    if (risen > MEMORY_MAX + MEMORY_FACTOR * given.length)
      findings.push({ seed, problem: `took ${risen} bytes for ${given.length}`, bytes: given });
  }
  return { inputs, refused, slowestMs, findings };
}

function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}

async function problemOf(target: Target, bytes: Uint8Array): Promise<string | undefined> {
  try {
    await target.run(bytes);
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure))
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    if (!target.layers.has(error.layer)) return `a Failure of the layer ${error.layer}: ${error.message}`;
    if (error.reason === '' || error.place.file === undefined)
      return `names no file or reason: ${error.message}`;
    return 'refused';
  }
}
