// Goes through the tokens of a SOQL statement; an unexpected one is MALFORMED_QUERY.

import { malformed, type Token, tokenize } from './soql-lex.ts';

export class Cursor {
  protected readonly soql: string;
  readonly #tokens: Token[];
  #next = 0;

  constructor(soql: string) {
    this.soql = soql;
    this.#tokens = tokenize(soql);
  }

  expectEnd(): void {
    if (this.peek().kind !== 'end') throw malformed(this.soql, this.peek());
  }

  protected peek(): Token {
    return this.#tokens[Math.min(this.#next, this.#tokens.length - 1)] as Token;
  }

  /** The place of the next token, to come back to. */
  protected mark(): number {
    return this.#next;
  }

  protected backTo(mark: number): void {
    this.#next = mark;
  }

  protected take(): Token {
    const token = this.peek();
    this.#next += 1;
    return token;
  }

  protected isWord(word: string): boolean {
    return this.peek().kind === 'name' && this.peek().text.toUpperCase() === word;
  }

  protected takeWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.#next += 1;
    return true;
  }

  protected expectWord(word: string): void {
    if (!this.takeWord(word)) throw malformed(this.soql, this.peek());
  }

  protected isSymbol(symbol: string): boolean {
    return this.peek().kind === 'symbol' && this.peek().text === symbol;
  }

  protected takeSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.#next += 1;
    return true;
  }

  protected expectSymbol(symbol: string): void {
    if (!this.takeSymbol(symbol)) throw malformed(this.soql, this.peek());
  }
}
