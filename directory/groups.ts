/** Groups: their rules, what is inside them, and who is a member by name. */
import type { Group } from '#domain/group.ts';
import type { Queries } from './database.ts';

/** Every group, by name. */
export async function listGroups(sql: Queries): Promise<Group[]> {
  return sql<Group[]>`
    select name, label, rule, array(select child from group_child where parent = name order by child) as children
    from person_group order by name`;
}
