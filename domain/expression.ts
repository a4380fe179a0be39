/**
 * Expressions: how administrators say what an attribute is, whom an application is for, and who gets what. CEL: typed,
 * without a clock, and always ending. What they may say: docs/expressions.md.
 */
import { entitlementLabel, type Account, type AttributeValue } from './account.ts';
import { listSize } from './expression-cost.ts';
import { LONGEST_TEXT, toNumber } from './expression-functions.ts';
import {
  createLanguage,
  sentenceOf,
  type Language,
  type Program,
  type Values,
  type Variable,
} from './expression-language.ts';
import { withContaining, type Group } from './group.ts';
import { nearMiss } from './near-names.ts';
import type { Person } from './person.ts';
import { typedValue, type ProfileField, type ProfileFieldType } from './profile-field.ts';
import { shortened, storageFault } from './text.ts';

/**
 * What an expression is for. All speak of a person, but `push name`, which names an entitlement after a group, and
 * `account condition` and `account value`. Only an alternative knows the variable `number`; a group rule does not know `groups`.
 */
export type ExpressionType =
  | 'value'
  | 'alternative'
  | 'condition'
  | 'group rule'
  | 'push name'
  | 'account condition'
  | 'account value';

/** Expressions over one set of profile fields and groups. */
export interface Expressions {
  /** What is wrong with the expression, in one sentence; undefined when it may be stored. */
  fault(expression: string, type: ExpressionType): string | undefined;
  /** What an expression gives, in CEL's words: `string`, `int`, `double`, `bool`, `null`; undefined where it can not be applied. */
  typeOf(expression: string, type: ExpressionType): string | undefined;
  /** The attributes that an expression about accounts speaks of; none where it can not be applied. */
  attributesIn(expression: string, type?: 'account condition' | 'account value'): string[];
  /** The entitlements that an account condition looks for by name, such as `profile Standard User`; likewise. */
  entitlementsIn(condition: string): string[];
  /** A profile field's value for a person, a number or yes/no where the field is one; null when it is not known. */
  fieldValue(field: string, person: Person): AttributeValue;
  /** The groups that people may be in. */
  readonly groups: readonly Group[];
  /** The value for a person; null when there is none. Throws ExpressionError naming the expression when it cannot be computed. */
  value(expression: string, person: Person): AttributeValue;
  /** The values for a person with `number` from 2 to 20; the same over and over when it is not used. Throws likewise. */
  alternatives(expression: string, person: Person): AttributeValue[];
  /** Whether a condition holds for a person. Throws ExpressionError likewise. */
  holds(condition: string, person: Person): boolean;
  /**
   * Every group the person is in: by name, by rule, and what contains those; by name. Worked out once for a person's
   * object, which therefore must not be changed. Throws ExpressionError likewise.
   */
  groupsOf(person: Person): string[];
  /** What the entitlement for a group is called. Throws ExpressionError likewise. */
  pushName(expression: string, group: Pick<Group, 'name' | 'label'>): string;
  /** Whether an account meets a condition; an attribute that it does not have is empty. Throws ExpressionError likewise. */
  meets(condition: string, account: KnownOfAccount): boolean;
  /** The value for an account; null when there is none. Throws ExpressionError likewise. */
  valueOf(expression: string, account: KnownOfAccount): AttributeValue;
}

/** What expressions about accounts speak of. */
type KnownOfAccount = Pick<Account, 'username' | 'status' | 'attributes' | 'entitlements'>;

export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

