/** Blockers: what needs a user so much that Salesforce refuses to deactivate them, or stops working once they are. */
import type { CallContext, Connector } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import type { Blocker } from '#domain/blocker.ts';
import type { Field, Fields } from './describe.ts';
import { fullUserId } from './ids.ts';
import { KEEP_MS } from './kept.ts';
import { queryTogether, type Row } from './query.ts';
import { seen, textAt } from './seen.ts';
import type { Session } from './session.ts';
import { oneOf, slices } from './soql.ts';

/** A field that may name the user, in rows of one of the queries. */
interface Use {
  part: keyof typeof PARTS;
  field: string;
  /** The field by which people know a row. */
  known: string;
  blocks: boolean;
  /** One such row; and what having some means, as in `approver of 3 pending approvals (Acme, …)`. */
  row: string;
  label: (rows: string) => string;
  remedy: string;
}

const ACTION = 'look up what needs an account';
/** Ids in one query: its URL has to stay below 16,384 bytes. */
const MOST_IDS = 400;
/** Names that a label spells out. */
const MOST_NAMES = 5;

/** What is looked at, in the words for when it can not be seen. */
const PARTS = {
  approvals: 'pending approvals',
  users: 'users who name others',
  administrators: 'who administers the org',
  dashboards: 'dashboards',
  jobs: 'scheduled jobs',
};

const USES: Use[] = [
  {
    part: 'approvals',
    field: 'ActorId',
    known: 'ProcessInstance.TargetObject.Name',
    blocks: true,
    row: 'pending approval',
    label: (rows) => `approver of ${rows}`,
    remedy: 'in Setup, Mass Transfer Approval Requests, give them to somebody else',
  },
  {
    part: 'users',
    field: 'DelegatedApproverId',
    known: 'Name',
    blocks: true,
    row: 'active user',
    label: (rows) => `delegated approver of ${rows}`,
    remedy: 'in Setup, Users, Approver Settings, give them another delegated approver',
  },
  {
    part: 'dashboards',
    field: 'RunningUserId',
    known: 'Title',
    blocks: false,
    row: 'dashboard',
    label: (rows) => `running user of ${rows}: no data will be shown any more`,
    remedy: 'edit each dashboard and choose another user under View Dashboard As',
  },
  {
    part: 'jobs',
    field: 'OwnerId',
    known: 'CronJobDetail.Name',
    blocks: false,
    row: 'scheduled job',
    label: (rows) => `owner of ${rows}: nothing will run any more`,
    remedy: 'in Setup, Scheduled Jobs, delete them, and let somebody else schedule them again',
  },
];

/** Rights that somebody active has to have. */
const RIGHTS = { PermissionsManageUsers: 'Manage Users', PermissionsModifyAllData: 'Modify All Data' };

/** One API call for up to 100 accounts, and one for the fields of User, which are kept. */
export function createBlockers(session: Session, fields: Fields): Required<Pick<Connector, 'blockers'>> {
  return {
    async blockers(nativeIds, context) {
      const ids = nativeIds.map(fullUserId);
      const known = [...new Set(ids.filter((id) => id !== undefined))];
      if (known.length === 0) return nativeIds.map(() => []);
      const hierarchies = (await fields(KEEP_MS, context)).filter(isHierarchy);
      const found = new Map<string, Blocker[]>();
      for (const some of slices(known, Math.max(1, Math.floor(MOST_IDS / (hierarchies.length + 1)))))
        for (const [id, blockers] of await look(session, some, hierarchies, context)) found.set(id, blockers);
      return ids.map((id) => (id === undefined ? [] : (found.get(id) ?? [])));
    },
  };
}

/** A field of User that names another user, such as Reviewer__c: only one that names nobody lets them be deactivated. */
function isHierarchy({ custom, type, referenceTo }: Field): boolean {
  return custom && type === 'reference' && (referenceTo ?? []).includes('User');
}

