// Parses the part of SOQL the simulator knows:
//   SELECT fields, parent paths, child subqueries, aggregates or COUNT()
//   FROM object [WHERE …] [GROUP BY …] [ORDER BY …] [LIMIT n] [OFFSET n]
// Anything else is MALFORMED_QUERY. As in Salesforce, AND and OR need parentheses where both stand at one level.

import { SalesforceError } from './errors.ts';
import { Cursor } from './soql-cursor.ts';
import { daysOf } from './soql-dates.ts';
import { errorAt, malformed, type Token } from './soql-lex.ts';
import {
  type Aggregate,
  AGGREGATES,
  type Condition,
  type Literal,
  type Operator,
  type Order,
  type Path,
  type Query,
} from './soql-tree.ts';

const MAX_STATEMENT = 100_000;
const MAX_OFFSET = 2000;
const MAX_SEMI_JOINS = 2;
const OPERATORS = ['=', '!=', '<>', '<', '>', '<=', '>='];

/** The statement as a tree; MALFORMED_QUERY when it is none, or too long. Days are those of the time zone. */
export function parseSoql(soql: string, timeZone = 'GMT'): Query {
  if (soql.length > MAX_STATEMENT)
    throw new SalesforceError('MALFORMED_QUERY', `SOQL statements cannot be longer than ${MAX_STATEMENT} characters.`);
  const parser = new Parser(soql, timeZone);
  const query = parser.query();
  parser.expectEnd();
  return query;
}

class Parser extends Cursor {
  readonly #timeZone: string;
  #semiJoins = 0;
  #inSemiJoin = false;

  constructor(soql: string, timeZone: string) {
    super(soql);
    this.#timeZone = timeZone;
  }

