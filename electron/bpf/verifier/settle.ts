/**
 * Carries what each range of a number and its bits say over to the others, in the rounds and order of
 * reg_bounds_sync() in Linux 6.18, so that the ranges come out as the kernel's.
 *
 * Hot: runs for every arithmetic instruction and branch followed. BigInt allocates for every step, so
 * the 64-bit values are laid out as words here, worked on as pairs of 32-bit numbers, and only those
 * that changed become BigInts again. test/bench/verifier-bench.ts measures it.
 */
import { constantScalar, lowU32, S32_MAX, S32_MIN, type Draft, type Scalar } from './scalar.ts';

/** Places of the values in `values`; the lower word of each is at twice that in `words`, the upper one past it. */
const UMIN = 0;
const UMAX = 1;
const SMIN = 2;
const SMAX = 3;
const VALUE = 4;
const MASK = 5;
const COUNT = 6;
const SIGN = 0x8000_0000;
const ALL = 0xffff_ffff;

const values = new BigUint64Array(COUNT);
const signedValues = new BigInt64Array(values.buffer);
const words = new Uint32Array(values.buffer);
/** The words as they came in. */
const before = new Uint32Array(2 * COUNT);
/** The words at the start of a round. */
const atRound = new Uint32Array(2 * COUNT);

function low(place: number): number {
  return words[2 * place] ?? 0;
}

function high(place: number): number {
  return words[2 * place + 1] ?? 0;
}

function set(place: number, upper: number, lower: number): void {
  words[2 * place] = lower;
  words[2 * place + 1] = upper;
}

function isBelow(aHigh: number, aLow: number, bHigh: number, bLow: number): boolean {
  return aHigh < bHigh || (aHigh === bHigh && aLow < bLow);
}

/** An unsigned lower bound rises to at least the given number; an upper one falls. */
function raise(place: number, upper: number, lower: number): void {
  if (isBelow(high(place), low(place), upper, lower)) set(place, upper, lower);
}
function drop(place: number, upper: number, lower: number): void {
  if (isBelow(upper, lower, high(place), low(place))) set(place, upper, lower);
}
function raiseSigned(place: number, upper: number, lower: number): void {
  if (isBelow(high(place) | 0, low(place), upper | 0, lower)) set(place, upper, lower);
}
function dropSigned(place: number, upper: number, lower: number): void {
  if (isBelow(upper | 0, lower, high(place) | 0, low(place))) set(place, upper, lower);
}

/** Settles the draft and gives it back, or the constant it turns out to be. */
export function settle(draft: Draft): Scalar {
  const { bits } = draft;
  if (bits.mask === 0n && isWithin(draft, bits.value)) return constantScalar(bits.value);
  values[UMIN] = draft.umin;
  values[UMAX] = draft.umax;
  signedValues[SMIN] = draft.smin;
  signedValues[SMAX] = draft.smax;
  values[VALUE] = bits.value;
  values[MASK] = bits.mask;
  before.set(words);
  boundsFromBits(draft);
  for (let round = 0; round < 3; round += 1) if (!deduce(draft)) break;
  bitsFromBounds(draft);
  boundsFromBits(draft);
  writeBack(draft);
  return draft;
}

function isWithin(draft: Draft, value: bigint): boolean {
  const lower = lowU32(value);
  if (lower < draft.u32min || lower > draft.u32max) return false;
  if ((lower | 0) < draft.s32min || (lower | 0) > draft.s32max) return false;
  if (value < draft.umin || value > draft.umax) return false;
  const signed = BigInt.asIntN(64, value);
  return signed >= draft.smin && signed <= draft.smax;
}

function isChanged(place: number): boolean {
  return words[2 * place] !== before[2 * place] || words[2 * place + 1] !== before[2 * place + 1];
}

