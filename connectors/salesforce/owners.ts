/** Who can own records: users, and queues for the objects they are set up for. */
import type { CallContext, Ownership } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { fullId, fullUserId } from './ids.ts';
import { ASK_AGAIN_MS, kept, KEEP_MS } from './kept.ts';
import { named, type Named } from './listing.ts';
import { nearNames } from '#domain/near-names.ts';
import { queryTogether, type Row } from './query.ts';
import { needed } from './seen.ts';
import type { Session } from './session.ts';
import { literal, startsWith } from './soql.ts';

interface Queue extends Named {
  /** Objects of which it can own records, in lower case. */
  owns: Set<string>;
}

const LOOK_UP_QUEUES = 'look up queues';
/** Usernames that may have been meant, told by how they begin. */
const LIKELY = 200;

/** Users by username, in one API call; queues by API name or label, and what they own, in one that is kept. */
export function createOwners(session: Session): Pick<Ownership, 'findOwner' | 'canOwn'> {
  const queues = kept(LOOK_UP_QUEUES, (context) =>
    session.call({ action: LOOK_UP_QUEUES }, context, async (org, call) => {
      const { groups, owned } = await queryTogether(org, call, {
        groups: "SELECT Id, Name, DeveloperName FROM Group WHERE Type = 'Queue'",
        owned: 'SELECT Id, QueueId, SobjectType FROM QueueSobject',
      });
      const owns = needed(owned, LOOK_UP_QUEUES);
      return needed(groups, LOOK_UP_QUEUES).map((group) => queue(group, owns));
    }),
  );

  /** What is not known may be new. */
  const ask = async <T>(question: (queues: Queue[]) => T | undefined, context: CallContext | undefined) =>
    question(await queues(KEEP_MS, context)) ?? question(await queues(ASK_AGAIN_MS, context));

  return {
    findOwner: async ({ by, name }, context) => {
      if (by === 'user') return findUser(session, name, context);
      const found = await ask((all) => named({ all }, name), context);
      return found?.id ?? noSuchQueue(name, await queues(ASK_AGAIN_MS, context));
    },

    async canOwn(object, owner, context) {
      if (fullUserId(owner) !== undefined) return true;
      const id = fullId(owner);
      const key = object.toLowerCase();
      return (await ask((all) => all.find((one) => one.id === id && one.owns.has(key)), context)) !== undefined;
    },
  };
}

function queue(group: Row, owned: Row[]): Queue {
  const objects = owned.filter((row) => row['QueueId'] === group.Id).map((row) => String(row['SobjectType']));
  const label = String(group['Name']);
  return {
    id: group.Id,
    name: String(group['DeveloperName']),
    label,
    alias: label,
    owns: new Set(objects.map((object) => object.toLowerCase())),
  };
}

function noSuchQueue(name: string, queues: Queue[]): ConnectorError {
  const alike = queues.filter(({ label }) => label.toLowerCase() === name.toLowerCase());
  const names =
    alike.length > 0
      ? alike.map((one) => one.name)
      : nearNames(
          name,
          queues.map((one) => one.name),
        );
  const problem = alike.length > 0 ? `several queues are called "${name}"` : `there is no queue "${name}"`;
  return notFound(problem, names, 'make it in Setup, Queues');
}

async function findUser(
  session: Session,
  name: string,
  context: CallContext | undefined,
): Promise<string | ConnectorError> {
  const action = `look up user ${name}`;
  const beginning = startsWith('Username', name.slice(0, 2));
  const { exact, likely } = await session.call({ action }, context, (org, call) =>
    queryTogether(org, call, {
      exact: `SELECT Id, IsActive FROM User WHERE Username = ${literal(name)}`,
      likely: `SELECT Id, Username FROM User WHERE IsActive = true AND ${beginning} ORDER BY Username LIMIT ${LIKELY}`,
    }),
  );
  const [user] = needed(exact, action);
  if (user?.['IsActive'] === true) return user.Id;
  const usernames = needed(likely, action).map((row) => String(row['Username']));
  const problem = user ? `user ${name} is not active` : `there is no user "${name}"`;
  return notFound(problem, nearNames(name, usernames), 'name an active user of this org by username');
}

function notFound(problem: string, names: string[], otherwise: string): ConnectorError {
  return new ConnectorError('invalid-data', `salesforce: ${problem}`, {
    remedy: names.length > 0 ? `did you mean ${names.join(', ')}?` : otherwise,
  });
}
