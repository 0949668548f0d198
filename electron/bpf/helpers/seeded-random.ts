/** What bpf_get_prandom_u32() answers where the same run has to give the same numbers. */
export class SeededRandom {
  #state = 0x9e3779b9;

  /** xorshift32: not for secrets. 32 bits. */
  next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return x >>> 0;
  }
}
