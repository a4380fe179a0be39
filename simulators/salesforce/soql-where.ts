// Turns a WHERE condition into a test of a row, and finds the part of it that an index can answer. Texts compare without
// case, ids by their 18-character form, and a literal of the wrong kind is refused, as Salesforce does.

import { formatTime } from './field-rules.ts';
import { SalesforceError } from './errors.ts';
import { normaliseId } from './ids.ts';
import type { FieldValue, Row } from './journal.ts';
import type { Org } from './row-rules.ts';
import type { Field, FieldType, SObject } from './schema.ts';
import type { DayRange } from './soql-dates.ts';
import type { Condition, Literal, Operator, Query } from './soql-tree.ts';
import { resolvePath } from './soql-path.ts';

type Test = (row: Row) => boolean;
/** Answers `IN (SELECT …)`: the values that the subquery selects. */
export type Subquery = (query: Query) => FieldValue[];

export interface Filter {
  test: Test;
  /** Rows that include all matches, when an index could name them. */
  candidates: Row[] | undefined;
}

const LITERAL_KINDS: Readonly<Record<FieldType, Literal['kind']>> = {
  id: 'string',
  reference: 'string',
  string: 'string',
  textarea: 'string',
  email: 'string',
  phone: 'string',
  url: 'string',
  picklist: 'string',
  boolean: 'boolean',
  int: 'number',
  double: 'number',
  currency: 'number',
  address: 'null',
  date: 'date',
  datetime: 'datetime',
};
const LONGEST_FILTERABLE_TEXT = 255;

/** The filter for a condition on rows of this object. */
export function compileWhere(
  org: Org,
  object: SObject,
  condition: Condition,
  soql: string,
  subquery: Subquery,
): Filter {
  const filterOf = (term: Condition): Filter => compileWhere(org, object, term, soql, subquery);
  if (condition.kind === 'not') {
    const { test } = filterOf(condition.term);
    return { test: (row) => !test(row), candidates: undefined };
  }
  if (condition.kind === 'and' || condition.kind === 'or') {
    const filters = condition.terms.map(filterOf);
    if (condition.kind === 'or')
      return { test: (row) => filters.some(({ test }) => test(row)), candidates: together(filters) };
    return { test: (row) => filters.every(({ test }) => test(row)), candidates: fewest(filters) };
  }
  const { parents, field, read } = resolvePath(org, object, condition.path, soql);
  refuseUnfilterable(field);
  const key = isId(field) ? sameValue : lowerCase;
  const named = (values: FieldValue[]): Row[] | undefined =>
    parents.length === 0 ? indexed(org, object, field, values) : undefined;
  if (condition.kind === 'in') {
    if (!Array.isArray(condition.values) && !isId(field)) throw notJoinable(field.name);
    const values = Array.isArray(condition.values)
      ? condition.values.map((literal) => readLiteral(field, literal))
      : subquery(condition.values);
    const keys = new Set(values.map(key));
    if (condition.negated) return { test: (row) => !keys.has(key(read(row))), candidates: undefined };
    return { test: (row) => keys.has(key(read(row))), candidates: named(values) };
  }
  if (condition.operator === 'LIKE') {
    const pattern = likePattern(field, condition.value);
    return { test: (row) => pattern.test(String(read(row) ?? '')), candidates: undefined };
  }
  const { days } = condition.value;
  if (days !== undefined) {
    const within = dayComparison(field, condition.operator, days);
    return { test: (row) => within(read(row)), candidates: undefined };
  }
  const value = readLiteral(field, condition.value);
  refuseOperator(field, condition.operator, value);
  const matches = comparison(condition.operator, key(value));
  const candidates = condition.operator === '=' ? named([value]) : undefined;
  return { test: (row) => matches(key(read(row))), candidates };
}

function fewest(filters: Filter[]): Row[] | undefined {
  const named = filters.map(({ candidates }) => candidates).filter((rows) => rows !== undefined);
  return named.sort((a, b) => a.length - b.length)[0];
}

/** Where an index could name those of every filter, all of them, each once. */
function together(filters: Filter[]): Row[] | undefined {
  const named = filters.map(({ candidates }) => candidates);
  return named.every((rows) => rows !== undefined) ? [...new Set(named.flat())] : undefined;
}

function indexed(org: Org, object: SObject, field: Field, values: FieldValue[]): Row[] | undefined {
  if (field.type === 'boolean' || values.includes(null)) return undefined;
  const distinct = new Set(values.map(isId(field) ? sameValue : lowerCase));
  if (field.name === 'Id')
    return [...distinct].map((id) => org.store.live(object.name, String(id))).filter((row) => row !== undefined);
  if (!org.store.isIndexed(object.name, field.name)) return undefined;
  return [...distinct].flatMap((value) => org.store.find(object.name, field.name, value));
}