/** Builds the expression language for these profile fields and groups; keep the result, compiled expressions are kept in it. */
export function createExpressions(
  profileFields: readonly Pick<ProfileField, 'name' | 'type'>[],
  groups: readonly Group[] = [],
): Expressions {
  const fields = profileFields.filter(({ name }) => /^[A-Za-z_]\w*$/.test(name) && !RESERVED_NAMES.has(name));
  const types = new Map(profileFields.map(({ name, type }) => [name, type]));
  const languages = createLanguages(fields);
  const groupNames = new Set(groups.map(({ name }) => name));
  const rules = groups.flatMap(({ name, rule }) => (rule === null ? [] : [{ name, rule }]));

  const fieldsOf = remembered((person: Person) => profileValues(fields, person));
  const groupsOf = remembered((person: Person) => {
    const byRule = rules.filter(({ rule }) => run('group rule', rule, () => fieldsOf(person)) === true);
    return fewNames('groups', withContaining(groups, [...(person.memberOf ?? []), ...byRule.map(({ name }) => name)]));
  });
  // Copied seldom: many expressions are asked of one person.
  const fieldsAndGroupsOf = remembered((person: Person) =>
    withoutPrototype({ ...fieldsOf(person), groups: groupsOf(person) }),
  );
  const personValues = (person: Person, { variables }: Program): Values =>
    variables.has('groups') ? fieldsAndGroupsOf(person) : fieldsOf(person);

  function applicable(type: ExpressionType, expression: string): Program | undefined {
    const program = usable(languages[type], type, expression);
    return typeof program === 'string' ? undefined : program;
  }

  function programOf(type: ExpressionType, expression: string): Program {
    const program = usable(languages[type], type, expression);
    if (typeof program === 'string') throw failure(expression, program);
    return program;
  }

  /** As `run` does, and without a closure: of each person dozens of expressions are asked. */
  function ofPerson(type: ExpressionType, expression: string, person: Person): AttributeValue {
    const program = programOf(type, expression);
    try {
      return plain(program.run(personValues(person, program)));
    } catch (error) {
      throw error instanceof ExpressionError ? error : failure(expression, error);
    }
  }

  function run(type: ExpressionType, expression: string, values: (program: Program) => Values): AttributeValue {
    const program = programOf(type, expression);
    try {
      return plain(program.run(values(program)));
    } catch (error) {
      throw error instanceof ExpressionError ? error : failure(expression, error);
    }
  }

  return {
    fault(expression, type) {
      const program = usable(languages[type], type, expression);
      if (typeof program === 'string') return program;
      const unknown = [...program.groups].find((name) => !groupNames.has(name));
      return unknown === undefined ? undefined : unknownGroup(unknown, groupNames);
    },
    typeOf: (expression, type) => applicable(type, expression)?.type,
    attributesIn: (expression, type = 'account condition') => [...(applicable(type, expression)?.attributes ?? [])],
    entitlementsIn: (condition) => [...(applicable('account condition', condition)?.entitlements ?? [])],
    fieldValue: (field, person) => typedValue(types.get(field) ?? 'text', textOf(field, person)),
    groups,
    value: (expression, person) => ofPerson('value', expression, person),
    alternatives(expression, person) {
      let values: Values | undefined;
      return NUMBERS.map((number) =>
        run('alternative', expression, (program) => {
          values ??= withoutPrototype({ ...personValues(person, program) });
          return Object.assign(values, { number });
        }),
      );
    },
    holds: (condition, person) => ofPerson('condition', condition, person) === true,
    groupsOf: (person) => [...groupsOf(person)],
    pushName: (expression, { name, label }) =>
      String(run('push name', expression, () => withoutPrototype({ group: name, label }))),
    meets: (condition, account) =>
      run('account condition', condition, (program) => accountValues(account, program)) === true,
    valueOf: (expression, account) => run('account value', expression, (program) => accountValues(account, program)),
  };
}

/** The names by which a mapping can read what is known of a person as it is. */
export function readFrom(fields: readonly Pick<ProfileField, 'name'>[]): string[] {
  return [...fields.map(({ name }) => name), 'employeeNumber', 'startDate'];
}

/** What a custom profile field can not be called: variables of expressions, and words of the language. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(
  `employeeNumber startDate endDate effectiveDate groups number group label username status attributes entitlements
  true false null in as break const continue else for function if import let loop package namespace return var void while
  string bool int uint double map list bytes null_type type dyn timestamp duration google optional cel
  __proto__ constructor prototype`.split(/\s+/),
);

/** HR sends no longer values (see hr-event-input.ts). */
const LONGEST_VALUE = 1_000;
/** More groups, or entitlements of one account, than anybody has. */
const MOST_NAMES = 1_000;
const LONGEST_NAME = 300;

/** The first of a name has none; the second is 2. */
const NUMBERS = Array.from({ length: 19 }, (_, index) => BigInt(index + 2));

const VALUES = ['string', 'int', 'double', 'bool', 'null'];
const RESULTS: Record<ExpressionType, readonly string[]> = {
  value: VALUES,
  alternative: VALUES,
  condition: ['bool'],
  'group rule': ['bool'],
  'push name': ['string'],
  'account condition': ['bool'],
  'account value': VALUES,
};

const TYPES: Record<ProfileFieldType, string> = { text: 'string', date: 'string', number: 'double', boolean: 'bool' };

type Fields = readonly Pick<ProfileField, 'name' | 'type'>[];

