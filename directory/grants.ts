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

/** An entitlement of one person's account in an application. */
export interface Held extends Entitlement {
  employeeNumber: string;
}

/** What is about to be granted to somebody, for which event and by which rule. */
export interface NewGrant extends Held {
  eventId: string;
  reason: string;
}

/** Remembers what is about to be granted for an event. Safe to repeat: the first reason and event stay. */
export async function recordGrants(
  sql: Queries,
  { application, ...to }: { employeeNumber: string; application: string; eventId: string; reason: string },
  entitlements: Entitlement[],
): Promise<void> {
  await recordGrantsOfMany(
    sql,
    application,
    entitlements.map(({ type, name }) => ({ ...to, type, name })),
  );
}

/** The same for many people, in one statement. */
export async function recordGrantsOfMany(sql: Queries, application: string, grants: NewGrant[]): Promise<void> {
  if (grants.length === 0) return;
  const rows = grants.map(({ employeeNumber, eventId, type, name, reason }) => ({
    employee_number: employeeNumber,
    type,
    name,
    reason,
    event_id: eventId,
  }));
  await sql`
    insert into "grant" (employee_number, application, type, name, reason, event_id)
    select distinct on (employee_number, type, name) employee_number, ${application}, type, name, reason, event_id
    from jsonb_to_recordset(${sql.json(rows)})
      as given (employee_number text, type text, name text, reason text, event_id text)
    on conflict (employee_number, application, type, name) do update set granted_at = now()`;
}

/** Forgets what was replaced: of these people and these types, everything but these. Safe to repeat. */
export async function forgetReplacedGrants(sql: Queries, application: string, held: Held[]): Promise<void> {
  if (held.length === 0) return;
  await sql`
    with named as (select * from ${unnested(sql, held)})
    delete from "grant"
    where application = ${application} and employee_number = any(${numbersOf(held)})
      and (employee_number, type) in (select employee_number, type from named)
      and (employee_number, type, name) not in (select employee_number, type, name from named)`;
}

/** Forgets what was revoked. Safe to repeat. */
export async function forgetGrants(
  sql: Queries,
  employeeNumber: string,
  application: string,
  entitlements: Entitlement[],
): Promise<void> {
  await forgetGrantsOfMany(
    sql,
    application,
    entitlements.map((one) => ({ ...one, employeeNumber })),
  );
}

/** The same for many people, in one statement. */
export async function forgetGrantsOfMany(sql: Queries, application: string, entitlements: Held[]): Promise<void> {
  await forget(sql, application, entitlements, sql``);
}

/** Forgets what the application refused to give for these events; what was granted for an earlier one stays. Safe to repeat. */
export async function forgetRefusedGrants(
  sql: Queries,
  application: string,
  refused: Omit<NewGrant, 'reason'>[],
): Promise<void> {
  await forget(sql, application, refused, sql`and event_id = any(${refused.map(({ eventId }) => eventId)})`);
}

/**
 * Forgets what the accounts do not hold any more. What was granted in the last ten minutes stays: a call whose answer
 * was lost may still be at work. Safe to repeat.
 */
export async function forgetTakenGrants(sql: Queries, application: string, entitlements: Held[]): Promise<void> {
  await forget(sql, application, entitlements, sql`and granted_at < now() - interval '10 minutes'`);
}

/** Deletes these grants where a further condition holds. */
async function forget(
  sql: Queries,
  application: string,
  entitlements: Held[],
  also: ReturnType<typeof unnested>,
): Promise<void> {
  if (entitlements.length === 0) return;
  await sql`
    delete from "grant"
    where application = ${application} and employee_number = any(${numbersOf(entitlements)}) ${also}
      and (employee_number, type, name) in (select employee_number, type, name from ${unnested(sql, entitlements)})`;
}

const unnested = (sql: Queries, held: Held[]) => sql`
  unnest(
    ${numbersOf(held)}::text[], ${held.map(({ type }) => type)}::text[],
    ${held.map(({ name }) => name)}::text[]
  ) as named (employee_number, type, name)`;

function numbersOf(held: Held[]): string[] {
  return held.map(({ employeeNumber }) => employeeNumber);
}