function writeBack(draft: Draft): void {
  if (isChanged(UMIN)) draft.umin = values[UMIN] ?? 0n;
  if (isChanged(UMAX)) draft.umax = values[UMAX] ?? 0n;
  if (isChanged(SMIN)) draft.smin = signedValues[SMIN] ?? 0n;
  if (isChanged(SMAX)) draft.smax = signedValues[SMAX] ?? 0n;
  if (isChanged(VALUE) || isChanged(MASK))
    draft.bits = { value: values[VALUE] ?? 0n, mask: values[MASK] ?? 0n };
}

function narrowU32(draft: Draft, min: number, max: number): void {
  if (min > draft.u32min) draft.u32min = min;
  if (max < draft.u32max) draft.u32max = max;
}

function narrowS32(draft: Draft, min: number, max: number): void {
  if (min > draft.s32min) draft.s32min = min;
  if (max < draft.s32max) draft.s32max = max;
}

function boundsFromBits(draft: Draft): void {
  const lowValue = low(VALUE);
  const lowMask = low(MASK);
  const highValue = high(VALUE);
  const highMask = high(MASK);
  narrowS32(draft, lowValue | (lowMask & S32_MIN), lowValue | (lowMask & S32_MAX));
  narrowU32(draft, lowValue, (lowValue | lowMask) >>> 0);
  const lowMost = (lowValue | lowMask) >>> 0;
  raiseSigned(SMIN, (highValue | (highMask & SIGN)) >>> 0, lowValue);
  dropSigned(SMAX, (highValue | (highMask & S32_MAX)) >>> 0, lowMost);
  raise(UMIN, highValue, lowValue);
  drop(UMAX, (highValue | highMask) >>> 0, lowMost);
  if (!isRunOfBits(highMask, lowMask)) findOnly(draft);
  else if (high(UMIN) === high(UMAX) && low(UMIN) === low(UMAX)) know(draft, high(UMIN), low(UMIN));
  else if (isBelow(high(UMAX), low(UMAX), high(UMIN), low(UMIN))) findOnly(draft);
}

/** Whether the unknown bits are the lowest ones: the numbers follow each other, and a range of several holds several. */
function isRunOfBits(highMask: number, lowMask: number): boolean {
  if (highMask === 0) return (lowMask & (lowMask + 1)) === 0;
  return lowMask === ALL && (highMask & (highMask + 1)) === 0;
}

/** The number is the one given: every range and the bits say so, whatever they said before. */
function know(draft: Draft, upper: number, lower: number): void {
  for (const place of [UMIN, UMAX, SMIN, SMAX, VALUE]) set(place, upper, lower);
  set(MASK, 0, 0);
  draft.u32min = draft.u32max = lower;
  draft.s32min = draft.s32max = lower | 0;
}

/**
 * Where the unsigned range and the bits have one number in common, it is that: __update_reg64_bounds().
 * Where they have none the path cannot happen, and Linux takes the largest that the bits allow, too.
 */
function findOnly(draft: Draft): void {
  const isMember = ((high(UMIN) ^ high(VALUE)) & ~high(MASK)) === 0 && isLowMember();
  const from = nextMember(high(UMIN), low(UMIN));
  if (isMember) {
    if (isBelow(high(UMAX), low(UMAX), from.upper, from.lower)) know(draft, high(UMIN), low(UMIN));
    return;
  }
  const isLargest =
    from.upper === (high(VALUE) | high(MASK)) >>> 0 && from.lower === (low(VALUE) | low(MASK)) >>> 0;
  if (!isLargest) {
    if (isBelow(high(UMAX), low(UMAX), from.upper, from.lower)) return;
    const after = nextMember(from.upper, from.lower);
    if (!isBelow(high(UMAX), low(UMAX), after.upper, after.lower)) return;
  }
  know(draft, from.upper, from.lower);
}

function isLowMember(): boolean {
  return ((low(UMIN) ^ low(VALUE)) & ~low(MASK)) === 0;
}

interface Pair {
  readonly upper: number;
  readonly lower: number;
}

