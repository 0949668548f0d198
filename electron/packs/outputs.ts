/** What programs put out, as people and JSON take it: records by their types, lines they printed, effects. */
import { shownEffect } from '../bpf/helpers/effect.ts';
import type { TypedValue } from '../bpf/object/typed-value.ts';
import type { AttachedObject } from '../replay/attach.ts';
import type { Output } from '../replay/outputs.ts';
import type { Manifest } from './manifest.ts';
import { typedBytes } from './map-rows.ts';
import { OutputTypes } from './output-types.ts';

export interface PackOutput {
  readonly stream: string;
  readonly program: string;
  readonly timeNs: bigint;
  readonly value: TypedValue;
  /** The struct it was taken for by its size, where nothing says what it is. */
  readonly type?: string;
}

/** Of all packs; of a stream that several name, the first's. */
export function declaredOutputs(manifests: readonly (Manifest | undefined)[]): Manifest['outputs'] {
  return Object.fromEntries(manifests.flatMap((each) => Object.entries(each?.outputs ?? {})).reverse());
}

export function packOutputs(
  outputs: readonly Output[],
  objects: readonly [AttachedObject, ...AttachedObject[]],
  streams: Manifest['outputs'],
): PackOutput[] {
  const [attached] = objects;
  const typed = typedOutputs(outputs, objects, streams);
  const printed = attached.moment.printed.map(({ timeNs, text }) => ({
    stream: 'printk',
    program: '',
    timeNs,
    value: text,
  }));
  const effects = attached.moment.effects.map(({ timeNs, effect }) => ({
    stream: 'effects',
    program: '',
    timeNs,
    value: { ...shownEffect(effect) },
  }));
  const byTime = typed.filter(({ stream }) => streams[stream]?.largestFirst === undefined);
  const bySize = Object.entries(streams).flatMap(([stream, { largestFirst }]) =>
    largestFirst === undefined
      ? []
      : typed
          .filter((output) => output.stream === stream)
          .sort((a, b) => numberOf(b.value, largestFirst) - numberOf(a.value, largestFirst)),
  );
  return [...byTime, ...printed, ...effects, ...bySize];
}

function numberOf(value: TypedValue, member: string): number {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 0;
  return Number((value as Readonly<Record<string, TypedValue>>)[member] ?? 0);
}

/** Records by the types of the object whose stream it is; of a name that several have, of the first. */
function typedOutputs(
  outputs: readonly Output[],
  objects: readonly AttachedObject[],
  declared: Manifest['outputs'],
): PackOutput[] {
  const named = Object.fromEntries(Object.entries(declared).map(([stream, { type }]) => [stream, type]));
  const byObject = objects.map(({ maps, linked: { btf } }) => ({
    streams: new Set(maps.map(({ definition }) => definition.name)),
    btf,
    types: new OutputTypes(btf, named),
  }));
  return outputs.map(({ stream, program, timeNs, bytes }) => {
    const owner = byObject.find(({ streams }) => streams.has(stream));
    const typeId = owner?.types.typeId(stream, bytes.length) ?? 0;
    const type = owner?.types.guessed(stream, bytes.length);
    const value = typedBytes(owner?.btf, typeId, bytes);
    return { stream, program, timeNs, value, ...(type !== undefined && { type }) };
  });
}
