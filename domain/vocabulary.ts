/** Vocabulary: what the rules of applications and groups speak of, held against the profile fields and groups there are. */
import { createExpressions } from './expression.ts';
import { groupFaults, type Group } from './group.ts';
import type { Fault } from './hr-event-input.ts';
import { SUGGESTION } from './near-names.ts';
import type { ProfileField } from './profile-field.ts';
import { ruleFaults, type Rules } from './rule-faults.ts';

/** The rules with the vocabulary that they speak. */
export interface Spoken {
  applications: readonly (Rules & { name: string })[];
  groups: readonly Group[];
  fields: readonly ProfileField[];
}

/** Every rule that a change of fields or groups would break, and why: `applications.crm.scope`. */
export function brokenRules(before: Spoken, after: Spoken): Fault[] {
  const known = new Set(vocabularyFaults(before).map(keyOf));
  return vocabularyFaults(after).filter((fault) => !known.has(keyOf(fault)));
}

function keyOf({ field, problem }: Fault): string {
  return `${field} ${problem.split(SUGGESTION, 1)[0]}`;
}

function vocabularyFaults({ applications, groups, fields }: Spoken): Fault[] {
  const expressions = createExpressions(fields, groups);
  return [
    ...groupFaults(groups, (rule) => expressions.fault(rule, 'group rule')),
    ...applications.flatMap((application) =>
      ruleFaults(application, fields, expressions).map(({ field, problem }) => ({
        field: `applications.${application.name}.${field}`,
        problem,
      })),
    ),
  ];
}
