/** Profiles and permission sets by the names people use. Looked up together in one call, kept for ten minutes. */
import type { CallContext } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { refusal } from './failures.ts';
import { queryTogether, type Row } from './query.ts';
import type { Session } from './session.ts';

type NamedType = 'profile' | 'permission-set';

export interface Names {
  /** The record id, or an `invalid-data` error that names what there is instead. */
  find(type: NamedType, name: string, context: CallContext | undefined): Promise<string | ConnectorError>;
  /** Every name of this type. */
  list(type: NamedType, context: CallContext | undefined): Promise<string[]>;
}

interface Known {
  at: number;
  ids: Record<NamedType, Map<string, { id: string; name: string }>>;
}

const KEEP_MS = 10 * 60_000;
/** A name that is not known may be new; asking again for every unknown name would cost a call each time. */
const ASK_AGAIN_MS = 30_000;

export function createNames(session: Session): Names {
  let known: Promise<Known> | undefined;

  const load = (context: CallContext | undefined): Promise<Known> => {
    known = session
      .call({ action: 'look up profiles and permission sets' }, context, (org, call) =>
        queryTogether(org, call, {
          profiles: 'SELECT Id, Name FROM Profile',
          sets: 'SELECT Id, Name FROM PermissionSet WHERE IsOwnedByProfile = false',
        }),
      )
      .then(({ profiles, sets }) => ({
        at: Date.now(),
        ids: { profile: byName(profiles), 'permission-set': byName(sets) },
      }))
      .catch((error: unknown) => {
        known = undefined;
        throw error;
      });
    return known;
  };

  const current = async (context: CallContext | undefined, olderThan: number): Promise<Known> => {
    const loaded = await (known ?? load(context));
    return Date.now() - loaded.at > olderThan ? load(context) : loaded;
  };

  return {
    async find(type, name, context) {
      const key = name.toLowerCase();
      const found =
        (await current(context, KEEP_MS)).ids[type].get(key) ??
        (await current(context, ASK_AGAIN_MS)).ids[type].get(key);
      if (found) return found.id;
      const names = await this.list(type, context);
      return new ConnectorError('invalid-data', `salesforce: there is no ${type} "${name}"`, {
        remedy: `use one of: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}`,
      });
    },
    async list(type, context) {
      return [...(await current(context, KEEP_MS)).ids[type].values()].map(({ name }) => name).toSorted();
    },
  };
}

function byName(rows: Row[] | object | undefined): Map<string, { id: string; name: string }> {
  if (!Array.isArray(rows)) throw refusal(rows ?? {}, { action: 'look up profiles and permission sets' });
  return new Map(
    (rows as Row[]).map((row) => [String(row['Name']).toLowerCase(), { id: row.Id, name: String(row['Name']) }]),
  );
}