function readLiteral(field: Field, literal: Literal): FieldValue {
  if (literal.kind === 'null') return null;
  const wanted = LITERAL_KINDS[field.type];
  if (literal.kind !== wanted) throw wrongLiteral(field, wanted);
  if (isId(field)) {
    const id = normaliseId(literal.text);
    if (id === undefined)
      throw new SalesforceError('INVALID_QUERY_FILTER_OPERATOR', `invalid ID field: ${literal.text}`);
    return id;
  }
  if (literal.kind === 'boolean') return literal.text === 'true';
  if (literal.kind === 'number') return Number(literal.text);
  if (literal.kind === 'datetime') return readMoment(field, literal.text);
  return literal.text;
}

function readMoment(field: Field, text: string): string {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw wrongLiteral(field, 'datetime');
  return formatTime(time);
}

export function isId(field: Field): boolean {
  return field.type === 'id' || field.type === 'reference';
}

const sameValue = (value: FieldValue): FieldValue => value;
const lowerCase = (value: FieldValue): FieldValue => (typeof value === 'string' ? value.toLowerCase() : value);

function comparison(operator: Exclude<Operator, 'LIKE'>, wanted: FieldValue): (value: FieldValue) => boolean {
  switch (operator) {
    case '=':
      return (value) => value === wanted;
    case '!=':
      return (value) => value !== wanted;
    case '<':
      return (value) => value !== null && wanted !== null && value < wanted;
    case '>':
      return (value) => value !== null && wanted !== null && value > wanted;
    case '<=':
      return (value) => value !== null && wanted !== null && value <= wanted;
    case '>=':
      return (value) => value !== null && wanted !== null && value >= wanted;
    default:
      return operator satisfies never;
  }
}

/** A comparison with whole days: equal is within them, less is before the first, more is after the last. */
function dayComparison(
  field: Field,
  operator: Exclude<Operator, 'LIKE'>,
  { from, to, start, end }: DayRange,
): (value: FieldValue) => boolean {
  if (field.type !== 'date' && field.type !== 'datetime') throw wrongLiteral(field, LITERAL_KINDS[field.type]);
  const [first, next] = field.type === 'date' ? [from, to] : [formatTime(start), formatTime(end)];
  const within = (value: FieldValue): boolean => typeof value === 'string' && value >= first && value < next;
  const tests = {
    '=': within,
    '!=': (value: FieldValue) => !within(value),
    '<': (value: FieldValue) => typeof value === 'string' && value < first,
    '<=': (value: FieldValue) => typeof value === 'string' && value < next,
    '>': (value: FieldValue) => typeof value === 'string' && value >= next,
    '>=': (value: FieldValue) => typeof value === 'string' && value >= first,
  };
  return tests[operator];
}

/** The refusal of a semi join by a field that names no row. */
export function notJoinable(name: string): SalesforceError {
  const message = `The operand '${name}' of a semi join sub-select should be an ID or a foreign key`;
  return new SalesforceError('MALFORMED_QUERY', message);
}

function likePattern(field: Field, literal: Literal): RegExp {
  if (LITERAL_KINDS[field.type] !== 'string' || isId(field)) {
    throw new SalesforceError('INVALID_QUERY_FILTER_OPERATOR', `invalid operator on ${field.type} field`);
  }
  if (literal.kind !== 'string') throw wrongLiteral(field, 'string');
  const pattern = literal.text.replace(/\\[\\_%]|[\s\S]/g, (part) => {
    if (part === '%') return '.*';
    if (part === '_') return '.';
    return (part.length === 2 ? part.charAt(1) : part).replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  });
  return new RegExp(`^${pattern}$`, 'is');
}

function refuseUnfilterable(field: Field): void {
  const longText = field.type === 'textarea' && field.length > LONGEST_FILTERABLE_TEXT;
  if (field.filterable !== false && !longText) return;
  throw new SalesforceError('INVALID_FIELD', `field '${field.name}' can not be filtered in a query call`);
}

function refuseOperator(field: Field, operator: Operator, value: FieldValue): void {
  if (operator === '=' || operator === '!=') return;
  if (field.type === 'boolean' || value === null) {
    throw new SalesforceError('INVALID_QUERY_FILTER_OPERATOR', `invalid operator on ${field.type} field`);
  }
}

function wrongLiteral(field: Field, wanted: Literal['kind']): SalesforceError {
  const quotes = wanted === 'string' ? 'should be enclosed in quotes' : 'should not be enclosed in quotes';
  const message = `value of filter criterion for field '${field.name}' must be of type ${wanted} and ${quotes}`;
  return new SalesforceError('INVALID_FIELD', message);
}
