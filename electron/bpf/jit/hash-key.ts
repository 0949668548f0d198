/** Hashing and comparing the keys of one map: maps/hash-key.ts, unrolled for short keys. */
import { KEY } from '../maps/hash.ts';
import { FINISH_1, FINISH_2, MIX, MIX_ROTATE } from '../maps/hash-key.ts';
import {
  add,
  and,
  atLeast,
  called,
  different,
  equal,
  FunctionBuilder,
  load,
  loadByte,
  multiply,
  rotateLeft,
  shiftRight,
  value,
  xor,
  type Expression,
  type Local,
} from './function-builder.ts';
import type { KnownMap } from './known-map.ts';
import type { MapCode, Signature } from './map-code.ts';
import { I32 } from './wasm.ts';
import type { Writer } from './writer.ts';

/** Longer keys are gone through in loops: unrolled, the code would grow beyond use. */
const UNROLLED_BYTES_MAX = 64;

const HASH_OF: Signature = { takes: [I32], gives: [I32] };
const ARE_SAME: Signature = { takes: [I32, I32], gives: [I32] };

/** hashBytes() of the key that `key` points to. */
export function hashOfKey(f: FunctionBuilder, { keyBytes }: KnownMap, code: MapCode, key: Local): Expression {
  if (keyBytes > UNROLLED_BYTES_MAX) {
    const index = code.functions.indexOf(`hash of ${keyBytes}`, HASH_OF, () => writeHash(keyBytes));
    return called(index, value(key));
  }
  const hash = f.local(keyBytes);
  for (const piece of pieces(keyBytes)) mix(f, hash, piece(key, 0));
  finishHash(f, hash);
  return value(hash);
}

/** 1 where the key of `entry` is the one that `key` points to. */
export function isSameKey({ keyBytes }: KnownMap, code: MapCode, entry: Local, key: Local): Expression {
  if (keyBytes > UNROLLED_BYTES_MAX) {
    const index = code.functions.indexOf(`same ${keyBytes}`, ARE_SAME, () => writeSame(keyBytes));
    return called(index, add(value(entry), KEY), value(key));
  }
  return pieces(keyBytes)
    .map((piece) => equal(piece(entry, KEY), piece(key, 0)))
    .reduce((all, each) => and(all, each));
}

type Piece = (at: Local, offset: number) => Expression;

/** A key as the words, then the bytes, that it is hashed and compared by. */
function pieces(keyBytes: number): readonly Piece[] {
  const words = Math.floor(keyBytes / 4);
  const word = (_: unknown, index: number): Piece => {
    return (at, offset) => load(value(at), offset + 4 * index);
  };
  const byte = (_: unknown, index: number): Piece => {
    return (at, offset) => loadByte(value(at), offset + 4 * words + index);
  };
  return [...Array.from({ length: words }, word), ...Array.from({ length: keyBytes % 4 }, byte)];
}

function mix(f: FunctionBuilder, hash: Local, piece: Expression): void {
  f.set(hash, rotateLeft(multiply(xor(value(hash), piece), MIX), MIX_ROTATE));
}

function finishHash(f: FunctionBuilder, hash: Local): void {
  const fold = (by: number): Expression => xor(value(hash), shiftRight(value(hash), by));
  f.set(hash, multiply(fold(16), FINISH_1));
  f.set(hash, multiply(fold(13), FINISH_2));
  f.set(hash, fold(16));
}

function writeHash(keyBytes: number): Writer {
  const f = new FunctionBuilder(1);
  const [key] = f.parameters as [Local];
  const hash = f.local(keyBytes);
  eachWord(f, keyBytes, [key], () => mix(f, hash, load(value(key))));
  for (const piece of pieces(keyBytes % 4)) mix(f, hash, piece(key, 0));
  finishHash(f, hash);
  f.return(value(hash));
  return f.finish();
}

function writeSame(keyBytes: number): Writer {
  const f = new FunctionBuilder(2);
  const [one, other] = f.parameters as [Local, Local];
  const giveUpWhere = (isDifferent: Expression): void => f.if(isDifferent, () => f.return(0));
  eachWord(f, keyBytes, [one, other], () => giveUpWhere(different(load(value(one)), load(value(other)))));
  for (const piece of pieces(keyBytes % 4)) giveUpWhere(different(piece(one, 0), piece(other, 0)));
  f.return(1);
  return f.finish();
}

/** Leaves the pointers behind the last whole word. */
function eachWord(
  f: FunctionBuilder,
  keyBytes: number,
  pointers: readonly [Local, ...Local[]],
  body: () => void,
): void {
  const end = f.local(add(value(pointers[0]), keyBytes - (keyBytes % 4)));
  f.forever((leave) => {
    f.if(atLeast(value(pointers[0]), value(end)), leave);
    body();
    for (const pointer of pointers) f.set(pointer, add(value(pointer), 4));
  });
}
