/**
 * What people have in one profile field, now and by what HR has said and is still to come: read before the field's
 * definition changes, and looked up when a value may be one person's only.
 */
import { createHash } from 'node:crypto';
import type { Queries } from './database.ts';

/** A person's value in a field; `event`: the HR event that will give it, null: the person has it. */
export interface FieldValue {
  employeeNumber: string;
  event: string | null;
  value: string | null;
}

/** Two people with the same value. */
export interface SharedValue extends FieldValue {
  value: string;
  holder: string;
}

/**
 * The value of everybody in the field, those without included, and of every event to come that says something of it. Who has
 * left and has no value is passed over: whoever comes back has to bring one.
 */
export async function* streamFieldValues(sql: Queries, field: string): AsyncGenerator<FieldValue> {
  const values = sql<FieldValue[]>`
    select * from (${valuesOf(sql, field)}) as value order by "employeeNumber", event nulls first`;
  for await (const batch of values.cursor(1_000)) yield* batch;
}

/** Everybody whose value somebody else has too, without regard to case: how many, and the first so many. */
export async function sharedValues(
  sql: Queries,
  field: string,
  limit: number,
): Promise<{ count: number; first: SharedValue[] }> {
  const rows = await sql<(SharedValue & { count: number })[]>`
    with value as (${valuesOf(sql, field)}),
    shared as (
      select lower(value) as key, min("employeeNumber") as holder, max("employeeNumber") as other from value
      where value <> '' group by lower(value) having min("employeeNumber") <> max("employeeNumber"))
    select "employeeNumber", event, value, count(*) over ()::int as count,
      case when holder = "employeeNumber" then other else holder end as holder
    from value join shared on key = lower(value)
    order by "employeeNumber", event nulls first limit ${limit}`;
  return { count: rows[0]?.count ?? 0, first: rows.map(({ count: _count, ...shared }) => shared) };
}

const valuesOf = (sql: Queries, field: string) => sql`
  select employee_number as "employeeNumber", null as event, profile ->> ${field} as value from person
  where status <> 'left' or profile ->> ${field} <> ''
  union all
  select employee_number, id, body -> 'profile' ->> ${field} from hr_event
  where settled_at is null and body -> 'profile' ? ${field}`;

/** Takes the field out of every profile and of what HR has said of those people and others to come. Answers how many had a value. */
export async function forgetFieldValues(sql: Queries, field: string): Promise<number> {
  const forgotten = await sql`
    update person set profile = profile - ${field}::text, version = version + 1, updated_at = now()
    where profile ? ${field}`;
  // An event that waits would write it again, and so would what a joiner to come takes up.
  await sql`
    update hr_event set body = body #- array['profile', ${field}]
    where body -> 'profile' ? ${field}
      and employee_number in (select employee_number from hr_event where settled_at is null)`;
  return forgotten.count;
}

/** How many people have a value in the field, or will have one by an event to come. */
export async function countFieldValues(sql: Queries, field: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(distinct "employeeNumber")::int as count from (${valuesOf(sql, field)}) as value where value <> ''`;
  return row?.count ?? 0;
}

/** What somebody has or will have in one of these fields. */
export interface HeldValue {
  field: string;
  employeeNumber: string;
  value: string;
}

/**
 * Who has or will have one of these values, without regard to case: one statement, by the indexes that `indexField` makes.
 * Of people who have left, too.
 */
export async function holdersOf(sql: Queries, wanted: ReadonlyMap<string, string[]>): Promise<HeldValue[]> {
  const found = [...wanted].map(([field, values]) => {
    const among = sql`any (array(select lower(value) from unnest(${values}::text[]) as value))`;
    const name = literal(field);
    return sql`
      select ${field} as field, employee_number as "employeeNumber", profile ->> ${sql.unsafe(name)} as value
      from person where lower(profile ->> ${sql.unsafe(name)}) = ${among}
      union all
      select ${field}, employee_number, body -> 'profile' ->> ${sql.unsafe(name)}
      from hr_event where settled_at is null and lower(body -> 'profile' ->> ${sql.unsafe(name)}) = ${among}`;
  });
  const [first, ...rest] = found;
  if (!first) return [];
  return sql<HeldValue[]>`${rest.reduce((all, one) => sql`${all} union all ${one}`, first)}`;
}

/** Lets one call after the other give values to unique fields, until the transaction ends. */
export async function lockUniqueValues(tx: Queries): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtext('joinery unique values'))`;
}

/** Makes the values of a field quick to look up. Safe to repeat. */
export async function indexField(sql: Queries, field: string): Promise<void> {
  const name = sql.unsafe(literal(field));
  await sql`
    create index if not exists ${sql(`person_${indexName(field)}`)} on person (lower(profile ->> ${name}))`;
  await sql`
    create index if not exists ${sql(`hr_event_${indexName(field)}`)} on hr_event (lower(body -> 'profile' ->> ${name}))
    where settled_at is null`;
}

/** Takes that back. Safe to repeat. */
export async function dropFieldIndex(sql: Queries, field: string): Promise<void> {
  await sql`
    drop index if exists ${sql(`person_${indexName(field)}`)}, ${sql(`hr_event_${indexName(field)}`)}`;
}

/** A name may be longer than PostgreSQL lets an index's be. */
function indexName(field: string): string {
  return `field_${createHash('sha256').update(field).digest('hex').slice(0, 16)}`;
}

/** An index is only used for the very expression it was made of, so the name can not be a parameter. */
function literal(field: string): string {
  if (!/^[A-Za-z0-9]+$/.test(field)) throw new Error(`directory: ${field} is no name of a profile field`);
  return `'${field}'`;
}
