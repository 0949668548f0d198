/**
 * A message as tokens, its numbers masked: `pid=1234,` becomes `pid={u64},`. So lines that differ in numbers alone
 * are one template from the start, and what is masked is written as a log probe's template writes it.
 */

/** A line of more tokens is told by these, and what follows as text. */
const TOKENS_MAX = 48;
const TOKEN_CHARACTERS_MAX = 120;
/** `3f2a-77b0`: what mixes digits and letters so is an identifier, each time another. */
const MIXED = /^[(<["']*(?=[^\d]*\d)[0-9a-fA-F]{6,}(?:-[0-9a-fA-F]+)*[)>\]"',.:;]*$/;
/** Addresses and registers are hexadecimal without 0x: letters and digits, or zeros to sixteen digits. */
const NUMBERS =
  /0x[0-9a-fA-F]+|(?<![0-9A-Za-z_])(?:(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,16}|00[0-9a-f]{14})(?![0-9A-Za-z_])|\d+/g;
const NUMBER_RUNS_MAX = 4;
const DIGITS_MAX = 19;

export const REST = '{text}';
export const STRING = '{str}';

/** Tokens are what blanks part; several blanks stand as they are, with the token before them. */
export function maskedTokens(message: string): string[] {
  const end = message.indexOf('\n');
  const line = end < 0 ? message : message.slice(0, end);
  const tokens: string[] = [];
  for (const [token] of line.matchAll(/\S+\s*/g)) {
    if (tokens.length === TOKENS_MAX) {
      tokens.push(REST);
      break;
    }
    tokens.push(masked(token));
  }
  return tokens;
}

function masked(spaced: string): string {
  const token = spaced.trimEnd();
  const blanks = spaced.slice(token.length);
  if (token.length > TOKEN_CHARACTERS_MAX) return STRING + blanks;
  if (MIXED.test(token) && !/^\d+$/.test(token)) return STRING + blanks;
  const escaped = token.replace(/[{}]/g, '$&$&');
  let runs = 0;
  const text = escaped.replace(NUMBERS, (digits) => {
    runs += 1;
    if (digits.startsWith('0x')) return digits.length <= 18 ? '{hex}' : STRING;
    if (/[a-f]/.test(digits) || /^00\d{14}$/.test(digits)) return '{hex}';
    return digits.length <= DIGITS_MAX ? '{u64}' : STRING;
  });
  if (runs > NUMBER_RUNS_MAX || text.includes(STRING)) return STRING + blanks;
  return text.replace(/^-\{u64\}/, '{s64}') + blanks;
}

/** The token that stands for both of two; undefined where only any text does. */
export function joined(a: string, b: string): string {
  if (a === b) return a;
  // -5 and 5 are numbers both.
  if (a.replace('{s64}', '{u64}') === b.replace('{s64}', '{u64}')) return a.replace('{u64}', '{s64}');
  const blanks = /\s*$/.exec(a)?.[0] ?? '';
  return STRING + blanks;
}
