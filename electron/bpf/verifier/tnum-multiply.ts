/**
 * The product of two tristate numbers, by long multiplication: a bit of the one at a time, an unknown bit
 * meaning that the other is added or not. In halves of 32 bits, as plain numbers: 64 rounds of BigInt cost
 * more than the rest of a verification's step. Hot.
 */

/** Halves of the product so far: value low, high, mask low, high. */
const product = new Uint32Array(4);

/**
 * Long multiplication of `a` by `b`, each as value low, high, mask low, high. The result is in the same
 * order, in an array that the next call reuses.
 */
export function multiplyHalves(a: Readonly<Uint32Array>, b: Readonly<Uint32Array>): Readonly<Uint32Array> {
  product.fill(0);
  let valueLow = a[0] ?? 0;
  let valueHigh = a[1] ?? 0;
  let maskLow = a[2] ?? 0;
  let maskHigh = a[3] ?? 0;
  let addedLow = b[0] ?? 0;
  let addedHigh = b[1] ?? 0;
  let addedMaskLow = b[2] ?? 0;
  let addedMaskHigh = b[3] ?? 0;
  while ((valueLow | valueHigh | maskLow | maskHigh) !== 0) {
    if ((valueLow & 1) !== 0) addTo(addedLow, addedHigh, addedMaskLow, addedMaskHigh, false);
    else if ((maskLow & 1) !== 0) addTo(addedLow, addedHigh, addedMaskLow, addedMaskHigh, true);
    valueLow = ((valueLow >>> 1) | (valueHigh << 31)) >>> 0;
    valueHigh >>>= 1;
    maskLow = ((maskLow >>> 1) | (maskHigh << 31)) >>> 0;
    maskHigh >>>= 1;
    addedHigh = ((addedHigh << 1) | (addedLow >>> 31)) >>> 0;
    addedLow = (addedLow << 1) >>> 0;
    addedMaskHigh = ((addedMaskHigh << 1) | (addedMaskLow >>> 31)) >>> 0;
    addedMaskLow = (addedMaskLow << 1) >>> 0;
  }
  return product;
}

/** 1 where the sum of two lower halves carries over, from its wrapped result. */
function carry(sum: number, operand: number): number {
  return sum < operand ? 1 : 0;
}

/** Adds to the product; where it `isMaybe`, what holds with and without it stays. tnum_add(), tnum_union(). */
function addTo(low: number, high: number, maskLow: number, maskHigh: number, isMaybe: boolean): void {
  const oldLow = product[0] ?? 0;
  const oldHigh = product[1] ?? 0;
  const oldMaskLow = product[2] ?? 0;
  const oldMaskHigh = product[3] ?? 0;
  const sumLow = (oldLow + low) >>> 0;
  const sumHigh = (oldHigh + high + carry(sumLow, low)) >>> 0;
  const masksLow = (oldMaskLow + maskLow) >>> 0;
  const masksHigh = (oldMaskHigh + maskHigh + carry(masksLow, maskLow)) >>> 0;
  const allLow = (sumLow + masksLow) >>> 0;
  const allHigh = (sumHigh + masksHigh + carry(allLow, masksLow)) >>> 0;
  let unknownLow = (allLow ^ sumLow) | oldMaskLow | maskLow;
  let unknownHigh = (allHigh ^ sumHigh) | oldMaskHigh | maskHigh;
  let knownLow = sumLow & ~unknownLow;
  let knownHigh = sumHigh & ~unknownHigh;
  if (isMaybe) {
    unknownLow |= (oldLow ^ knownLow) | oldMaskLow;
    unknownHigh |= (oldHigh ^ knownHigh) | oldMaskHigh;
    knownLow &= oldLow & ~unknownLow;
    knownHigh &= oldHigh & ~unknownHigh;
  }
  product[0] = knownLow;
  product[1] = knownHigh;
  product[2] = unknownLow;
  product[3] = unknownHigh;
}
