/** Attribute mapping: what an account's attribute is made of, and the value that comes of it for a person. */
import type { AttributeValue } from './account.ts';
import type { Expressions } from './expression.ts';
import type { Person } from './person.ts';
import type { WantedAttribute } from './plan.ts';
import { comparable, takesSuffix, withSuffix, type UsernameRule } from './username.ts';
import { shortened } from './text.ts';

/**
 * An application's attribute and what gives it, exactly one of `field` (a profile field as it is), `constant` and
 * `expression`.
 */
export interface AttributeMapping {
  attribute: string;
  field?: string | undefined;
  constant?: AttributeValue | undefined;
  expression?: string | undefined;
  /** The value when there is none. */
  default?: AttributeValue | undefined;
  /** What happens to an account's value when there is none here: `clear` (also when absent) or `leave`. */
  whenEmpty?: 'clear' | 'leave' | undefined;
  /** Set when the account is made, never changed after. */
  onCreateOnly?: boolean | undefined;
  /**
   * Expressions for values that serve as well, tried in order when the one before is taken. One that says `number` stands
   * for a row of values, with 2, 3, … 20 in its place. At most 30 values count.
   */
  alternatives?: string[] | undefined;
}

/** What a mapping gives for a person. Throws ExpressionError when an expression can not be computed. */
export function wantedAttribute(
  mapping: AttributeMapping,
  username: UsernameRule,
  person: Person,
  expressions: Expressions,
): WantedAttribute {
  const { attribute } = mapping;
  const given = emptyToNull(sourceValue(mapping, person, expressions));
  const plain = given ?? emptyToNull(mapping.default ?? null);
  const value = withSuffix(username, attribute, plain);
  const others = value === null ? NONE : (mapping.alternatives ?? NONE);
  const rule = given === null && plain !== null ? 'default' : sourceOf(mapping);
  return {
    attribute,
    value,
    onCreateOnly: mapping.onCreateOnly ?? false,
    alternatives:
      others.length === 0
        ? []
        : distinct(
            value,
            others
              .flatMap((one) => expressions.alternatives(one, person))
              .map((one) => withSuffix(username, attribute, emptyToNull(one))),
          ),
    rule: takesSuffix(username, attribute, plain) ? `${rule} + suffix ${username.usernameSuffix}` : rule,
    leaveWhenEmpty: mapping.whenEmpty === 'leave',
  };
}

const NONE: string[] = [];

/** The mappings with none of their alternatives: for most people the first value is free, and the others cost time. */
export function withoutAlternatives(mappings: readonly AttributeMapping[]): AttributeMapping[] {
  return mappings.map(({ alternatives: _alternatives, ...mapping }) => mapping);
}

/** Where a mapping takes its value from: `field title`, `constant`, `lower(email)`. */
export function sourceOf({ field, constant, expression = '' }: AttributeMapping): string {
  if (field !== undefined) return `field ${field}`;
  return constant === undefined ? shortened(expression) : 'constant';
}

function sourceValue(
  { field, constant, expression }: AttributeMapping,
  person: Person,
  expressions: Expressions,
): AttributeValue {
  if (field !== undefined) return expressions.fieldValue(field, person);
  return expression === undefined ? (constant ?? null) : expressions.value(expression, person);
}

/** One account is not worth more calls than this. */
const MOST_ALTERNATIVES = 30;

/** What stands for something else than the value and than what came before it; applications do not tell `Ada` from `ada`. */
function distinct(value: AttributeValue, alternatives: AttributeValue[]): AttributeValue[] {
  const seen = new Set(['', comparable(value)]);
  return alternatives
    .filter((one) => !seen.has(comparable(one)) && seen.add(comparable(one)))
    .slice(0, MOST_ALTERNATIVES);
}

/** Without the blanks around a text: applications drop them, and a plan would set the same value for ever. */
function emptyToNull(value: AttributeValue): AttributeValue {
  const text = typeof value === 'string' ? value.trim() : value;
  return text === '' ? null : text;
}
