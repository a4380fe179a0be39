/** What applications' rules give one person, from the directory alone: no application is asked, nothing is planned. */
import { z } from 'zod';
import type { EntitlementType } from '#domain/account.ts';
import { createExpressions, ExpressionError, type Expressions } from '#domain/expression.ts';
import type { Fault } from '#domain/hr-event-input.ts';
import { previewMapping, type MappingPreview } from '#domain/mapping-preview.ts';
import { nearNames } from '#domain/near-names.ts';
import { displayName, type Person } from '#domain/person.ts';
import { connectorTypes } from '#connectors/registry.ts';
import { openSecret } from '#directory/application-secrets.ts';
import { listApplications, type StoredApplication } from '#directory/applications.ts';
import type { Sql } from '#directory/database.ts';
import { findPerson } from '#directory/people.ts';
import { loadPolicy } from '#directory/policy.ts';
import type { Sealer } from '#directory/sealing.ts';

/** A person to try rules on: everything but the number and the profile may be left out. `groups`: those that name them as a member. */
export const triedPersonSchema = z.strictObject({
  employeeNumber: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 letters, digits or . _ -'),
  startDate: z.iso.date('must be a calendar day written YYYY-MM-DD').optional(),
  groups: z.array(z.string()).default([]),
  profile: z.record(z.string(), z.string().nullable()),
});

/** Who is tried: somebody known, or somebody made up. */
export type TriedPerson = { known: string } | { madeUp: z.infer<typeof triedPersonSchema> };

export interface Preview {
  person: Pick<Person, 'employeeNumber' | 'status'> & { name: string };
  /** Every group they are in; null where a group's rule can not be computed. */
  groups: string[] | null;
  applications: MappingPreview[];
}

/** unknown: there is no such person or application, and which. */
export type PreviewAnswer = { preview: Preview } | { faults: Fault[] } | { unknown: string };

/** Tries one application's rules, or those of all, on a person. Reads the directory only. */
export async function preview(
  directory: Sql,
  sealer: Sealer,
  tried: TriedPerson,
  application?: string,
): Promise<PreviewAnswer> {
  const [{ fields, groups }, all] = await Promise.all([loadPolicy(directory), listApplications(directory)]);
  const chosen = all.filter(({ name }) => application === undefined || name === application);
  if (application !== undefined && chosen.length === 0) return { unknown: `there is no application ${application}` };
  if ('madeUp' in tried) {
    const faults = unknownNames(
      tried.madeUp,
      fields.map(({ name }) => name),
      groups.map(({ name }) => name),
    );
    if (faults.length > 0) return { faults };
  }
  const person = 'madeUp' in tried ? madeUp(tried.madeUp) : await findPerson(directory, tried.known);
  if (!person) return { unknown: `nobody is known by ${'known' in tried ? tried.known : ''}` };
  const expressions = createExpressions(fields, groups);
  const { employeeNumber, status } = person;
  return {
    preview: {
      person: { employeeNumber, status, name: displayName(person) },
      groups: groupsOf(person, expressions),
      applications: chosen.map((one) => previewMapping(one, entitlementTypes(one, sealer), person, expressions)),
    },
  };
}

function madeUp({ groups, startDate, ...person }: z.infer<typeof triedPersonSchema>): Person {
  return { ...person, status: 'active', startDate: startDate ?? null, memberOf: groups };
}

function unknownNames(
  { profile, groups }: z.infer<typeof triedPersonSchema>,
  fieldNames: string[],
  groupNames: string[],
): Fault[] {
  return [
    ...Object.keys(profile)
      .filter((name) => !fieldNames.includes(name))
      .map((name) => ({ field: `profile.${name}`, problem: `is not a profile field${meant(name, fieldNames)}` })),
    ...groups
      .filter((name) => !groupNames.includes(name))
      .map((name) => ({ field: 'groups', problem: `"${name}" is not a group${meant(name, groupNames)}` })),
  ];
}

function meant(name: string, names: string[]): string {
  return names.length > 0 ? `; did you mean ${nearNames(name, names).join(', ')}?` : '';
}

function groupsOf(person: Person, expressions: Expressions): string[] | null {
  try {
    return expressions.groupsOf(person);
  } catch (error) {
    if (error instanceof ExpressionError) return null;
    throw error;
  }
}

/** What can be held there, as the connector says without asking the application. */
function entitlementTypes(application: StoredApplication, sealer: Sealer): readonly EntitlementType[] {
  const type = connectorTypes.get(application.connector);
  if (!type) throw new Error(`application ${application.name}: there is no connector "${application.connector}"`);
  const secret = type.secret.parse(openSecret(sealer, application));
  return type.connect(type.settings.parse(application.settings), secret).manifest.entitlementTypes;
}
