/**
 * LZMA: a range coder's bits to bytes, one LZMA2 chunk at a time. As the LZMA specification (Igor Pavlov, 2015)
 * and the xz file format have it. The caller hands over whole chunks, so that nothing here stops half way.
 */

const STATES = 12;
const POSITIONS = 16;
const MATCH_LENGTH_MIN = 2;
const LENGTH_STATES = 4;
const ALIGN_BITS = 4;
const DISTANCE_MODELS_END = 14;
const FULL_DISTANCES = 128;
const HALF = 1024;
const SIGN = 0x8000_0000 | 0;

/** Places in the one table of probabilities. */
const LENGTH_CODER = 2 + 2 * POSITIONS * 8 + 256;
const AT_IS_MATCH = 0;
const AT_IS_REP = AT_IS_MATCH + STATES * POSITIONS;
const AT_IS_REP0 = AT_IS_REP + STATES;
const AT_IS_REP1 = AT_IS_REP0 + STATES;
const AT_IS_REP2 = AT_IS_REP1 + STATES;
const AT_IS_REP0_LONG = AT_IS_REP2 + STATES;
const AT_SLOT = AT_IS_REP0_LONG + STATES * POSITIONS;
const AT_SPECIAL = AT_SLOT + LENGTH_STATES * 64;
const AT_ALIGN = AT_SPECIAL + 1 + FULL_DISTANCES - DISTANCE_MODELS_END;
const AT_LENGTH = AT_ALIGN + (1 << ALIGN_BITS);
const AT_REP_LENGTH = AT_LENGTH + LENGTH_CODER;
const AT_LITERAL = AT_REP_LENGTH + LENGTH_CODER;
const LITERAL_CODER = 0x300;
/** LZMA2 allows 4 bits of context for literals. */
const LITERAL_BITS_MAX = 4;

/** Where bytes are written and looked up. */
export interface Window {
  bytes: Uint8Array;
  /** The first that may still be looked up. */
  first: number;
  /** Where the dictionary began, which positions count from; before 0 once bytes were moved. */
  origin: number;
  /** The next that is written. */
  position: number;
}

export class LzmaDecoder {
  readonly #probabilities = new Uint16Array(AT_LITERAL + (LITERAL_CODER << LITERAL_BITS_MAX));
  #literalContextBits = 0;
  #literalPositionMask = 0;
  #positionMask = 0;
  #state = 0;
  #rep0 = 0;
  #rep1 = 0;
  #rep2 = 0;
  #rep3 = 0;
  #input: Uint8Array = new Uint8Array(0);
  #at = 0;
  #range = 0;
  #code = 0;

  /** The byte that says how literals and positions are told apart; false where LZMA2 does not allow it. */
  setProperties(properties: number): boolean {
    const literalContextBits = properties % 9;
    const rest = (properties - literalContextBits) / 9;
    const literalPositionBits = rest % 5;
    const positionBits = (rest - literalPositionBits) / 5;
    if (positionBits > 4 || literalContextBits + literalPositionBits > LITERAL_BITS_MAX) return false;
    this.#literalContextBits = literalContextBits;
    this.#literalPositionMask = (1 << literalPositionBits) - 1;
    this.#positionMask = (1 << positionBits) - 1;
    return true;
  }

  reset(): void {
    this.#probabilities.fill(HALF);
    this.#state = 0;
    this.#rep0 = this.#rep1 = this.#rep2 = this.#rep3 = 0;
  }

  /**
   * Decodes exactly `sizeBytes` from all of `input` into the window, which has room for them. False where the
   * data is damaged: it looks up what is not there, or does not end where it should. Hot.
   */
  decode(input: Uint8Array, window: Window, sizeBytes: number): boolean {
    if (input.length < 5 || input[0] !== 0) return false;
    this.#input = input;
    this.#at = 5;
    this.#range = -1;
    this.#code =
      ((input[1] as number) << 24) |
      ((input[2] as number) << 16) |
      ((input[3] as number) << 8) |
      (input[4] as number);
    const { bytes, first, origin } = window;
    const end = window.position + sizeBytes;
    let position = window.position;
    while (position < end) {
      const positionState = (position - origin) & this.#positionMask;
      if (this.#bit(AT_IS_MATCH + (this.#state << 4) + positionState) === 0) {
        bytes[position] = this.#literal(bytes, position, first, position - origin);
        position += 1;
        continue;
      }
      const length = this.#match(positionState);
      const distance = this.#rep0 + 1;
      if (distance > position - first || distance <= 0) return false;
      if (length > end - position) return false;
      // Byte by byte: what is copied may be what was just written.
      for (const to = position + length; position < to; position += 1)
        bytes[position] = bytes[position - distance] as number;
    }
    window.position = position;
    this.#normalise();
    return this.#code === 0 && this.#at === input.length;
  }