/** The smallest number above the given one that the bits allow, or the largest they allow where there is none: tnum_step(). */
function nextMember(upper: number, lower: number): Pair {
  const [highValue, lowValue, highMask, lowMask] = [high(VALUE), low(VALUE), high(MASK), low(MASK)];
  const most = { upper: (highValue | highMask) >>> 0, lower: (lowValue | lowMask) >>> 0 };
  if (!isBelow(upper, lower, most.upper, most.lower)) return most;
  const highNear = (highValue | (upper & highMask)) >>> 0;
  const lowNear = (lowValue | (lower & lowMask)) >>> 0;
  // Bits at and below the highest known one that differs: those above it are the same.
  const highDiffering = smear((highNear ^ upper) >>> 0);
  const lowDiffering = highDiffering === 0 ? smear((lowNear ^ lower) >>> 0) : ALL;
  if (isBelow(upper, lower, highNear, lowNear)) {
    return {
      upper: ((highNear & ~highDiffering) | (highValue & highDiffering)) >>> 0,
      lower: ((lowNear & ~lowDiffering) | (lowValue & lowDiffering)) >>> 0,
    };
  }
  // One is added to the unknown bits above: the known ones, set, hand the carry on.
  const sum = ((lowNear | ~lowMask | lowDiffering) >>> 0) + 1;
  const carry = sum > ALL ? 1 : 0;
  const raised = ((highNear | ~highMask | highDiffering) >>> 0) + carry;
  return {
    upper: ((raised & highMask) | highValue) >>> 0,
    lower: ((sum & lowMask) | lowValue) >>> 0,
  };
}

/** What the lower halves of a 64-bit range say where its upper halves are the same. */
function narrow32By64(draft: Draft, min: number, max: number): void {
  if (high(min) !== high(max)) return;
  const [from, to] = [low(min), low(max)];
  if (from <= to) narrowU32(draft, from, to);
  if ((from | 0) <= (to | 0)) narrowS32(draft, from | 0, to | 0);
}

/** Upper halves that follow each other, lower halves from negative to positive: a range of s32. */
function narrowS32AcrossHalves(draft: Draft, min: number, max: number): void {
  if ((high(min) + 1) >>> 0 !== high(max)) return;
  const [from, to] = [low(min) | 0, low(max) | 0];
  if (from < 0 && to >= 0) narrowS32(draft, from, to);
}

function deduce32(draft: Draft): void {
  narrow32By64(draft, UMIN, UMAX);
  narrow32By64(draft, SMIN, SMAX);
  narrowS32AcrossHalves(draft, UMIN, UMAX);
  narrowS32AcrossHalves(draft, SMIN, SMAX);
  if ((draft.u32min | 0) <= (draft.u32max | 0)) narrowS32(draft, draft.u32min | 0, draft.u32max | 0);
  if (draft.s32min >>> 0 <= draft.s32max >>> 0) {
    narrowU32(draft, draft.s32min >>> 0, draft.s32max >>> 0);
  } else if (draft.u32max < draft.s32min >>> 0) {
    // The signed range crosses the sign: only its part from zero meets the unsigned one.
    draft.s32min = draft.u32min | 0;
    draft.u32max = Math.min(draft.u32max, draft.s32max >>> 0);
  } else if (draft.s32max >>> 0 < draft.u32min) {
    draft.s32max = draft.u32max | 0;
    draft.u32min = Math.max(draft.u32min, draft.s32min >>> 0);
  }
}

