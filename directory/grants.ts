/** Grants: the entitlements Joinery gave, and why. Only these are ours to revoke. */
import type { Entitlement } from '#domain/account.ts';
import type { Queries } from './database.ts';

export interface GrantRecord extends Entitlement {
  reason: string;
}

/** What Joinery granted to the person's account in the application. */
export async function managedEntitlements(
  sql: Queries,
  employeeNumber: string,
  application: string,
): Promise<GrantRecord[]> {
  return sql<GrantRecord[]>`
    select type, name, reason from "grant"
    where employee_number = ${employeeNumber} and application = ${application} order by type, name`;
}

/** Remembers what was granted for an event. Safe to repeat: the first reason stays. */
export async function recordGrants(
  sql: Queries,
  to: { employeeNumber: string; application: string; eventId: string; reason: string },
  entitlements: Entitlement[],
): Promise<void> {
  if (entitlements.length === 0) return;
  const rows = entitlements.map(({ type, name }) => ({
    employee_number: to.employeeNumber,
    application: to.application,
    type,
    name,
    reason: to.reason,
    event_id: to.eventId,
  }));
  await sql`insert into "grant" ${sql(rows)} on conflict do nothing`;
}

/** Forgets what was replaced: of these types, everything but these. Safe to repeat. */
export async function forgetReplacedGrants(
  sql: Queries,
  employeeNumber: string,
  application: string,
  held: Entitlement[],
): Promise<void> {
  if (held.length === 0) return;
  await sql`
    delete from "grant"
    where employee_number = ${employeeNumber} and application = ${application}
      and type = any(${held.map(({ type }) => type)})
      and (type, name) not in (select * from unnest(${held.map(({ type }) => type)}::text[], ${held.map(({ name }) => name)}::text[]))`;
}

/** Forgets what was revoked. Safe to repeat. */
export async function forgetGrants(
  sql: Queries,
  employeeNumber: string,
  application: string,
  entitlements: Entitlement[],
): Promise<void> {
  if (entitlements.length === 0) return;
  await sql`
    delete from "grant" using unnest(${entitlements.map(({ type }) => type)}::text[], ${entitlements.map(({ name }) => name)}::text[]) as gone (type, name)
    where employee_number = ${employeeNumber} and application = ${application}
      and "grant".type = gone.type and "grant".name = gone.name`;
}
