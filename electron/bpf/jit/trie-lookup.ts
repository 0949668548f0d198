/**
 * Lookup in one longest prefix match trie as a WebAssembly function, address of a key to address of the
 * value or 0: LpmTrie.lookup() of maps/lpm-trie.ts with the map's sizes written in.
 */
import { roundUp8, STORAGE } from '../maps/descriptor.ts';
import { CHILD_0, DATA, IS_ENTRY, KEY_DATA, PREFIX_BITS } from '../maps/lpm-trie.ts';
import {
  above,
  add,
  and,
  atLeast,
  below,
  equal,
  FunctionBuilder,
  isZero,
  leadingZeros,
  load,
  loadByte,
  or,
  rotateLeft,
  shiftLeft,
  shiftRight,
  subtract,
  value,
  xor,
  type Expression,
  type Local,
} from './function-builder.ts';
import type { KnownMap } from './known-map.ts';
import type { Writer } from './writer.ts';

/** Data of more bytes, or of no whole words, is compared by the byte. An IPv6 address has 16. */
const UNROLLED_BYTES_MAX = 16;

export function writeTrieLookup(map: KnownMap): Writer {
  const f = new FunctionBuilder(1);
  const [key] = f.parameters as [Local];
  const dataBytes = map.keyBytes - KEY_DATA;
  const bits = f.local(load(value(key)));
  f.if(above(value(bits), 8 * dataBytes), () => f.return(0));
  const found = f.local();
  const node = f.local(load(map.descriptor, STORAGE));
  const nodeBits = f.local();
  const common = f.local();
  f.forever((leave) => {
    f.if(isZero(value(node)), leave);
    f.set(nodeBits, load(value(node), PREFIX_BITS));
    f.if(above(value(nodeBits), value(bits)), leave);
    setCommonBits(f, dataBytes, [node, key], common, nodeBits);
    f.if(below(value(common), value(nodeBits)), leave);
    f.if(equal(load(value(node), IS_ENTRY), 1), () =>
      f.set(found, add(value(node), DATA + roundUp8(dataBytes))),
    );
    f.if(equal(value(nodeBits), 8 * dataBytes), leave);
    f.set(node, load(add(value(node), shiftLeft(bitAt(key, nodeBits), 2)), CHILD_0));
  });
  f.return(value(found));
  return f.finish();
}

/** Bit `index` of the key's data, the most significant first. */
function bitAt(key: Local, index: Local): Expression {
  const byte = loadByte(add(value(key), shiftRight(value(index), 3)), KEY_DATA);
  return and(shiftRight(byte, subtract(7, and(value(index), 7))), 1);
}

/** Bits, from the first on, that are the same in node and key: exactly so many, or at least `needed`. */
function setCommonBits(
  f: FunctionBuilder,
  dataBytes: number,
  [node, key]: readonly [Local, Local],
  common: Local,
  needed: Local,
): void {
  if (dataBytes % 4 === 0 && dataBytes <= UNROLLED_BYTES_MAX)
    commonWords(f, dataBytes, [node, key], common, 0);
  else commonBytes(f, [node, key], common, needed);
}

/** From byte `at` on. */
function commonWords(
  f: FunctionBuilder,
  dataBytes: number,
  [node, key]: readonly [Local, Local],
  common: Local,
  at: number,
): void {
  if (at === dataBytes) {
    f.set(common, 8 * dataBytes);
    return;
  }
  const unlike = f.local(xor(load(value(node), DATA + at), load(value(key), KEY_DATA + at)));
  f.if(
    value(unlike),
    () => f.set(common, add(leadingZeros(swapped(unlike)), 8 * at)),
    () => commonWords(f, dataBytes, [node, key], common, at + 4),
  );
}

function commonBytes(
  f: FunctionBuilder,
  [node, key]: readonly [Local, Local],
  common: Local,
  needed: Local,
): void {
  const unlike = f.local();
  f.set(common, 0);
  f.forever((leave) => {
    f.if(atLeast(value(common), value(needed)), leave);
    const byte = (of: Local, offset: number): Expression =>
      loadByte(add(value(of), shiftRight(value(common), 3)), offset);
    f.set(unlike, xor(byte(node, DATA), byte(key, KEY_DATA)));
    f.if(value(unlike), () => {
      f.set(common, add(value(common), subtract(leadingZeros(value(unlike)), 24)));
      leave();
    });
    f.set(common, add(value(common), 8));
  });
}

/** The bytes in the other order: those of the network are the most significant first. */
function swapped(word: Local): Expression {
  return or(and(rotateLeft(value(word), 8), 0x00ff_00ff), and(rotateLeft(value(word), 24), 0xff00_ff00));
}