function createLanguages(fields: Fields): Record<ExpressionType, Language> {
  const text = (length = LONGEST_VALUE): Variable => ({ type: 'string', size: { length } });
  const names: Variable = { type: 'list<string>', size: listSize(MOST_NAMES, LONGEST_NAME) };
  const profile: [string, Variable][] = [
    ...fields.map(({ name, type }): [string, Variable] => [name, { ...text(), type: TYPES[type] }]),
    ['employeeNumber', text()],
    ['startDate', text()],
  ];
  const person = new Map([...profile, ['groups', names] as const]);
  const account = new Map<string, Variable>([
    ['username', text()],
    ['status', text()],
    ['attributes', { type: 'map<string, string>', size: listSize(1, LONGEST_TEXT) }],
    ['entitlements', names],
  ]);
  const variables: Record<ExpressionType, ReadonlyMap<string, Variable>> = {
    value: person,
    alternative: new Map([...person, ['number', { type: 'int', size: { length: 2 } }] as const]),
    condition: person,
    'group rule': new Map(profile),
    'push name': new Map([
      ['group', text()],
      ['label', text()],
    ]),
    'account condition': account,
    'account value': account,
  };
  const types = Object.keys(variables) as ExpressionType[];
  const elsewhere = (name: string): string | undefined => {
    const knowing = types.filter((type) => variables[type].has(name));
    return knowing.length === 0 ? undefined : `known in: ${knowing.join(', ')}`;
  };
  const language = (type: ExpressionType) => createLanguage(variables[type], elsewhere);
  const value = language('value');
  const ofAccount = language('account condition');
  return {
    value,
    alternative: language('alternative'),
    condition: value,
    'group rule': language('group rule'),
    'push name': language('push name'),
    'account condition': ofAccount,
    'account value': ofAccount,
  };
}

/** The program of an expression whose result serves the purpose; or what is wrong with it. */
function usable(language: Language, type: ExpressionType, expression: string): Program | string {
  const program = language.compile(expression);
  if (typeof program === 'string') return program;
  const results = RESULTS[type];
  return results.includes(program.type) ? program : `gives ${program.type}, expected ${results.join(' or ')}`;
}

function unknownGroup(name: string, known: ReadonlySet<string>): string {
  const meant = nearMiss(name, known);
  return `"${shortened(name)}" is no group${meant === undefined ? '' : `; did you mean "${meant}"?`}`;
}

/** What is known of a person under a field's name; the number and the first day stand beside the profile. */
function textOf(field: string, { employeeNumber, startDate = null, profile }: Person): string | null {
  if (field === 'employeeNumber') return employeeNumber;
  if (field === 'startDate') return startDate;
  return Object.hasOwn(profile, field) ? (profile[field] ?? null) : null;
}

/** Worked out for everybody whom a rule is asked of, so in one pass and without a second object. */
function profileValues(fields: Fields, { employeeNumber, startDate, profile }: Person): Values {
  const values = Object.create(null) as Values;
  values['employeeNumber'] = employeeNumber;
  values['startDate'] = startDate ?? '';
  for (const { name, type } of fields) {
    const text = (Object.hasOwn(profile, name) ? profile[name] : null) ?? '';
    values[name] = type === 'number' ? toNumber(text) : type === 'boolean' ? text === 'true' : text;
    if (text.length > LONGEST_VALUE) throw new Error(`${name} has more than ${LONGEST_VALUE} characters`);
  }
  return values;
}

/** Of the attributes those that the condition speaks of: absent ones are empty, numbers and yes/no written out. */
function accountValues({ username, status, attributes, entitlements }: KnownOfAccount, program: Program): Values {
  const named = [...program.attributes].map((name) => {
    const value = Object.hasOwn(attributes, name) ? attributes[name] : null;
    return [name, String(value ?? '')] as const;
  });
  return withoutPrototype({
    username,
    status,
    attributes: checked(withoutPrototype(Object.fromEntries(named)), LONGEST_TEXT),
    entitlements: fewNames('entitlements', entitlements.map(entitlementLabel)),
  });
}

function checked(values: Values, most: number): Values {
  for (const [name, value] of Object.entries(values))
    if (typeof value === 'string' && value.length > most) throw new Error(`${name} has more than ${most} characters`);
  return values;
}

function fewNames(what: string, names: string[]): string[] {
  if (names.length > MOST_NAMES) throw new Error(`${what} has more than ${MOST_NAMES} names`);
  const long = names.find((name) => name.length > LONGEST_NAME);
  if (long) throw new Error(`${what} has a name of more than ${LONGEST_NAME} characters: ${shortened(long, 50)}`);
  return names;
}

/** So that no name reaches what every object has. */
function withoutPrototype(values: Values): Values {
  return Object.assign(Object.create(null) as Values, values);
}

function remembered<K extends object, V>(find: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, V>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) known.set(key, (value = find(key)));
    return value;
  };
}

function plain(value: unknown): AttributeValue {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'string' && value.length > LONGEST_TEXT)
    throw new Error(`gives more than ${LONGEST_TEXT} characters`);
  const unstorable = typeof value === 'string' ? storageFault(value) : undefined;
  if (unstorable !== undefined) throw new Error(`what it gives ${unstorable}`);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  throw new Error('gives neither text, number nor yes/no');
}

function failure(expression: string, cause: unknown): ExpressionError {
  return new ExpressionError(`expression ${shortened(expression)}: ${sentenceOf(cause)}`, { cause });
}
