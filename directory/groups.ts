/** Groups: their rules, what is inside them, and who is a member by name. */
import type { Group } from '#domain/group.ts';
import type { Queries } from './database.ts';

/** Every group, by name. */
export async function listGroups(sql: Queries): Promise<Group[]> {
  return sql<Group[]>`
    select name, label, rule, array(select child from group_child where parent = name order by child) as children
    from person_group order by name`;
}

/** Adds or replaces a group; its members by name stay. What is inside it must be known. Safe to repeat. */
export async function saveGroup(sql: Queries, { name, label, rule, children }: Group): Promise<void> {
  await sql`
    insert into person_group (name, label, rule) values (${name}, ${label}, ${rule})
    on conflict (name) do update set label = excluded.label, rule = excluded.rule, updated_at = now()`;
  await sql`delete from group_child where parent = ${name} and child <> all(${children})`;
  await sql`
    insert into group_child (parent, child) select ${name}, child from unnest(${children}::text[]) as child
    on conflict do nothing`;
}

/** Calls a group something else; its members, and the groups it is inside of, keep it. */
export async function renameGroup(sql: Queries, from: string, to: string): Promise<void> {
  await sql`update person_group set name = ${to}, updated_at = now() where name = ${from}`;
}

/** Forgets a group and who is a member by name. Safe to repeat. */
export async function deleteGroup(sql: Queries, name: string): Promise<void> {
  await sql`delete from person_group where name = ${name}`;
}

/** How many people are members by name, of each group that has any. */
export async function countNamed(sql: Queries): Promise<Map<string, number>> {
  const rows = await sql<{ name: string; count: number }[]>`
    select group_name as name, count(*)::int as count from membership group by group_name`;
  return new Map(rows.map(({ name, count }) => [name, count]));
}

/** The employee numbers of those who are members by name, in order, of each group that has any. */
export async function listMembers(sql: Queries): Promise<Map<string, string[]>> {
  const rows = await sql<{ name: string; members: string[] }[]>`
    select group_name as name, array_agg(employee_number order by employee_number collate "C") as members
    from membership group by group_name`;
  return new Map(rows.map(({ name, members }) => [name, members]));
}

/** Makes these people members by name. Answers who was none before. Safe to repeat. */
export async function addMembers(sql: Queries, group: string, employeeNumbers: string[]): Promise<string[]> {
  const rows = await sql<{ employeeNumber: string }[]>`
    insert into membership (group_name, employee_number)
    select ${group}, number from unnest(${employeeNumbers}::text[]) as number on conflict do nothing
    returning employee_number as "employeeNumber"`;
  return rows.map(({ employeeNumber }) => employeeNumber).toSorted();
}

/** Makes these people no members by name. Answers who was one before. Safe to repeat. */
export async function dropMembers(sql: Queries, group: string, employeeNumbers: string[]): Promise<string[]> {
  const rows = await sql<{ employeeNumber: string }[]>`
    delete from membership where group_name = ${group} and employee_number = any(${employeeNumbers})
    returning employee_number as "employeeNumber"`;
  return rows.map(({ employeeNumber }) => employeeNumber).toSorted();
}
