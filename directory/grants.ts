/** Grants: the entitlements Joinery gave or is about to give, and why. Only these are ours to revoke. */
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

/** What Joinery granted to these people's accounts in the application, by employee number. */
export async function managedEntitlementsOf(
  sql: Queries,
  employeeNumbers: string[],
  application: string,
): Promise<Map<string, GrantRecord[]>> {
  const rows = await sql<(GrantRecord & { employeeNumber: string })[]>`
    select employee_number as "employeeNumber", type, name, reason from "grant"
    where employee_number = any(${employeeNumbers}) and application = ${application} order by type, name`;
  const managed = new Map<string, GrantRecord[]>();
  for (const { employeeNumber, ...grant } of rows)
    managed.set(employeeNumber, [...(managed.get(employeeNumber) ?? []), grant]);
  return managed;
}

/** Remembers what is about to be granted for an event. Safe to repeat: the first reason and event stay. */
export async function recordGrants(
  sql: Queries,
  to: { employeeNumber: string; application: string; eventId: string; reason: string },
  entitlements: Entitlement[],
): Promise<void> {
  if (entitlements.length === 0) return;
  await sql`
    insert into "grant" (employee_number, application, type, name, reason, event_id)
    select distinct ${to.employeeNumber}, ${to.application}, type, name, ${to.reason}, ${to.eventId} from ${unnested(sql, entitlements)}
    on conflict (employee_number, application, type, name) do update set granted_at = now()`;
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
      and (type, name) not in (select type, name from ${unnested(sql, held)})`;
}

/** Forgets what was revoked. Safe to repeat. */
export async function forgetGrants(
  sql: Queries,
  employeeNumber: string,
  application: string,
  entitlements: Entitlement[],
): Promise<void> {
  await forget(sql, { employeeNumber, application }, entitlements, sql``);
}

/** Forgets what the application refused to give for this event; what was granted for an earlier one stays. Safe to repeat. */
export async function forgetRefusedGrants(
  sql: Queries,
  to: { employeeNumber: string; application: string; eventId: string },
  entitlements: Entitlement[],
): Promise<void> {
  await forget(sql, to, entitlements, sql`and event_id = ${to.eventId}`);
}

/**
 * Forgets what the account does not hold any more. What was granted in the last ten minutes stays: a call whose answer
 * was lost may still be at work. Safe to repeat.
 */
export async function forgetTakenGrants(
  sql: Queries,
  employeeNumber: string,
  application: string,
  entitlements: Entitlement[],
): Promise<void> {
  const long = sql`and granted_at < now() - interval '10 minutes'`;
  await forget(sql, { employeeNumber, application }, entitlements, long);
}

/** Deletes these grants of an account where a further condition holds. */
async function forget(
  sql: Queries,
  { employeeNumber, application }: { employeeNumber: string; application: string },
  entitlements: Entitlement[],
  also: ReturnType<typeof unnested>,
): Promise<void> {
  if (entitlements.length === 0) return;
  await sql`
    delete from "grant"
    where employee_number = ${employeeNumber} and application = ${application} ${also}
      and (type, name) in (select type, name from ${unnested(sql, entitlements)})`;
}

const unnested = (sql: Queries, entitlements: Entitlement[]) => sql`
  unnest(${entitlements.map(({ type }) => type)}::text[], ${entitlements.map(({ name }) => name)}::text[]) as named (type, name)`;
