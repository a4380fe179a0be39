// Parses the part of SOQL the simulator knows:
//   SELECT fields, parent paths, child subqueries or COUNT() FROM object [WHERE …] [ORDER BY …] [LIMIT n] [OFFSET n]
// Anything else is MALFORMED_QUERY. As in Salesforce, AND and OR need parentheses where both stand at one level.

import { SalesforceError } from './errors.ts';
import { errorAt, malformed, type Token, tokenize } from './soql-lex.ts';

export interface Query {
  soql: string;
  /** COUNT() selects no fields at all. */
  count: boolean;
  fields: Path[];
  children: Query[];
  object: Path;
  where: Condition | undefined;
  orderBy: Order[];
  limit: number | undefined;
  offset: number;
}

export interface Path {
  names: string[];
  at: number;
}

export interface Order {
  path: Path;
  descending: boolean;
  nullsLast: boolean;
}

export type Operator = '=' | '!=' | '<' | '>' | '<=' | '>=' | 'LIKE';

export interface Literal {
  kind: 'string' | 'number' | 'date' | 'datetime' | 'boolean' | 'null';
  text: string;
}

export type Condition =
  | { kind: 'and'; terms: Condition[] }
  | { kind: 'or'; terms: Condition[] }
  | { kind: 'not'; term: Condition }
  | { kind: 'compare'; path: Path; operator: Operator; value: Literal }
  | { kind: 'in'; path: Path; negated: boolean; values: Literal[] | Query };

const MAX_STATEMENT = 100_000;
const MAX_OFFSET = 2000;
const OPERATORS = ['=', '!=', '<>', '<', '>', '<=', '>='];

/** The statement as a tree; MALFORMED_QUERY when it is none, or too long. */
export function parseSoql(soql: string): Query {
  if (soql.length > MAX_STATEMENT)
    throw new SalesforceError('MALFORMED_QUERY', `SOQL statements cannot be longer than ${MAX_STATEMENT} characters.`);
  const parser = new Parser(soql);
  const query = parser.query();
  parser.expectEnd();
  return query;
}

class Parser {
  readonly #soql: string;
  readonly #tokens: Token[];
  #next = 0;

  constructor(soql: string) {
    this.#soql = soql;
    this.#tokens = tokenize(soql);
  }

