/** Damages bytes as files are damaged in life and by hand: cut, bits turned, lengths made absurd, pieces moved. */
import type { Random } from '../oracle/generator.ts';

/** What a length, a count or an offset is set to. */
const EXTREMES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff];
const DAMAGES_MAX = 6;

type Damage = (bytes: Uint8Array<ArrayBuffer>, random: Random, other: Uint8Array) => Uint8Array<ArrayBuffer>;

function place(random: Random, bytes: Uint8Array): number {
  // Headers decide most: half of the damage is done there.
  return random.below(Math.max(1, random.chance(2) ? Math.min(256, bytes.length) : bytes.length));
}

const damages: readonly Damage[] = [
  (bytes, random) => bytes.slice(0, place(random, bytes)),
  (bytes, random) => {
    const at = place(random, bytes);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    return bytes;
  },
  (bytes, random) => {
    bytes[place(random, bytes)] = random.below(256);
    return bytes;
  },
  (bytes, random) => {
    const width = random.pick([1, 2, 4, 8]);
    const value = random.pick(EXTREMES);
    const at = place(random, bytes);
    for (let index = 0; index < width && at + index < bytes.length; index += 1)
      bytes[at + index] = index < 4 ? (value >>> (8 * index)) & 0xff : value === 0xffff_ffff ? 0xff : 0;
    return bytes;
  },
  (bytes, random) => {
    const from = place(random, bytes);
    bytes.copyWithin(place(random, bytes), from, from + random.below(64));
    return bytes;
  },
  (bytes, random) => {
    const at = place(random, bytes);
    return Uint8Array.from([
      ...bytes.subarray(0, at),
      ...bytes.subarray(Math.min(bytes.length, at + random.below(32))),
    ]);
  },
  (bytes, random, other) => {
    const at = place(random, bytes);
    const from = place(random, other);
    bytes.set(other.subarray(from, Math.min(from + random.below(512), from + bytes.length - at)), at);
    return bytes;
  },
];

/** One sample with a few damages, the same for the same random numbers; a piece of another may be put in. */
export function damaged(random: Random, samples: readonly Uint8Array[]): Uint8Array {
  let bytes = Uint8Array.from(random.pick(samples));
  const count = 1 + random.below(DAMAGES_MAX);
  for (let done = 0; done < count && bytes.length > 0; done += 1)
    bytes = random.pick(damages)(bytes, random, random.pick(samples));
  return bytes;
}
