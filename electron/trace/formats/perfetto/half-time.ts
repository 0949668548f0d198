/** A time of 64 bits as two halves, that differences are added to. Hot. */

const UINT32 = 4_294_967_296;

export class HalfTime {
  high = 0;
  low = 0;

  restart(): void {
    this.high = 0;
    this.low = 0;
  }

  add(high: number, low: number): void {
    const sum = this.low + low;
    this.low = sum % UINT32;
    this.high = (this.high + high + (sum >= UINT32 ? 1 : 0)) % UINT32;
  }

  isAfter(other: HalfTime): boolean {
    return this.high > other.high || (this.high === other.high && this.low > other.low);
  }
}