  query(): Query {
    this.expectWord('SELECT');
    const query: Query = {
      soql: this.soql,
      count: false,
      fields: [],
      aggregates: [],
      children: [],
      object: { names: [], at: 0 },
      where: undefined,
      groupBy: [],
      orderBy: [],
      limit: undefined,
      offset: 0,
    };
    do this.#selected(query);
    while (this.takeSymbol(','));
    this.expectWord('FROM');
    query.object = this.#path();
    if (this.takeWord('WHERE')) query.where = this.#condition();
    if (this.takeWord('GROUP')) {
      this.expectWord('BY');
      do query.groupBy.push(this.#path());
      while (this.takeSymbol(','));
    }
    if (query.count && (query.groupBy.length > 0 || this.isWord('ORDER'))) throw malformed(this.soql, this.peek());
    if (this.takeWord('ORDER')) {
      this.expectWord('BY');
      do query.orderBy.push(this.#order());
      while (this.takeSymbol(','));
    }
    if (this.takeWord('LIMIT')) query.limit = this.#wholeNumber();
    if (this.takeWord('OFFSET')) query.offset = this.#wholeNumber();
    if (query.offset > MAX_OFFSET) {
      throw new SalesforceError('NUMBER_OUTSIDE_VALID_RANGE', `Maximum SOQL offset allowed is ${MAX_OFFSET}`);
    }
    return query;
  }

  #selected(query: Query): void {
    if (this.takeSymbol('(')) {
      query.children.push(this.query());
      this.expectSymbol(')');
      return;
    }
    const start = this.mark();
    if (this.takeWord('COUNT') && this.takeSymbol('(') && this.takeSymbol(')')) {
      if (query.fields.length > 0 || query.aggregates.length > 0 || query.children.length > 0 || this.isSymbol(','))
        throw malformed(this.soql, this.peek());
      query.count = true;
      return;
    }
    this.backTo(start);
    const selected = this.#pathOrAggregate();
    const isColumnName = this.peek().kind === 'name' && !this.isWord('FROM');
    const column = isColumnName ? { ...selected, alias: this.take().text } : selected;
    if ('path' in column) query.aggregates.push(column);
    else query.fields.push(column);
  }

  #pathOrAggregate(): Path | Aggregate {
    const path = this.#path();
    if (!this.takeSymbol('(')) return path;
    const name = AGGREGATES.find((one) => one === path.names.join('.').toUpperCase());
    if (name === undefined) throw malformed(this.soql, this.peek());
    const aggregate = { name, path: this.#path() };
    this.expectSymbol(')');
    return aggregate;
  }

  #condition(): Condition {
    const first = this.#term();
    const joiner = (['AND', 'OR'] as const).find((word) => this.isWord(word));
    if (joiner === undefined) return first;
    const terms = [first];
    // The other joiner may not follow: whoever asked for the condition refuses it as an unexpected token.
    while (this.takeWord(joiner)) terms.push(this.#term());
    if (joiner === 'OR' && terms.some(hasSemiJoin))
      throw this.#refused(this.peek().at, "Semi join sub-selects are not allowed with the 'OR' operator");
    return { kind: joiner === 'AND' ? 'and' : 'or', terms };
  }

  #term(): Condition {
    if (this.isWord('NOT')) {
      const { at } = this.take();
      const term = this.#term();
      if (hasSemiJoin(term)) throw this.#refused(at, "Semi join sub-selects are not allowed with the 'NOT' operator");
      return { kind: 'not', term };
    }
    if (this.takeSymbol('(')) {
      const inner = this.#condition();
      this.expectSymbol(')');
      return inner;
    }
    const path = this.#path();
    const negated = this.takeWord('NOT');
    if (negated && !this.isWord('IN')) throw malformed(this.soql, this.peek());
    if (this.takeWord('IN')) return { kind: 'in', path, negated, values: this.#list() };
    if (this.takeWord('LIKE')) return { kind: 'compare', path, operator: 'LIKE', value: this.#literal(true) };
    const token = this.take();
    if (token.kind !== 'symbol' || !OPERATORS.includes(token.text)) throw malformed(this.soql, token);
    const operator = token.text === '<>' ? '!=' : (token.text as Operator);
    return { kind: 'compare', path, operator, value: this.#literal(false) };
  }

  #list(): Literal[] | Query {
    this.expectSymbol('(');
    let values: Literal[] | Query;
    if (this.isWord('SELECT')) values = this.#semiJoin();
    else {
      values = [];
      do values.push(this.#literal(false));
      while (this.takeSymbol(','));
    }
    this.expectSymbol(')');
    return values;
  }

  #semiJoin(): Query {
    const { at } = this.peek();
    if (this.#inSemiJoin) throw this.#refused(at, 'Nesting of semi join sub-selects is not supported');
    this.#semiJoins += 1;
    if (this.#semiJoins > MAX_SEMI_JOINS)
      throw this.#refused(at, `Maximum ${MAX_SEMI_JOINS} semi join sub-selects are allowed.`);
    this.#inSemiJoin = true;
    const query = this.query();
    this.#inSemiJoin = false;
    return query;
  }

  #refused(at: number, message: string): SalesforceError {
    return errorAt('MALFORMED_QUERY', this.soql, at, message);
  }

  #literal(forLike: boolean): Literal {
    const token = this.take();
    const word = token.text.toLowerCase();
    if (token.kind === 'string') return { kind: 'string', text: forLike ? token.text : this.#unescaped(token) };
    if (token.kind === 'number' || token.kind === 'date' || token.kind === 'datetime')
      return { kind: token.kind, text: token.text };
    if (token.kind === 'dateLiteral')
      return { kind: token.kind, text: token.text, days: daysOf(token.text, Date.now(), this.#timeZone) };
    if (token.kind === 'name' && (word === 'true' || word === 'false')) return { kind: 'boolean', text: word };
    if (token.kind === 'name' && word === 'null') return { kind: 'null', text: word };
    throw malformed(this.soql, token);
  }

  #unescaped(token: Token): string {
    return token.text.replace(/\\([\\_%])/g, (_, char: string) => {
      if (char !== '\\')
        throw errorAt('MALFORMED_QUERY', this.soql, token.at, `invalid string literal: \\${char} is for LIKE only`);
      return char;
    });
  }

  #order(): Order {
    const by = this.#pathOrAggregate();
    const descending = this.takeWord('DESC');
    if (!descending) this.takeWord('ASC');
    let nullsLast = false;
    if (this.takeWord('NULLS')) {
      nullsLast = this.takeWord('LAST');
      if (!nullsLast) this.expectWord('FIRST');
    }
    return { by, descending, nullsLast };
  }

  #path(): Path {
    const token = this.take();
    if (token.kind !== 'name') throw malformed(this.soql, token);
    return { names: token.text.split('.'), at: token.at };
  }

  #wholeNumber(): number {
    const token = this.take();
    if (token.kind !== 'number' || !/^\d+$/.test(token.text)) throw malformed(this.soql, token);
    return Number(token.text);
  }
}

function hasSemiJoin(condition: Condition): boolean {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.terms.some(hasSemiJoin);
    case 'not':
      return hasSemiJoin(condition.term);
    case 'in':
      return !Array.isArray(condition.values);
    case 'compare':
      return false;
    default:
      return condition satisfies never;
  }
}
