/** Profiles and permission sets by the names people use. Looked up together in one call, kept for ten minutes. */
import type { CallContext } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { callFailure, refusal } from './failures.ts';
import { nearNames } from './near-names.ts';
import { queryTogether, type Row } from './query.ts';
import type { Session } from './session.ts';
import { orAborted } from './transport.ts';

type NamedType = 'profile' | 'permission-set';

export interface Names {
  /** The record id, or an `invalid-data` error that names what may have been meant. */
  find(type: NamedType, name: string, context: CallContext | undefined): Promise<string | ConnectorError>;
  /** Every name of this type. */
  list(type: NamedType, context: CallContext | undefined): Promise<string[]>;
}

interface Known {
  at: number;
  ids: Record<NamedType, Map<string, { id: string; name: string }>>;
}

const LOOK_UP = { action: 'look up profiles and permission sets' };
const KEEP_MS = 10 * 60_000;
/** A name that is not known may be new; asking again for every unknown name would cost a call each time. */
const ASK_AGAIN_MS = 30_000;

export function createNames(session: Session): Names {
  let known: Known | undefined;
  let loading: Promise<Known> | undefined;

  /** Shared by all rows and calls that need it, and so without a signal: it is nobody's in particular. */
  const load = (): Promise<Known> => {
    loading ??= session
      .call(LOOK_UP, undefined, (org, call) =>
        queryTogether(org, call, {
          profiles: 'SELECT Id, Name FROM Profile',
          sets: 'SELECT Id, Name FROM PermissionSet WHERE IsOwnedByProfile = false AND PermissionSetGroupId = null',
        }),
      )
      .then(({ profiles, sets }) => {
        known = { at: Date.now(), ids: { profile: byName(profiles), 'permission-set': byName(sets) } };
        return known;
      })
      .finally(() => {
        loading = undefined;
      });
    return loading;
  };

  const current = async (context: CallContext | undefined, olderThan: number): Promise<Known> => {
    if (known && Date.now() - known.at <= olderThan) return known;
    return orAborted(load(), context?.signal).catch((error: unknown) => {
      throw callFailure(error, LOOK_UP);
    });
  };

  return {
    async find(type, name, context) {
      const key = name.toLowerCase();
      const found =
        (await current(context, KEEP_MS)).ids[type].get(key) ??
        (await current(context, ASK_AGAIN_MS)).ids[type].get(key);
      if (found) return found.id;
      const near = nearNames(name, await this.list(type, context));
      return new ConnectorError('invalid-data', `salesforce: there is no ${type} "${name}"`, {
        remedy: `did you mean ${near.join(', ')}?`,
      });
    },
    async list(type, context) {
      return [...(await current(context, ASK_AGAIN_MS)).ids[type].values()].map(({ name }) => name).toSorted();
    },
  };
}

function byName(rows: Row[] | object | undefined): Map<string, { id: string; name: string }> {
  if (!Array.isArray(rows)) throw refusal(rows ?? {}, LOOK_UP);
  return new Map(
    (rows as Row[]).map((row) => [String(row['Name']).toLowerCase(), { id: row.Id, name: String(row['Name']) }]),
  );
}
