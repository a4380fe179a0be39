/** Entitlements by the names people use. Looked up together, kept for ten minutes. */
import type { CallContext } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { entitlementLabel, type Entitlement } from '#domain/account.ts';
import { featureFlags, type Fields } from './describe.ts';
import { ENTITLEMENT_TYPES, isDefinable, type KnownType } from './entitlement-types.ts';
import { ASK_AGAIN_MS, kept, KEEP_MS } from './kept.ts';
import type { Licences } from './licences.ts';
import { listed, named, type Listing, type Named } from './listing.ts';
import { nearNames } from '#domain/near-names.ts';
import { queryTogether, type Row } from './query.ts';
import { fullName, shown, textAt } from './seen.ts';
import type { Session } from './session.ts';

/** `licence`: what a user must have to hold it; of a profile, what everybody with it has. */
export interface KnownEntitlement extends Named {
  type: KnownType;
  licence?: { id: string; name: string | undefined };
}

export interface Names {
  /** The entitlement, or an `invalid-data` error that names what may have been meant. */
  find(entitlement: Entitlement, context: CallContext | undefined): Promise<KnownEntitlement | ConnectorError>;
  /**
   * The failure of a row that named this entitlement by this id: `transient` when it has another id by now, so that the
   * next try takes that one, or is gone. Looks all names up anew when Salesforce says that something is not there.
   */
  remade(
    known: Pick<KnownEntitlement, 'type' | 'id' | 'name'>,
    error: ConnectorError,
    context: CallContext | undefined,
  ): Promise<ConnectorError>;
  /** All of them; those we may not see are left out. */
  list(context: CallContext | undefined): Promise<KnownEntitlement[]>;
  /** The permission sets in a permission set group, by its id. */
  setsIn(groupId: string, context: CallContext | undefined): Promise<KnownEntitlement[]>;
}

/** Tells of each of the entitlements that were looked up what `find` would. */
export type Found = (entitlement: Entitlement) => KnownEntitlement | ConnectorError;

/** Looks up what many rows name: each name once, however many rows name it. */
export async function findEach(
  names: Names,
  entitlements: readonly Entitlement[],
  context: CallContext | undefined,
): Promise<Found> {
  const asked = new Map(entitlements.map((one) => [entitlementLabel(one), one]));
  const found = await Promise.all(
    [...asked].map(async ([label, one]) => [label, await names.find(one, context)] as const),
  );
  const known = new Map(found);
  return (one) =>
    known.get(entitlementLabel(one)) ?? new ConnectorError('bug', `salesforce: nobody looked up ${one.name}`);
}

type Entry = Omit<KnownEntitlement, 'type'>;

const LOOK_UP = 'look up entitlements';
const QUERIES = {
  profiles: 'SELECT Id, Name, UserLicenseId, UserLicense.Name FROM Profile',
  // Portals have roles of their own, three for each of their accounts.
  roles:
    "SELECT Id, DeveloperName, Name FROM UserRole WHERE PortalType != 'CustomerPortal' AND PortalType != 'Partner'",
  sets: 'SELECT Id, Name, NamespacePrefix, Label, LicenseId FROM PermissionSet WHERE IsOwnedByProfile = false AND PermissionSetGroupId = null',
  setGroups: 'SELECT Id, DeveloperName, NamespacePrefix, MasterLabel FROM PermissionSetGroup',
  groups: "SELECT Id, DeveloperName, Name, Type FROM Group WHERE Type IN ('Regular', 'Queue')",
};

/**
 * One API call for most types, one for licences, one for feature licences, one for what is in permission set groups; each
 * only when somebody asks for such a name.
 */
