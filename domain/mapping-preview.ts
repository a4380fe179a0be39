/** Mapping preview: what an application's rules give one person, rule by rule, and what can not be computed, before anything is planned. */
import type { AttributeValue, Entitlement, EntitlementType } from './account.ts';
import type { Application } from './application.ts';
import { birthrightEntitlements, birthrightLabel, byPrecedence } from './birthright.ts';
import { correlationValues } from './correlation.ts';
import { ExpressionError, type Expressions } from './expression.ts';
import { pushedEntitlements } from './group-push.ts';
import { sourceOf, wantedAttribute } from './mapping.ts';
import type { Person } from './person.ts';
import type { WantedEntitlement } from './plan.ts';

export interface MappingPreview {
  application: string;
  /** Whether the application is for this person; null where its scope can not be computed. */
  inScope: boolean | null;
  scope: string;
  attributes: PreviewedAttribute[];
  /** What an account is found by, in order. */
  correlation: { attribute: string; value: string; rule: string }[];
  entitlements: PreviewedEntitlement[];
  /** What a rule gives and another one won. */
  outranked: (PreviewedEntitlement & { by: string })[];
  /** Rules that can not be computed, and why; those of attributes stand there. */
  errors: { rule: string; error: string }[];
}

export interface PreviewedAttribute {
  attribute: string;
  value: AttributeValue;
  /** Where the value comes from, such as `field title`. */
  rule: string;
  /** Set when the account is made, never changed after. */
  onCreateOnly: boolean;
  /** What happens to the account's value where there is none here. */
  whenEmpty: 'clear' | 'leave';
  alternatives: AttributeValue[];
  /** Why there is no value. */
  error?: string;
}

interface PreviewedEntitlement extends Entitlement {
  rule: string;
}

/** Every rule of the application computed for a person, in scope or not: what can not be computed is told, never thrown. */
export function previewMapping(
  application: Application,
  types: readonly EntitlementType[],
  person: Person,
  expressions: Expressions,
): MappingPreview {
  const errors: MappingPreview['errors'] = [];
  const computed = <T>(rule: string, compute: () => T): T | undefined =>
    attempt(compute, (error) => void errors.push({ rule, error }));

  const inScope = computed('scope', () => expressions.holds(application.scope, person)) ?? null;
  const given = application.birthrights.flatMap(
    (rule) => computed(birthrightLabel(rule), () => birthrightEntitlements(rule, person, expressions)) ?? [],
  );
  const pushed = application.groupPush.flatMap(
    (rule) => computed(`push of ${rule.groups.join(', ')}`, () => pushedEntitlements(rule, person, expressions)) ?? [],
  );
  const { entitlements, outranked } = byPrecedence([...given, ...pushed], types);
  return {
    application: application.name,
    inScope,
    scope: application.scope,
    attributes: application.mappings.map((mapping): PreviewedAttribute => {
      let error = '';
      const wanted = attempt(
        () => wantedAttribute(mapping, application, person, expressions),
        (message) => (error = message),
      );
      return {
        attribute: mapping.attribute,
        value: wanted?.value ?? null,
        rule: wanted?.rule ?? sourceOf(mapping),
        onCreateOnly: mapping.onCreateOnly ?? false,
        whenEmpty: mapping.whenEmpty ?? 'clear',
        alternatives: wanted?.alternatives ?? [],
        ...(wanted ? {} : { error }),
      };
    }),
    correlation: application.correlation.flatMap((rule) => {
      const one = { ...application, correlation: [rule] };
      const values = computed(`correlation ${rule.attribute}`, () => correlationValues(one, person, expressions)) ?? [];
      return values.map((found) => ({ ...found, rule: rule.expression }));
    }),
    entitlements: entitlements.map(previewed),
    outranked: outranked.map((one) => ({ ...previewed(one), by: one.by })),
    errors,
  };
}

function previewed({ entitlement, reason }: WantedEntitlement): PreviewedEntitlement {
  return { ...entitlement, rule: reason };
}

/** What `compute` gives, or undefined after telling why an expression can not be computed. */
function attempt<T>(compute: () => T, tell: (error: string) => void): T | undefined {
  try {
    return compute();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    tell(error.message);
    return undefined;
  }
}