function deduce64(): void {
  if (!isBelow(high(UMAX) | 0, low(UMAX), high(UMIN) | 0, low(UMIN))) {
    raiseSigned(SMIN, high(UMIN), low(UMIN));
    dropSigned(SMAX, high(UMAX), low(UMAX));
  }
  if (!isBelow(high(SMAX), low(SMAX), high(SMIN), low(SMIN))) {
    raise(UMIN, high(SMIN), low(SMIN));
    drop(UMAX, high(SMAX), low(SMAX));
  } else if (isBelow(high(UMAX), low(UMAX), high(SMIN), low(SMIN))) {
    // The signed range crosses the sign: only its part from zero meets the unsigned one.
    set(SMIN, high(UMIN), low(UMIN));
    drop(UMAX, high(SMAX), low(SMAX));
  } else if (isBelow(high(SMAX), low(SMAX), high(UMIN), low(UMIN))) {
    set(SMAX, high(UMAX), low(UMAX));
    raise(UMIN, high(SMIN), low(SMIN));
  }
}

/** What the 32-bit ranges say of the 64-bit ones. */
function deduceMixed(draft: Draft): void {
  const { u32min, u32max, s32min, s32max } = draft;
  if (u32min > low(UMIN)) set(UMIN, high(UMIN), u32min);
  if (u32max < low(UMAX)) set(UMAX, high(UMAX), u32max);
  if (u32min > low(SMIN)) set(SMIN, high(SMIN), u32min);
  if (u32max < low(SMAX)) set(SMAX, high(SMAX), u32max);
  // A sign-extended value whose lower half is not negative: the upper half cannot be all ones.
  if (s32min < 0 || !isFromS32Min(SMIN) || !isToS32Max(SMAX)) return;
  const upper = s32max < 0 ? ALL : 0;
  set(SMIN, 0, s32min);
  set(UMIN, 0, s32min);
  set(SMAX, upper, s32max >>> 0);
  set(UMAX, upper, s32max >>> 0);
  intersectWithRange();
}

function isFromS32Min(place: number): boolean {
  const upper = high(place) | 0;
  return upper >= 0 || (upper === -1 && low(place) >= SIGN);
}

function isToS32Max(place: number): boolean {
  const upper = high(place) | 0;
  return upper < 0 || (upper === 0 && low(place) <= S32_MAX);
}

/** One round; false where nothing was learned, so that another would learn nothing either. */
function deduce(draft: Draft): boolean {
  const { u32min, u32max, s32min, s32max } = draft;
  atRound.set(words);
  deduce32(draft);
  deduce64();
  deduceMixed(draft);
  if (u32min !== draft.u32min || u32max !== draft.u32max) return true;
  if (s32min !== draft.s32min || s32max !== draft.s32max) return true;
  for (let word = 0; word < atRound.length; word += 1) if (words[word] !== atRound[word]) return true;
  return false;
}

/** Mask of the bits below and at the highest that is set. */
function smear(word: number): number {
  return word === 0 ? 0 : ALL >>> Math.clz32(word);
}

/** The bits, narrowed by what all numbers from umin to umax share. */
function intersectWithRange(): void {
  const highDiffering = (high(UMIN) ^ high(UMAX)) >>> 0;
  if (highDiffering >= SIGN) return;
  const highRange = smear(highDiffering);
  const lowRange = highDiffering !== 0 ? ALL : smear((low(UMIN) ^ low(UMAX)) >>> 0);
  const highMask = high(MASK) & highRange;
  const lowMask = low(MASK) & lowRange;
  set(
    VALUE,
    ((high(VALUE) | (high(UMIN) & ~highRange)) & ~highMask) >>> 0,
    ((low(VALUE) | (low(UMIN) & ~lowRange)) & ~lowMask) >>> 0,
  );
  set(MASK, highMask >>> 0, lowMask >>> 0);
}

function bitsFromBounds(draft: Draft): void {
  intersectWithRange();
  const range = smear((draft.u32min ^ draft.u32max) >>> 0);
  const mask = low(MASK) & range;
  const value = (low(VALUE) | (draft.u32min & ~range)) & ~mask;
  set(VALUE, high(VALUE), value >>> 0);
  set(MASK, (high(MASK) & ~high(VALUE)) >>> 0, (mask & ~value) >>> 0);
}
