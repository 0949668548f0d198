/**
 * The C expressions of `print fmt:` lines as trees: what the kernel prints a field through. Casts say nothing of
 * the value and are dropped. Cold: once an event type.
 */

export type Expression =
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'text'; readonly value: string }
  /** `REC->name`. */
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Expression[] }
  | { readonly kind: 'element'; readonly of: Expression; readonly index: Expression }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'unary'; readonly operator: string; readonly of: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'choice';
      readonly condition: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    };

const TOKEN =
  /\s*(?:("(?:[^"\\]|\\.)*")|(0[xX][0-9a-fA-F]+|\d+)[uUlL]*|([A-Za-z_]\w*)|(->|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^~!<>()[\]{},?:.]))/y;
/** How tightly an operator binds; a higher one is bound first. */
const STRENGTH: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '|': 3,
  '^': 4,
  '&': 5,
  '==': 6,
  '!=': 6,
  '<': 7,
  '>': 7,
  '<=': 7,
  '>=': 7,
  '<<': 8,
  '>>': 8,
  '+': 9,
  '-': 9,
  '*': 10,
  '/': 10,
  '%': 10,
};
const TYPE_WORD =
  /^(unsigned|signed|int|char|short|long|const|void|struct|enum|union|bool|u8|u16|u32|u64|s8|s16|s32|s64|__u\d+|__s\d+|__be\d+|__le\d+|\w+_t)$/;
/** Nesting of an expression; GFP flags reach about 20. */
const DEPTH_MAX = 200;

/** The expressions of a list, parted by commas; undefined where the text is not such a list. */
export function parseExpressions(text: string): readonly Expression[] | undefined {
  const tokens = tokensOf(text);
  if (tokens === undefined) return undefined;
  const parser = new Parser(tokens);
  try {
    return parser.all();
  } catch (error) {
    if (error instanceof NotAnExpression) return undefined;
    throw error;
  }
}

class NotAnExpression extends Error {}

function tokensOf(text: string): string[] | undefined {
  const tokens: string[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    if (match === null) return undefined;
    tokens.push(match[1] ?? match[2] ?? match[3] ?? match[4] ?? '');
  }
  return tokens;
}

class Parser {
  readonly #tokens: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  all(): Expression[] {
    const list = this.#list(undefined);
    if (this.#at < this.#tokens.length) throw new NotAnExpression();
    return list;
  }

  #list(closing: string | undefined): Expression[] {
    const items: Expression[] = [];
    while (this.#peek() !== closing) {
      items.push(this.#choice());
      if (this.#peek() !== ',') break;
      this.#at += 1;
    }
    if (closing !== undefined) this.#expect(closing);
    return items;
  }

  #choice(): Expression {
    if ((this.#depth += 1) > DEPTH_MAX) throw new NotAnExpression();
    const condition = this.#binary(1);
    let result = condition;
    if (this.#peek() === '?') {
      this.#at += 1;
      const yes = this.#choice();
      this.#expect(':');
      result = { kind: 'choice', condition, yes, no: this.#choice() };
    }
    this.#depth -= 1;
    return result;
  }

  #binary(weakest: number): Expression {
    let left = this.#unary();
    for (;;) {
      const operator = this.#peek() ?? '';
      const strength = STRENGTH[operator];
      if (strength === undefined || strength < weakest) return left;
      this.#at += 1;
      left = folded({ kind: 'binary', operator, left, right: this.#binary(strength + 1) });
    }
  }

  #unary(): Expression {
    const token = this.#peek() ?? '';
    if (token === '!' || token === '~' || token === '-' || token === '&' || token === '*') {
      this.#at += 1;
      return folded({ kind: 'unary', operator: token, of: this.#unary() });
    }
    if (token === '(' && this.#isCast()) {
      while (this.#next() !== ')');
      return this.#unary();
    }
    return this.#postfix(this.#primary());
  }

  /** `(unsigned long) x`: words of types and stars up to the bracket, and something behind it. */
  #isCast(): boolean {
    let at = this.#at + 1;
    let words = 0;
    for (; this.#tokens[at] !== ')'; at++) {
      const token = this.#tokens[at] ?? '';
      if (token === '*') continue;
      const isTagged = /^(struct|enum|union)$/.test(this.#tokens[at - 1] ?? '');
      if (!TYPE_WORD.test(token) && !isTagged) return false;
      words += 1;
    }
    return words > 0;
  }

  #primary(): Expression {
    const token = this.#next();
    if (token === '(') {
      const inner = this.#choice();
      this.#expect(')');
      return inner;
    }
    if (token === '{') return { kind: 'list', items: this.#list('}') };
    if (token.startsWith('"')) return this.#text(token);
    if (/^\d/.test(token)) return { kind: 'number', value: BigInt(token) };
    if (token === 'REC' && this.#peek() === '->') {
      this.#at += 1;
      return { kind: 'field', name: this.#next() };
    }
    if (!/^[A-Za-z_]/.test(token)) throw new NotAnExpression();
    return { kind: 'name', name: token };
  }

  /** Texts that stand side by side are one. */
  #text(first: string): Expression {
    let value = unquoted(first);
    while (this.#peek()?.startsWith('"') === true) value += unquoted(this.#next());
    return { kind: 'text', value };
  }

  #postfix(start: Expression): Expression {
    let result = start;
    for (;;) {
      const token = this.#peek();
      if (token === '(') {
        this.#at += 1;
        result = {
          kind: 'call',
          name: result.kind === 'name' ? result.name : '',
          arguments: this.#list(')'),
        };
      } else if (token === '[') {
        this.#at += 1;
        const index = this.#choice();
        this.#expect(']');
        result = { kind: 'element', of: result, index };
      } else if (token === '.' || token === '->') {
        this.#at += 1;
        result = { kind: 'call', name: '', arguments: [result, { kind: 'name', name: this.#next() }] };
      } else return result;
    }
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #next(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new NotAnExpression();
    this.#at += 1;
    return token;
  }

  #expect(token: string): void {
    if (this.#next() !== token) throw new NotAnExpression();
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t' };

function unquoted(token: string): string {
  return token.slice(1, -1).replace(/\\(.)/g, (_, letter: string) => ESCAPES[letter] ?? letter);
}

/** An operation on numbers is its result. */
function folded(expression: Extract<Expression, { kind: 'unary' | 'binary' }>): Expression {
  if (expression.kind === 'unary') {
    if (expression.of.kind !== 'number') return expression;
    const { value } = expression.of;
    if (expression.operator === '~') return { kind: 'number', value: ~value };
    if (expression.operator === '-') return { kind: 'number', value: -value };
    if (expression.operator === '!') return { kind: 'number', value: value === 0n ? 1n : 0n };
    return expression;
  }
  const { operator, left, right } = expression;
  if (left.kind !== 'number' || right.kind !== 'number') return expression;
  const value = computed(operator, left.value, right.value);
  return value === undefined ? expression : { kind: 'number', value: BigInt.asIntN(64, value) };
}

function computed(operator: string, left: bigint, right: bigint): bigint | undefined {
  switch (operator) {
    case '|':
      return left | right;
    case '&':
      return left & right;
    case '^':
      return left ^ right;
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '<<':
      return right >= 0n && right < 64n ? left << right : undefined;
    case '>>':
      return right >= 0n && right < 64n ? left >> right : undefined;
    default:
      return undefined;
  }
}
