/** An interface that packets were captured on: its link layer, and what its times are counted in. */
import type { PacketTime } from '../pcap/time.ts';
import { optionsOf, textOf } from './options.ts';

const NAME = 2;
const RESOLUTION = 9;
const OFFSET = 14;
/** Of a resolution's byte: a power of two and none of ten. */
const IS_BINARY = 0x80;
const SECOND_NS = 1_000_000_000n;
/** Times of 64 bits that count less than this part of a second hold no date. */
const DECIMALS_MAX = 30;
const BITS_MAX = 96;

export class Interface {
  readonly linkType: number;
  /** 0 for no limit. */
  readonly snapLength: number;
  readonly name: string | undefined;
  /** Packets lost as those behind them say, and as the interface's statistics do. */
  #lostBefore = 0;
  #lostInAll = 0;
  readonly #unitsPerSecond: bigint;
  /** 1 or 1000 where that is all there is to a time; 0 where more has to be computed. */
  readonly #unitNs: number;
  readonly #offsetNs: bigint;

  constructor(
    linkType: number,
    snapLength: number,
    name: string | undefined,
    unitsPerSecond: bigint,
    offsetSeconds: bigint,
  ) {
    this.linkType = linkType;
    this.snapLength = snapLength;
    this.name = name;
    this.#unitsPerSecond = unitsPerSecond;
    this.#offsetNs = offsetSeconds * SECOND_NS;
    const isPlain = offsetSeconds === 0n && (unitsPerSecond === 1_000_000n || unitsPerSecond === SECOND_NS);
    this.#unitNs = isPlain ? Number(SECOND_NS / unitsPerSecond) : 0;
  }

  /** Hot. */
  setTime(time: PacketTime, high: number, low: number): void {
    if (this.#unitNs > 0) time.setUnits(high, low, this.#unitNs);
    else {
      const units = (BigInt(high) << 32n) | BigInt(low);
      time.set(BigInt.asUintN(64, (units * SECOND_NS) / this.#unitsPerSecond + this.#offsetNs));
    }
  }

  /** How many more losses are known now that a packet tells of so many right before it. */
  lostBefore(packets: number): number {
    const before = this.#known;
    this.#lostBefore += packets;
    return this.#known - before;
  }

  /** The same now that statistics tell of so many since the capture began. */
  lostInAll(packets: number): number {
    const before = this.#known;
    this.#lostInAll = Math.max(this.#lostInAll, packets);
    return this.#known - before;
  }

  get #known(): number {
    return Math.max(this.#lostBefore, this.#lostInAll);
  }
}

/** Reads a description block's body, from its link type on; undefined where times cannot be told. */
export function readInterface(
  bytes: Uint8Array,
  view: DataView,
  body: number,
  end: number,
  isLittleEndian: boolean,
): Interface | undefined {
  let name: string | undefined;
  let unitsPerSecond: bigint | undefined = 1_000_000n;
  let offsetSeconds = 0n;
  for (const option of optionsOf(view, body + 8, end, isLittleEndian)) {
    if (option.code === NAME) name = textOf(bytes, option);
    else if (option.code === RESOLUTION && option.length === 1)
      unitsPerSecond = unitsOf(view.getUint8(option.at));
    else if (option.code === OFFSET && option.length === 8)
      offsetSeconds = view.getBigInt64(option.at, isLittleEndian);
  }
  if (unitsPerSecond === undefined) return undefined;
  const linkType = view.getUint16(body, isLittleEndian);
  return new Interface(
    linkType,
    view.getUint32(body + 4, isLittleEndian),
    name,
    unitsPerSecond,
    offsetSeconds,
  );
}

function unitsOf(resolution: number): bigint | undefined {
  const power = resolution & ~IS_BINARY;
  const isBinary = (resolution & IS_BINARY) !== 0;
  if (power > (isBinary ? BITS_MAX : DECIMALS_MAX)) return undefined;
  return isBinary ? 1n << BigInt(power) : 10n ** BigInt(power);
}