async function look(
  session: Session,
  ids: string[],
  hierarchies: Field[],
  context: CallContext | undefined,
): Promise<Map<string, Blocker[]>> {
  const parts = await session.call({ action: ACTION }, context, (org, call) =>
    queryTogether(org, call, queries(ids, hierarchies)),
  );
  const rows = new Map<string, Row[]>();
  const unseen: Blocker[] = [];
  for (const [part, what] of Object.entries(PARTS)) {
    const answer = seen(parts[part], ACTION);
    if (answer instanceof ConnectorError) unseen.push(notSeen(what, answer));
    else rows.set(part, answer);
  }
  const uses = [...USES, ...hierarchies.map(hierarchy)];
  return new Map(
    ids.map((id) => [
      id,
      [
        ...uses.flatMap((use) => blockerOf(use, id, rows.get(use.part) ?? [])),
        ...lastWithRight(id, rows.get('administrators') ?? []),
        ...unseen,
      ],
    ]),
  );
}

function queries(ids: string[], hierarchies: Field[]): Record<keyof typeof PARTS, string> {
  const naming = ['DelegatedApproverId', ...hierarchies.map(({ name }) => name)];
  const rights = Object.keys(RIGHTS).map((right) => `PermissionSet.${right}`);
  return {
    approvals: `SELECT Id, ActorId, ProcessInstance.TargetObject.Name FROM ProcessInstanceWorkitem WHERE ${oneOf('ActorId', ids)}`,
    users: `SELECT Id, Name, ${naming.join(', ')} FROM User WHERE IsActive = true AND (${naming.map((field) => oneOf(field, ids)).join(' OR ')})`,
    administrators: `SELECT Id, AssigneeId, ${rights.join(', ')} FROM PermissionSetAssignment WHERE Assignee.IsActive = true AND (${rights.map((right) => `${right} = true`).join(' OR ')})`,
    dashboards: `SELECT Id, Title, RunningUserId FROM Dashboard WHERE Type = 'SpecifiedUser' AND ${oneOf('RunningUserId', ids)}`,
    jobs: `SELECT Id, OwnerId, CronJobDetail.Name FROM CronTrigger WHERE State NOT IN ('COMPLETE', 'ERROR', 'DELETED') AND ${oneOf('OwnerId', ids)}`,
  };
}

function hierarchy({ name, label }: Field): Use {
  return {
    part: 'users',
    field: name,
    known: 'Name',
    blocks: true,
    row: 'active user',
    label: (rows) => `${label} of ${rows}`,
    remedy: `in Setup, Users, give them another ${label}`,
  };
}

function blockerOf(use: Use, id: string, rows: Row[]): Blocker[] {
  const names = rows
    .filter((row) => row[use.field] === id && row.Id !== id)
    .map((row) => textAt(row, use.known) ?? row.Id);
  if (names.length === 0) return [];
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  const counted = `${names.length} ${use.row}${names.length === 1 ? '' : 's'}`;
  const label = use.label(`${counted} (${names.slice(0, MOST_NAMES).join(', ')}${more})`);
  return [{ blocks: use.blocks, label, remedy: use.remedy }];
}

function lastWithRight(id: string, assignments: Row[]): Blocker[] {
  return Object.entries(RIGHTS).flatMap(([right, name]): Blocker[] => {
    const holders = assignments
      .filter(({ PermissionSet: set }) => (set as Record<string, unknown> | null)?.[right] === true)
      .map((row) => row['AssigneeId']);
    if (!holders.includes(id) || holders.some((holder) => holder !== id)) return [];
    return [
      {
        blocks: true,
        label: `the only active user with ${name}`,
        remedy: `in Setup, Users, give another active user a profile or permission set with ${name}`,
      },
    ];
  });
}

function notSeen(what: string, { code }: ConnectorError): Blocker {
  return {
    blocks: false,
    label: `${what} can not be seen (${code ?? 'refused'})`,
    remedy: 'let the user we run as see them, or look in Salesforce before the user is deactivated',
  };
}