export function createNames(session: Session, licences: Licences, fields: Fields): Names {
  const directory = kept(LOOK_UP, (context) =>
    session.call({ action: LOOK_UP }, context, async (org, call) => {
      const { profiles, roles, sets, setGroups, groups } = await queryTogether(org, call, QUERIES);
      const members = (type: string) =>
        Array.isArray(groups) ? groups.filter((group) => group['Type'] === type) : groups;
      return {
        profile: listed(profiles, LOOK_UP, profile),
        role: listed(roles, LOOK_UP, (row) => ({ ...entry(row, 'DeveloperName', 'Name'), alias: String(row['Name']) })),
        'permission-set': listed(sets, LOOK_UP, permissionSet),
        'permission-set-group': listed(setGroups, LOOK_UP, (row) => entry(row, 'DeveloperName', 'MasterLabel')),
        'public-group': listed(members('Regular'), LOOK_UP, (row) => entry(row, 'DeveloperName', 'Name')),
        queue: listed(members('Queue'), LOOK_UP, (row) => entry(row, 'DeveloperName', 'Name')),
      };
    }),
  );

  const components = kept(LOOK_UP, (context) =>
    session.call({ action: LOOK_UP }, context, async (org, call) => {
      const { rows } = await queryTogether(org, call, {
        rows: 'SELECT PermissionSetGroupId, PermissionSetId FROM PermissionSetGroupComponent',
      });
      return shown(rows, LOOK_UP);
    }),
  );

  const listing = async (
    type: KnownType,
    olderThan: number,
    context: CallContext | undefined,
  ): Promise<Listing<Entry>> => {
    if (type === 'feature-license') return { all: featureFlags(await fields(olderThan, context)) };
    if (type === 'permission-set-license' || type === 'package-license')
      return (await licences.known(olderThan, context))[type];
    return (await directory(olderThan, context))[type];
  };

  /** When a name that is not there was last looked for: a typing error of thousands of people may not cost a call each. */
  const missed = new Map<string, number>();

  return {
    async find({ type: wanted, name }, context) {
      const type = ENTITLEMENT_TYPES.find((one) => one.type === wanted)?.type;
      if (type === undefined) return noSuchType(wanted);
      const began = Date.now();
      const kept = named(await listing(type, KEEP_MS, context), name);
      if (kept) return { ...kept, type };
      const key = `${type} ${name.toLowerCase()}`;
      const isMissed = began - (missed.get(key) ?? 0) < ASK_AGAIN_MS;
      const again = await listing(type, isMissed ? ASK_AGAIN_MS : Date.now() - began, context);
      if (!isMissed) missed.set(key, began);
      const found = named(again, name);
      return found ? { ...found, type } : unknown(type, name, again);
    },
    async remade({ type, id, name }, error, context) {
      if (error.code !== 'INVALID_CROSS_REFERENCE_KEY') return error;
      const now = await listing(type, 0, context).catch(asFailure);
      if (now instanceof ConnectorError) return now;
      const found = named(now, name);
      if (!found) return unknown(type, name, now);
      if (found.id === id) return error;
      return new ConnectorError('transient', `salesforce: ${type} "${name}" was made anew meanwhile`, {
        code: error.code,
        cause: error,
      });
    },
    async list(context) {
      const all = await Promise.all(
        ENTITLEMENT_TYPES.map(async ({ type }) => {
          const entries = (await listing(type, ASK_AGAIN_MS, context)).all;
          return entries.map((one) => ({ ...one, type })).toSorted((a, b) => a.name.localeCompare(b.name));
        }),
      );
      return all.flat();
    },
    async setsIn(groupId, context) {
      const rows = await components(KEEP_MS, context);
      const ids = new Set(
        rows.filter((row) => row['PermissionSetGroupId'] === groupId).map((row) => row['PermissionSetId']),
      );
      const sets = (await listing('permission-set', KEEP_MS, context)).all;
      return sets.filter(({ id }) => ids.has(id)).map((one) => ({ ...one, type: 'permission-set' }));
    },
  };
}

function asFailure(error: unknown): ConnectorError {
  if (error instanceof ConnectorError) return error;
  throw error;
}

function profile(row: Row): Entry {
  const licence = textAt(row, 'UserLicense.Name');
  const name = String(row['Name']);
  return {
    id: row.Id,
    name,
    label: licence === undefined ? name : `${name} (${licence})`,
    licence: { id: String(row['UserLicenseId']), name: licence },
  };
}

function permissionSet(row: Row): Entry {
  const licenceId = textAt(row, 'LicenseId');
  return {
    ...entry(row, 'Name', 'Label'),
    ...(licenceId === undefined ? {} : { licence: { id: licenceId, name: undefined } }),
  };
}

function entry(row: Row, nameField: string, labelField: string): Entry {
  const name = fullName(row, nameField) ?? '';
  return { id: row.Id, name, label: textAt(row, labelField) ?? name };
}

function unknown(type: KnownType, name: string, { all, refused }: Listing): ConnectorError {
  if (refused) {
    return new ConnectorError(
      refused.kind,
      `salesforce: ${type} "${name}": we can not see what there is of this type`,
      {
        ...(refused.code ? { code: refused.code } : {}),
        remedy: 'let the user we run as see them, if this org has any (run: joinery app verify)',
        cause: refused,
      },
    );
  }
  const near = nearNames(
    name,
    all.map((one) => one.name),
  );
  const meant =
    near.length > 0 ? `did you mean ${near.join(', ')}?` : `this org has no ${type} at all: make it in Setup`;
  return new ConnectorError('invalid-data', `salesforce: there is no ${type} "${name}"`, {
    remedy: isDefinable(type)
      ? `if it is a group that is pushed, make it with: joinery group push; else ${meant}`
      : meant,
  });
}

function noSuchType(type: string): ConnectorError {
  return new ConnectorError('invalid-data', `salesforce: there is no type of entitlement "${type}"`, {
    remedy: `use one of ${ENTITLEMENT_TYPES.map((one) => one.type).join(', ')}`,
  });
}
