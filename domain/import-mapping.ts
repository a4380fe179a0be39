/** Import mapping: what is known of a person by their account, the other way round than attribute mappings. */
import { parse, ParseError, type ASTNode } from '@marcbachmann/cel-js';
import type { Account, AttributeValue } from './account.ts';
import type { Application } from './application.ts';
import type { AttributeMapping } from './mapping.ts';
import type { Expressions } from './expression.ts';
import type { Profile, ProfileField } from './profile-field.ts';
import { shortened } from './text.ts';

/**
 * A profile field, `employeeNumber` or `startDate`, and what gives it, exactly one of `attribute` (of the account, as it
 * is), `expression` (an account value) and `constant`.
 */
export interface ImportMapping {
  field: string;
  attribute?: string | undefined;
  expression?: string | undefined;
  constant?: string | number | boolean | undefined;
}

/** Somebody as their account tells of them; what it does not tell is not there. */
export interface ImportedPerson {
  employeeNumber?: string;
  startDate?: string;
  profile: Profile;
}

type ImportingApplication = Pick<
  Application,
  'importMappings' | 'mappings' | 'correlation' | 'usernameAttribute' | 'usernameSuffix'
>;

/**
 * The application's import mappings; where it has none, its attribute mappings turned round, so that they give the same
 * account again: every field that an attribute takes as it is, or only cut, trimmed or in other case, or wherever it is
 * known, and the employee number by which accounts are found.
 */
export function importMappingsOf(application: ImportingApplication): ImportMapping[] {
  return application.importMappings.length > 0 ? application.importMappings : turnedRound(application);
}

/** What an account says of its person, as profile fields are written. Throws ExpressionError. */
export function importedPerson(
  mappings: readonly ImportMapping[],
  account: Account,
  fields: readonly Pick<ProfileField, 'name' | 'type'>[],
  expressions: Pick<Expressions, 'valueOf'>,
): ImportedPerson {
  const types = new Map(fields.map(({ name, type }) => [name, type]));
  const values = new Map(
    mappings.map((mapping) => {
      const type = mapping.field === 'startDate' ? 'date' : types.get(mapping.field);
      return [mapping.field, asText(givenBy(mapping, account, expressions), type === 'date')];
    }),
  );
  const employeeNumber = values.get('employeeNumber');
  const startDate = values.get('startDate');
  const profile = Object.fromEntries([...values].filter(([name, text]) => types.has(name) && text !== ''));
  return { ...(employeeNumber ? { employeeNumber } : {}), ...(startDate ? { startDate } : {}), profile };
}

/** Where a field's value comes from, for messages: `attribute EmployeeNumber`, `constant Acme`, or the expression. */
export function importSourceOf({ attribute, expression, constant }: ImportMapping): string {
  if (attribute !== undefined) return `attribute ${attribute}`;
  return expression === undefined ? `constant ${String(constant)}` : shortened(expression);
}

function givenBy(
  { attribute, expression, constant }: ImportMapping,
  account: Account,
  expressions: Pick<Expressions, 'valueOf'>,
): AttributeValue {
  if (attribute !== undefined)
    return Object.hasOwn(account.attributes, attribute) ? (account.attributes[attribute] ?? null) : null;
  return expression === undefined ? (constant ?? null) : expressions.valueOf(expression, account);
}

/** A profile field is one line: an address of several becomes one. Of an instant a day is what counts. */
function asText(value: AttributeValue, isDay: boolean): string {
  const text = String(value ?? '').trim();
  if (isDay) return /^\d{4}-\d{2}-\d{2}(?=T)/.exec(text)?.[0] ?? text;
  return text.replace(/\s*[\r\n]+\s*/g, ', ').replace(/\t+/g, ' ');
}

/** A mapping that can be turned round: which field it takes. */
interface Turnable {
  mapping: AttributeMapping;
  field: string;
}

function turnedRound({
  mappings,
  correlation,
  usernameAttribute,
  usernameSuffix,
}: ImportingApplication): ImportMapping[] {
  const turnable = mappings.flatMap((mapping): Turnable[] => {
    const field = mapping.field ?? onlyField(mapping.expression ?? '');
    const isUsername = mapping.attribute === usernameAttribute;
    return field === undefined || (isUsername && usernameSuffix !== '') ? [] : [{ mapping, field }];
  });
  const best = new Map<string, Turnable>();
  for (const one of turnable) {
    const known = best.get(one.field);
    if (!known || rank(one, usernameAttribute) < rank(known, usernameAttribute)) best.set(one.field, one);
  }
  const found = correlation.find(({ expression }) => onlyField(expression) === 'employeeNumber');
  const byNumber =
    best.has('employeeNumber') || !found ? [] : [{ field: 'employeeNumber', attribute: found.attribute }];
  return [...byNumber, ...[...best.values()].map(turned)];
}

/** Of several attributes that take a field, one that takes it as it is comes first, then its namesake; usernames are made unique. */
function rank({ mapping, field }: Turnable, usernameAttribute: string): number {
  if (mapping.attribute === usernameAttribute) return 4;
  if (mapping.field !== undefined) return 0;
  if (mapping.expression?.includes('coalesce(')) return 3;
  return mapping.attribute.toLowerCase() === field.toLowerCase() ? 1 : 2;
}

/** What stands for a field that nobody knows says nothing of it. */
function turned({ mapping: { attribute, default: usual }, field }: Turnable): ImportMapping {
  if (usual === undefined || usual === null) return { field, attribute };
  const value = `attributes[${JSON.stringify(attribute)}]`;
  return { field, expression: `${value} == ${JSON.stringify(String(usual))} ? "" : ${value}` };
}

/** Functions that give the same again when they are given what they gave; `coalesce` does where its first is known. */
const LASTING: ReadonlySet<string> = new Set([
  'lower',
  'upper',
  'trim',
  'properCase',
  'left',
  'usualTimeZone',
  'coalesce',
]);

/** The field of an expression that gives the attribute's value again when the field has it: `left(lower(email), 80)`. */
function onlyField(expression: string): string | undefined {
  try {
    return fieldIn(parse(expression).ast);
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

function fieldIn(node: ASTNode): string | undefined {
  if (node.op === 'id') return node.args;
  if (node.op !== 'call' || !LASTING.has(node.args[0])) return undefined;
  const [first] = node.args[1];
  return first && fieldIn(first);
}
