/** Who is in a group altogether: by name, by its rule, through a group inside it. */
import { createExpressions, ExpressionError } from '#domain/expression.ts';
import { withInside } from '#domain/group.ts';
import { displayName, type PersonStatus } from '#domain/person.ts';
import type { PeopleFilter } from '#directory/people.ts';
import { peoplePage, type ListedPerson } from '#directory/people-list.ts';
import { loadPolicy } from '#directory/policy.ts';
import type { Sql } from '#directory/database.ts';

export interface GroupMember {
  employeeNumber: string;
  name: string;
  status: PersonStatus;
  /** `name`, `rule`, or the group inside it that the person is in. */
  through: string;
  /** Why it can not be told whether the person is in it; null: the person is. */
  problem: string | null;
}

/** How many are in a group, and of how many it can not be told. */
export interface GroupSize {
  members: number;
  undecided: number;
}

const PAGE = 500;

/**
 * Everybody in a group, by employee number; also those of whom it can not be told, with the problem. At most 500 people are
 * held in memory, and no connection while whoever reads takes their time. Nobody when there is no such group.
 */
export async function* membersOf(directory: Sql, name: string, filter: PeopleFilter = {}): AsyncGenerator<GroupMember> {
  const { fields, groups } = await loadPolicy(directory);
  const inside = withInside(groups, name);
  const group = inside.find((one) => one.name === name);
  if (!group) return;
  const expressions = createExpressions(fields, inside);
  for await (const person of everybody(directory, filter)) {
    const member = () => ({ employeeNumber: person.employeeNumber, name: displayName(person), status: person.status });
    try {
      const within = new Set(expressions.groupsOf(person));
      if (!within.has(name)) continue;
      const child = group.children.find((one) => within.has(one));
      yield { ...member(), through: person.memberOf?.includes(name) ? 'name' : (child ?? 'rule'), problem: null };
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      yield { ...member(), through: 'rule', problem: error.message };
    }
  }
}

/** Counts them; reads everybody once. */
export async function sizeOf(directory: Sql, name: string, filter: PeopleFilter = {}): Promise<GroupSize> {
  const size = { members: 0, undecided: 0 };
  for await (const { problem } of membersOf(directory, name, filter)) {
    if (problem === null) size.members += 1;
    else size.undecided += 1;
  }
  return size;
}

async function* everybody(directory: Sql, { status }: PeopleFilter): AsyncGenerator<ListedPerson> {
  for (let after: ListedPerson | undefined; ;) {
    const page = await peoplePage(directory, { status }, { order: 'number', after, limit: PAGE });
    yield* page;
    after = page.at(-1);
    if (page.length < PAGE) return;
  }
}
