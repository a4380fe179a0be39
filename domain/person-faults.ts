/** Person faults: what an application's rules give for one person and the application would not take. */
import type { AttributeValue } from './account.ts';
import type { Application } from './application.ts';
import type { Schema } from './application-schema.ts';
import { ExpressionError, type Expressions } from './expression.ts';
import type { Fault } from './hr-event-input.ts';
import { attributeOf } from './mapping-faults.ts';
import { wantedAttribute } from './mapping.ts';
import type { Person } from './person.ts';
import { valueFault } from './value-faults.ts';

/**
 * Everything of this person that would be refused, without the values, so that the same of many people can be counted.
 * Nothing where the application is not for this person. The rules themselves are without fault.
 */
export function personFaults(
  application: Application,
  schema: Schema,
  person: Person,
  expressions: Expressions,
): Fault[] {
  const faults: Fault[] = [];
  const computed = <T>(field: string, compute: () => T): T | undefined => {
    try {
      return compute();
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      faults.push({ field, problem: `can not be computed: ${error.message}` });
      return undefined;
    }
  };
  const note = (field: string, problem: string | undefined) => {
    if (problem !== undefined) faults.push({ field, problem });
  };

  if (computed('scope', () => expressions.holds(application.scope, person)) !== true) return faults;
  for (const mapping of application.mappings) {
    const attribute = attributeOf(schema, mapping.attribute);
    const field = `mappings.${mapping.attribute}`;
    const once = { ...mapping, alternatives: [] };
    const wanted = computed(field, () => wantedAttribute(once, application, person, expressions));
    if (attribute && wanted) note(field, isMissing(attribute, wanted.value) ?? valueFault(attribute, wanted.value));
  }
  const granted = new Set<string>();
  application.birthrights.forEach(({ when, grant }, index) => {
    if (computed(`birthrights.${index}.when`, () => expressions.holds(when, person)) !== true) return;
    for (const { type } of grant) granted.add(type);
  });
  for (const { required, writable, entitlementType } of schema.attributes) {
    if (required && writable && entitlementType !== undefined && !granted.has(entitlementType))
      note('birthrights', `give no ${entitlementType}, and an account can not be without one`);
  }
  return faults;
}

function isMissing({ required }: { required: boolean }, value: AttributeValue): string | undefined {
  return required && value === null ? 'is empty, and an account can not be without it' : undefined;
}
