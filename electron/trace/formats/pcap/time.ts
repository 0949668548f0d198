/** Times since 1970 in nanoseconds, as two halves of 32 bits: no bigint is made per packet. */

const UINT32 = 4_294_967_296;
const HALF = 65_536;
const SECOND_NS = 1_000_000_000;

export class PacketTime {
  high = 0;
  low = 0;

  /** Seconds, and nanoseconds which may be more than a second. Hot. */
  setSeconds(seconds: number, nanoseconds: number): void {
    const upper = Math.floor(seconds / HALF) * SECOND_NS;
    const lower = (seconds % HALF) * SECOND_NS + nanoseconds + (upper % HALF) * HALF;
    this.low = lower % UINT32;
    this.high = (Math.floor(upper / HALF) + Math.floor(lower / UINT32)) % UINT32;
  }

  /** A count of 64 bits of a thousand nanoseconds, or of one. Hot. */
  setUnits(high: number, low: number, unitNs: number): void {
    const lower = low * unitNs;
    this.low = lower % UINT32;
    this.high = (high * unitNs + Math.floor(lower / UINT32)) % UINT32;
  }

  set(timeNs: bigint): void {
    this.low = Number(timeNs & 0xffff_ffffn);
    this.high = Number((timeNs >> 32n) & 0xffff_ffffn);
  }

  get timeNs(): bigint {
    return (BigInt(this.high) << 32n) | BigInt(this.low);
  }
}