  #literal(bytes: Uint8Array, position: number, first: number, count: number): number {
    const before = position > first ? (bytes[position - 1] as number) : 0;
    const context =
      ((count & this.#literalPositionMask) << this.#literalContextBits) +
      (before >>> (8 - this.#literalContextBits));
    const coder = AT_LITERAL + LITERAL_CODER * context;
    let symbol = 1;
    if (this.#state >= 7) {
      // After a match, the byte that would have gone on with it is a hint.
      const at = position - this.#rep0 - 1;
      let hint = at >= first ? (bytes[at] as number) : 0;
      let offset = 0x100;
      while (symbol < 0x100) {
        hint <<= 1;
        const hinted = hint & offset;
        const bit = this.#bit(coder + offset + hinted + symbol);
        symbol = (symbol << 1) | bit;
        offset = bit === 0 ? offset & ~hinted : hinted;
      }
    } else {
      while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(coder + symbol);
    }
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
    return symbol & 0xff;
  }

  /** Sets rep0 and gives the length of a match. */
  #match(positionState: number): number {
    const state = this.#state;
    if (this.#bit(AT_IS_REP + state) === 0) {
      this.#rep3 = this.#rep2;
      this.#rep2 = this.#rep1;
      this.#rep1 = this.#rep0;
      const length = this.#length(AT_LENGTH, positionState);
      this.#state = state < 7 ? 7 : 10;
      this.#rep0 = this.#distance(Math.min(length - MATCH_LENGTH_MIN, LENGTH_STATES - 1));
      return length;
    }
    if (this.#bit(AT_IS_REP0 + state) === 0) {
      if (this.#bit(AT_IS_REP0_LONG + (state << 4) + positionState) === 0) {
        this.#state = state < 7 ? 9 : 11;
        return 1;
      }
    } else {
      let distance: number;
      if (this.#bit(AT_IS_REP1 + state) === 0) distance = this.#rep1;
      else {
        if (this.#bit(AT_IS_REP2 + state) === 0) distance = this.#rep2;
        else {
          distance = this.#rep3;
          this.#rep3 = this.#rep2;
        }
        this.#rep2 = this.#rep1;
      }
      this.#rep1 = this.#rep0;
      this.#rep0 = distance;
    }
    const length = this.#length(AT_REP_LENGTH, positionState);
    this.#state = state < 7 ? 8 : 11;
    return length;
  }

  #length(coder: number, positionState: number): number {
    if (this.#bit(coder) === 0) return MATCH_LENGTH_MIN + this.#tree(coder + 2 + (positionState << 3), 3);
    if (this.#bit(coder + 1) === 0)
      return MATCH_LENGTH_MIN + 8 + this.#tree(coder + 2 + 8 * POSITIONS + (positionState << 3), 3);
    return MATCH_LENGTH_MIN + 16 + this.#tree(coder + 2 + 16 * POSITIONS, 8);
  }

  #distance(lengthState: number): number {
    const slot = this.#tree(AT_SLOT + (lengthState << 6), 6);
    if (slot < 4) return slot;
    const bits = (slot >>> 1) - 1;
    const base = (2 | (slot & 1)) << bits;
    if (slot < DISTANCE_MODELS_END) return base + this.#reverseTree(AT_SPECIAL + base - slot, bits);
    const high = this.#directBits(bits - ALIGN_BITS) << ALIGN_BITS;
    // Past 2^31 it is negative here, and refused as any distance that leads out of the window.
    return (base + high + this.#reverseTree(AT_ALIGN, ALIGN_BITS)) | 0;
  }

  #tree(at: number, bits: number): number {
    let symbol = 1;
    for (let bit = 0; bit < bits; bit++) symbol = (symbol << 1) | this.#bit(at + symbol);
    return symbol - (1 << bits);
  }

  #reverseTree(at: number, bits: number): number {
    let symbol = 1;
    let value = 0;
    for (let index = 0; index < bits; index++) {
      const bit = this.#bit(at + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << index;
    }
    return value;
  }

  #directBits(bits: number): number {
    let value = 0;
    for (let index = 0; index < bits; index++) {
      this.#normalise();
      this.#range >>>= 1;
      this.#code = (this.#code - this.#range) | 0;
      const isUnder = this.#code >> 31;
      this.#code = (this.#code + (this.#range & isUnder)) | 0;
      value = (value << 1) + isUnder + 1;
    }
    return value;
  }

  /** 32-bit arithmetic on signed numbers: V8 keeps them in registers. */
  #bit(at: number): 0 | 1 {
    this.#normalise();
    const probability = this.#probabilities[at] as number;
    const bound = Math.imul(this.#range >>> 11, probability);
    if ((this.#code ^ SIGN) < (bound ^ SIGN)) {
      this.#range = bound;
      this.#probabilities[at] = probability + ((2048 - probability) >>> 5);
      return 0;
    }
    this.#range = (this.#range - bound) | 0;
    this.#code = (this.#code - bound) | 0;
    this.#probabilities[at] = probability - (probability >>> 5);
    return 1;
  }

  #normalise(): void {
    if ((this.#range & 0xff00_0000) !== 0) return;
    this.#range <<= 8;
    // Past the end it reads zeros, and the end is not where it should be.
    this.#code = (this.#code << 8) | (this.#at < this.#input.length ? (this.#input[this.#at] as number) : 0);
    this.#at += 1;
  }
}