  query(): Query {
    this.#expectWord('SELECT');
    const query: Query = {
      soql: this.#soql,
      count: false,
      fields: [],
      children: [],
      object: { names: [], at: 0 },
      where: undefined,
      orderBy: [],
      limit: undefined,
      offset: 0,
    };
    do this.#selected(query);
    while (this.#takeSymbol(','));
    this.#expectWord('FROM');
    query.object = this.#path();
    if (this.#takeWord('WHERE')) query.where = this.#condition();
    if (this.#takeWord('ORDER')) {
      this.#expectWord('BY');
      do query.orderBy.push(this.#order());
      while (this.#takeSymbol(','));
    }
    if (this.#takeWord('LIMIT')) query.limit = this.#wholeNumber();
    if (this.#takeWord('OFFSET')) query.offset = this.#wholeNumber();
    if (query.offset > MAX_OFFSET) {
      throw new SalesforceError('NUMBER_OUTSIDE_VALID_RANGE', `Maximum SOQL offset allowed is ${MAX_OFFSET}`);
    }
    return query;
  }

  expectEnd(): void {
    if (this.#peek().kind !== 'end') throw malformed(this.#soql, this.#peek());
  }

  #selected(query: Query): void {
    if (this.#takeSymbol('(')) {
      query.children.push(this.query());
      this.#expectSymbol(')');
      return;
    }
    const path = this.#path();
    if (path.names.length === 1 && path.names[0]?.toUpperCase() === 'COUNT' && this.#takeSymbol('(')) {
      this.#expectSymbol(')');
      if (query.fields.length > 0 || query.children.length > 0) throw malformed(this.#soql, this.#peek());
      query.count = true;
      if (this.#isSymbol(',')) throw malformed(this.#soql, this.#peek());
    } else query.fields.push(path);
  }

  #condition(): Condition {
    const first = this.#term();
    const joiner = (['AND', 'OR'] as const).find((word) => this.#isWord(word));
    if (joiner === undefined) return first;
    const terms = [first];
    // The other joiner may not follow: whoever asked for the condition refuses it as an unexpected token.
    while (this.#takeWord(joiner)) terms.push(this.#term());
    return { kind: joiner === 'AND' ? 'and' : 'or', terms };
  }

  #term(): Condition {
    if (this.#takeWord('NOT')) return { kind: 'not', term: this.#term() };
    if (this.#takeSymbol('(')) {
      const inner = this.#condition();
      this.#expectSymbol(')');
      return inner;
    }
    const path = this.#path();
    const negated = this.#takeWord('NOT');
    if (negated && !this.#isWord('IN')) throw malformed(this.#soql, this.#peek());
    if (this.#takeWord('IN')) return { kind: 'in', path, negated, values: this.#list() };
    if (this.#takeWord('LIKE')) return { kind: 'compare', path, operator: 'LIKE', value: this.#literal(true) };
    const token = this.#take();
    if (token.kind !== 'symbol' || !OPERATORS.includes(token.text)) throw malformed(this.#soql, token);
    const operator = token.text === '<>' ? '!=' : (token.text as Operator);
    return { kind: 'compare', path, operator, value: this.#literal(false) };
  }

  #list(): Literal[] | Query {
    this.#expectSymbol('(');
    let values: Literal[] | Query;
    if (this.#isWord('SELECT')) values = this.query();
    else {
      values = [];
      do values.push(this.#literal(false));
      while (this.#takeSymbol(','));
    }
    this.#expectSymbol(')');
    return values;
  }

  #literal(forLike: boolean): Literal {
    const token = this.#take();
    const word = token.text.toLowerCase();
    if (token.kind === 'string') return { kind: 'string', text: forLike ? token.text : this.#unescaped(token) };
    if (token.kind === 'number' || token.kind === 'date' || token.kind === 'datetime')
      return { kind: token.kind, text: token.text };
    if (token.kind === 'name' && (word === 'true' || word === 'false')) return { kind: 'boolean', text: word };
    if (token.kind === 'name' && word === 'null') return { kind: 'null', text: word };
    throw malformed(this.#soql, token);
  }

  #unescaped(token: Token): string {
    return token.text.replace(/\\([\\_%])/g, (_, char: string) => {
      if (char !== '\\')
        throw errorAt('MALFORMED_QUERY', this.#soql, token.at, `invalid string literal: \\${char} is for LIKE only`);
      return char;
    });
  }

  #order(): Order {
    const path = this.#path();
    const descending = this.#takeWord('DESC');
    if (!descending) this.#takeWord('ASC');
    let nullsLast = false;
    if (this.#takeWord('NULLS')) {
      nullsLast = this.#takeWord('LAST');
      if (!nullsLast) this.#expectWord('FIRST');
    }
    return { path, descending, nullsLast };
  }

  #path(): Path {
    const token = this.#take();
    if (token.kind !== 'name') throw malformed(this.#soql, token);
    return { names: token.text.split('.'), at: token.at };
  }

  #wholeNumber(): number {
    const token = this.#take();
    if (token.kind !== 'number' || !/^\d+$/.test(token.text)) throw malformed(this.#soql, token);
    return Number(token.text);
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#next, this.#tokens.length - 1)] as Token;
  }

  #take(): Token {
    const token = this.#peek();
    this.#next += 1;
    return token;
  }

  #isWord(word: string): boolean {
    return this.#peek().kind === 'name' && this.#peek().text.toUpperCase() === word;
  }

  #takeWord(word: string): boolean {
    if (!this.#isWord(word)) return false;
    this.#next += 1;
    return true;
  }

  #expectWord(word: string): void {
    if (!this.#takeWord(word)) throw malformed(this.#soql, this.#peek());
  }

  #isSymbol(symbol: string): boolean {
    return this.#peek().kind === 'symbol' && this.#peek().text === symbol;
  }

  #takeSymbol(symbol: string): boolean {
    if (!this.#isSymbol(symbol)) return false;
    this.#next += 1;
    return true;
  }

  #expectSymbol(symbol: string): void {
    if (!this.#takeSymbol(symbol)) throw malformed(this.#soql, this.#peek());
  }
}
