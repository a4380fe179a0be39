/**
 * Expressions: how administrators say what an attribute is, whom an application is for, and who gets what. CEL: typed,
 * without a clock, and always ending. The variables are the profile fields (text, empty when not known),
 * `employeeNumber`, `startDate` and `groups`; in an alternative also `number`.
 */
import { Environment } from '@marcbachmann/cel-js';
import type { AttributeValue } from './account.ts';
import { withContaining, type Group } from './group.ts';
import { languageOf, localeOf, timeZoneOf } from './locale.ts';
import { alias, ascii } from './name.ts';
import type { Person } from './person.ts';
import { typedValue, type ProfileField } from './profile-field.ts';
import { usualTimeZone } from './time-zone.ts';

/** What an expression is for. Only an alternative knows the variable `number`. */
export type ExpressionType = 'value' | 'condition' | 'alternative';

/** Expressions over one set of profile fields. */
export interface Expressions {
  /** What is wrong with the expression, in one sentence; undefined when it may be stored. */
  fault(expression: string, type: ExpressionType): string | undefined;
  /** What an expression without fault gives, as CEL names types: `string`, `int`, `double`, `bool`; `dyn` where it depends. */
  typeOf(expression: string, type: ExpressionType): string;
  /** A profile field's value for a person, a number or yes/no where the field is one; null when it is not known. */
  fieldValue(field: string, person: Person): AttributeValue;
  /** The groups that people may be in. */
  readonly groups: readonly Group[];
  /** The value for a person. Throws ExpressionError naming the expression when it cannot be computed. */
  value(expression: string, person: Person): AttributeValue;
  /** The values for a person with `number` from 2 to 20; the same over and over when it is not used. Throws likewise. */
  alternatives(expression: string, person: Person): AttributeValue[];
  /** Whether a condition holds for a person. Throws ExpressionError likewise. */
  holds(condition: string, person: Person): boolean;
  /** Every group the person is in: by name, by rule, and what contains those; by name. Throws ExpressionError likewise. */
  groupsOf(person: Person): string[];
}

export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

/** Builds the expression language for these profile fields and groups; keep the result, compiled expressions are kept in it. */
export function createExpressions(
  profileFields: readonly Pick<ProfileField, 'name' | 'type'>[],
  groups: readonly Group[] = [],
): Expressions {
  const fields = profileFields.map(({ name }) => name);
  const types = new Map(profileFields.map(({ name, type }) => [name, type]));
  const language = createLanguage(vocabulary(fields));
  const groupsOf = (person: Person): string[] => {
    const known = variables(fields, person, []);
    const byRule = groups.filter(({ rule }) => rule !== null && language.run(rule, known) === true);
    return withContaining(groups, [...(person.memberOf ?? []), ...byRule.map(({ name }) => name)]);
  };
  const all = (person: Person) => variables(fields, person, groupsOf(person));
  // In an alternative a profile field of that name would be hidden by the number.
  const numbered = createLanguage(
    vocabulary(fields.filter((field) => field !== 'number')).registerVariable('number', 'int'),
  );
  return {
    fault: (expression, type) => (type === 'alternative' ? numbered : language).fault(expression, RESULTS[type]),
    typeOf: (expression, type) => (type === 'alternative' ? numbered : language).typeOf(expression),
    fieldValue: (field, person) => typedValue(types.get(field) ?? 'text', textOf(field, person)),
    groups,
    value: (expression, person) => plain(language.run(expression, all(person)), expression),
    alternatives(expression, person) {
      const known = all(person);
      return NUMBERS.map((number) => plain(numbered.run(expression, { ...known, number }), expression));
    },
    holds: (condition, person) => language.run(condition, all(person)) === true,
    groupsOf,
  };
}

/** The first of a name has none; the second is 2. */
const NUMBERS = Array.from({ length: 19 }, (_, index) => BigInt(index + 2));

const VALUES = ['string', 'int', 'double', 'bool', 'null', 'dyn'];
const RESULTS: Record<ExpressionType, string[]> = { value: VALUES, alternative: VALUES, condition: ['bool'] };

/** Checks and runs expressions over one vocabulary; what was compiled is kept. */
function createLanguage(environment: Environment) {
  const compiled = new Map<string, (variables: Variables) => unknown>();
  return {
    fault(expression: string, results: string[]): string | undefined {
      if (/\.\s*matches\s*\(/.test(expression))
        return 'matches() is not available: it can take for ever on hostile text';
      const result = environment.check(expression);
      if (!result.valid) return firstLine(result.error);
      return results.includes(String(result.type))
        ? undefined
        : `gives ${String(result.type)}, expected ${results.join(' or ')}`;
    },
    typeOf: (expression: string): string => String(environment.check(expression).type ?? 'dyn'),
    run(expression: string, known: Variables): unknown {
      try {
        const program = compiled.get(expression) ?? environment.parse(expression);
        compiled.set(expression, program);
        return program(known);
      } catch (error) {
        throw new ExpressionError(`expression ${expression}: ${firstLine(error)}`, { cause: error });
      }
    },
  };
}

type Variables = Record<string, string | bigint | string[]>;

function vocabulary(fields: readonly string[]): Environment {
  const environment = new Environment({ limits: { maxAstNodes: 500, maxDepth: 50, maxListElements: 200 } })
    .registerVariable('employeeNumber', 'string')
    .registerVariable('startDate', 'string')
    .registerVariable('groups', 'list<string>')
    .registerFunction('lower(string): string', (text: string) => text.toLowerCase())
    .registerFunction('upper(string): string', (text: string) => text.toUpperCase())
    .registerFunction('left(string, int): string', (text: string, count: bigint) => text.slice(0, Number(count)))
    .registerFunction('normalise(string): string', (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, ''))
    .registerFunction('coalesce(string, string): string', (first: string, second: string) => first || second)
    .registerFunction('ascii(string): string', ascii)
    .registerFunction('alias(string, string): string', alias)
    .registerFunction('localeOf(string): string', (country: string) => localeOf(country))
    .registerFunction('localeOf(string, string): string', localeOf)
    .registerFunction('languageOf(string): string', (country: string) => languageOf(country))
    .registerFunction('languageOf(string, string): string', languageOf)
    .registerFunction('timeZoneOf(string): string', (country: string) => timeZoneOf(country))
    .registerFunction('timeZoneOf(string, string): string', timeZoneOf)
    .registerFunction('usualTimeZone(string): string', usualTimeZone);
  for (const field of fields) environment.registerVariable(field, 'string');
  return environment;
}

function variables(fields: readonly string[], person: Person, groups: string[]): Variables {
  const values: Variables = { employeeNumber: person.employeeNumber, startDate: person.startDate ?? '', groups };
  for (const field of fields) values[field] = person.profile[field] ?? '';
  return values;
}

/** What is known of a person under a field's name; the number and the first day stand beside the profile. */
function textOf(field: string, { employeeNumber, startDate = null, profile }: Person): string | null {
  if (field === 'employeeNumber') return employeeNumber;
  return field === 'startDate' ? startDate : (profile[field] ?? null);
}

function plain(value: unknown, expression: string): AttributeValue {
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  throw new ExpressionError(`expression ${expression}: gives neither text, number nor yes/no`);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
