// Cuts a SOQL statement into tokens, and points at a place in it the way Salesforce's error messages do.

import { SalesforceError } from './errors.ts';

type TokenKind = 'name' | 'string' | 'number' | 'date' | 'datetime' | 'dateLiteral' | 'symbol' | 'end';

export interface Token {
  kind: TokenKind;
  /** The token as written; for a string its value, with LIKE's escaped wildcards still escaped. */
  text: string;
  at: number;
}

const MAX_STRING = 4000;
const PATTERNS: [Exclude<TokenKind, 'string' | 'end'>, RegExp][] = [
  ['datetime', /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)/y],
  ['date', /\d{4}-\d\d-\d\d/y],
  ['dateLiteral', /(?:TODAY|YESTERDAY|TOMORROW|(?:LAST_N_DAYS|NEXT_N_DAYS|N_DAYS_AGO):\d+)\b/iy],
  ['number', /[+-]?\d+(?:\.\d+)?/y],
  ['name', /[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*/y],
  ['symbol', /!=|<>|<=|>=|[=<>(),]/y],
];
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  N: '\n',
  r: '\r',
  R: '\r',
  t: '\t',
  T: '\t',
  b: '\b',
  B: '\b',
  f: '\f',
  F: '\f',
  '"': '"',
  "'": "'",
  '\\': '\\',
  _: '\\_',
  '%': '\\%',
};

/** The tokens of a statement, the last one of kind `end`. */
export function tokenize(soql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    while (/\s/.test(soql.charAt(at))) at += 1;
    if (at >= soql.length) return [...tokens, { kind: 'end', text: '<EOF>', at }];
    const { token, end } = soql.charAt(at) === "'" ? stringAt(soql, at) : plainTokenAt(soql, at);
    tokens.push(token);
    at = end;
  }
}

/** An error that shows the place in the statement. */
export function errorAt(code: string, soql: string, at: number, message: string): SalesforceError {
  const before = soql.slice(0, at);
  const row = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  const from = Math.max(before.lastIndexOf('\n') + 1, at - 60);
  const excerpt = soql.slice(from, at + 40).split('\n')[0] ?? '';
  const pointer = ' '.repeat(at - from);
  return new SalesforceError(code, `\n${excerpt}\n${pointer}^\nERROR at Row:${row}:Column:${column}\n${message}`);
}

export function malformed(soql: string, token: Token): SalesforceError {
  return errorAt('MALFORMED_QUERY', soql, token.at, `unexpected token: '${token.text}'`);
}

function plainTokenAt(soql: string, at: number): { token: Token; end: number } {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const text = pattern.exec(soql)?.[0];
    if (text !== undefined) return { token: { kind, text, at }, end: at + text.length };
  }
  throw malformed(soql, { kind: 'symbol', text: soql.charAt(at), at });
}

function stringAt(soql: string, at: number): { token: Token; end: number } {
  let text = '';
  for (let i = at + 1; i < soql.length; i++) {
    const char = soql.charAt(i);
    if (char === "'") {
      if (text.length > MAX_STRING) throw errorAt('MALFORMED_QUERY', soql, at, 'string literal is too long');
      return { token: { kind: 'string', text, at }, end: i + 1 };
    }
    if (char !== '\\') {
      text += char;
      continue;
    }
    i += 1;
    const escaped = ESCAPES[soql.charAt(i)];
    if (escaped === undefined)
      throw errorAt('MALFORMED_QUERY', soql, i, `invalid string literal: illegal escape \\${soql.charAt(i)}`);
    // A backslash stays doubled until the literal's use is known, so that LIKE can tell `\\_` from `\_`.
    text += escaped === '\\' ? '\\\\' : escaped;
  }
  throw errorAt('MALFORMED_QUERY', soql, at, 'line breaks not allowed in string literals, or the literal does not end');
}
