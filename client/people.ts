/** All that is known of one person: profile, groups, accounts, grants, what HR said and how it went, the mails, the lane. */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { createExpressions, ExpressionError } from '#domain/expression.ts';
import { displayName, type Person, type PersonStatus } from '#domain/person.ts';
import type { Profile } from '#domain/profile-field.ts';
import type { Task } from '#domain/task.ts';
import { accountsOf, type KnownAccount } from '#directory/accounts.ts';
import { managedEntitlements, type GrantRecord } from '#directory/grants.ts';
import { hrEventsOf } from '#directory/hr-events.ts';
import { mailsOf } from '#directory/mails.ts';
import { findPerson } from '#directory/people.ts';
import { importsOfPerson, type PersonImport } from '#directory/person-imports.ts';
import { loadPolicy, type Policy } from '#directory/policy.ts';
import { listTasks } from '#directory/tasks.ts';
import type { Sql } from '#directory/database.ts';
import { personWorkflowId } from '#workflows/ids.ts';
import { membershipsOf, type Membership } from './memberships.ts';

export interface PersonView {
  employeeNumber: string;
  name: string;
  status: PersonStatus;
  /** First day at work; null: not known. */
  startDate: string | null;
  profile: Profile;
  /** `pending`: values that wait to be confirmed in the application. */
  accounts: (KnownAccount & { grants: GrantRecord[] })[];
  groups: Membership[];
  /** Why the groups can not be told: a rule that can not be computed. */
  groupsFault: string | null;
  /** What is stuck, open ones only. */
  tasks: Task[];
  events: {
    id: string;
    type: string;
    state: string;
    dueAt: string | null;
    acceptedAt: string;
    summary: string | null;
  }[];
  /** The latest imports that had or have something to do for the person. */
  imports: PersonImport[];
  mails: { kind: string; to: string; state: string }[];
  /** The lane's latest run; null when there never was one, or Temporal has forgotten it. */
  lane: { workflowId: string; runId: string; type: string; status: string } | null;
}

/** The person, or undefined when nobody is known by this number. Reads only. */
export async function showPerson(
  directory: Sql,
  temporal: Client,
  employeeNumber: string,
): Promise<PersonView | undefined> {
  const person = await findPerson(directory, employeeNumber);
  if (!person) return undefined;
  const [policy, accounts, events, imports, mails, tasks, lane] = await Promise.all([
    loadPolicy(directory),
    accountsOf(directory, employeeNumber),
    hrEventsOf(directory, employeeNumber),
    importsOfPerson(directory, employeeNumber),
    mailsOf(directory, employeeNumber),
    listTasks(directory, { employeeNumber, state: 'open' }),
    laneOf(temporal, employeeNumber),
  ]);
  const withGrants = accounts.map(async (account) => ({
    ...account,
    grants: await managedEntitlements(directory, employeeNumber, account.application),
  }));
  return {
    employeeNumber,
    name: displayName(person),
    status: person.status,
    startDate: person.startDate ?? null,
    profile: person.profile,
    accounts: await Promise.all(withGrants),
    ...groupsOf(person, policy),
    tasks,
    events: events.map(({ id, type, state, dueAt, acceptedAt, outcome }) => ({
      id,
      type,
      state,
      dueAt,
      acceptedAt,
      summary: outcome?.summary ?? null,
    })),
    imports,
    mails: mails.map(({ kind, recipient, state }) => ({ kind, to: recipient, state })),
    lane,
  };
}

function groupsOf(person: Person, { fields, groups }: Policy): Pick<PersonView, 'groups' | 'groupsFault'> {
  try {
    return { groups: membershipsOf(person, groups, createExpressions(fields, groups)), groupsFault: null };
  } catch (error) {
    if (error instanceof ExpressionError) return { groups: [], groupsFault: error.message };
    throw error;
  }
}

async function laneOf(temporal: Client, employeeNumber: string): Promise<PersonView['lane']> {
  const workflowId = personWorkflowId(employeeNumber);
  try {
    const { runId, type, status } = await temporal.workflow.getHandle(workflowId).describe();
    return { workflowId, runId, type, status: status.name };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
