/** Correlation: which account, of those that are there already, is a person's. */
import type { Account } from './account.ts';
import type { Expressions } from './expression.ts';
import type { Person } from './person.ts';
import { comparable, withSuffix, type UsernameRule } from './username.ts';

/** Correlation rule: an account belongs to a person when its attribute equals the expression's value. */
interface CorrelationRule {
  attribute: string;
  expression: string;
}

/** An application, as far as it says whose account is whose. */
export interface CorrelatedApplication extends UsernameRule {
  /** In order: the first rule that matches an account decides. */
  correlation: CorrelationRule[];
}

/** What a correlation rule looks for: the attribute and the value that this person's account has in it, perhaps empty. */
export function correlationValues(
  application: CorrelatedApplication,
  person: Person,
  expressions: Expressions,
): { attribute: string; value: string }[] {
  return application.correlation.map(({ attribute, expression }) => {
    const value = expressions.value(expression, person);
    return { attribute, value: String(withSuffix(application, attribute, value === '' ? null : value) ?? '') };
  });
}

export type Match = { found: 'none' } | { found: 'one'; account: Account } | { found: 'several'; accounts: Account[] };

/**
 * Which of the candidate accounts is the person's, by the first correlation rule that matches any. An account whose value
 * for an earlier rule is another person's (it carries another employee number) is not taken by a later, weaker rule.
 */
export function correlate(
  application: CorrelatedApplication,
  candidates: Account[],
  person: Person,
  expressions: Expressions,
): Match {
  let unclaimed = candidates;
  for (const rule of correlationValues(application, person, expressions)) {
    const value = comparable(rule.value);
    const matches = unclaimed.filter(
      ({ attributes }) => value !== '' && comparable(attributes[rule.attribute]) === value,
    );
    const [account] = matches;
    if (matches.length > 1) return { found: 'several', accounts: matches };
    if (account) return { found: 'one', account };
    unclaimed = unclaimed.filter(({ attributes }) => value === '' || comparable(attributes[rule.attribute]) === '');
  }
  return { found: 'none' };
}
