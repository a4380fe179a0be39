/** Licences: of users, permission sets and packages, with how many there are and how many are taken. */
import type { CallContext, Connector } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { freeFor, type Capacity } from '#domain/capacity.ts';
import { kept } from './kept.ts';
import { listed, type Listing, type Named } from './listing.ts';
import { queryTogether, type Row } from './query.ts';
import { textAt } from './seen.ts';
import type { Session } from './session.ts';

type LicenceType = 'user-license' | 'permission-set-license' | 'package-license';

/** `total` is undefined where everybody may have one. */
export interface Licence extends Named {
  used: number;
  total: number | undefined;
}

export interface Licences extends Required<Pick<Connector, 'capacity'>> {
  /** All licences as they were at most this many milliseconds ago. */
  known(olderThan: number, context: CallContext | undefined): Promise<Record<LicenceType, Listing<Licence>>>;
  /** How many are left of these: as they were seconds ago while there are enough, as they are now when there are none. */
  countOf(resources: string[], context: CallContext | undefined): Promise<Capacity[]>;
}

const LOOK_UP = 'look up licences';
/** Long enough that a crowd shares one look, short enough that nobody waits for a seat that is free. */
const FRESH_MS = 5_000;

/** One API call for all of them. */
export function createLicences(session: Session): Licences {
  const known = kept(LOOK_UP, (context) =>
    session.call({ action: LOOK_UP }, context, async (org, call) => {
      const { users, sets, packages } = await queryTogether(org, call, {
        users: 'SELECT Id, Name, MasterLabel, TotalLicenses, UsedLicenses FROM UserLicense',
        sets: 'SELECT Id, DeveloperName, MasterLabel, TotalLicenses, UsedLicenses FROM PermissionSetLicense',
        packages: 'SELECT Id, NamespacePrefix, AllowedLicenses, UsedLicenses FROM PackageLicense',
      });
      return {
        'user-license': listed(users, LOOK_UP, (row) => licence(row, 'Name', 'TotalLicenses')),
        'permission-set-license': listed(sets, LOOK_UP, (row) => licence(row, 'DeveloperName', 'TotalLicenses')),
        'package-license': listed(packages, LOOK_UP, (row) => licence(row, 'NamespacePrefix', 'AllowedLicenses')),
      };
    }),
  );
  const count = async (olderThan: number, context: CallContext | undefined): Promise<Capacity[]> => {
    const licences = Object.entries(await known(olderThan, context));
    return licences.flatMap(([type, { all }]) =>
      all.flatMap(({ name, used, total }): Capacity[] =>
        total === undefined ? [] : [{ resource: `${type} ${name}`, used, total }],
      ),
    );
  };
  return {
    known,
    capacity: (context) => count(0, context),
    async countOf(resources, context) {
      if (resources.length === 0) return [];
      const of = (counts: Capacity[]) => counts.filter(({ resource }) => resources.includes(resource));
      const lately = of(await count(FRESH_MS, context));
      if (lately.every((capacity) => freeFor(capacity, 0) > 0)) return lately;
      return of(await count(0, context));
    },
  };
}

function licence(row: Row, nameField: string, totalField: string): Licence {
  const name = String(row[nameField]);
  const total = Number(row[totalField]);
  return {
    id: row.Id,
    name,
    label: textAt(row, 'MasterLabel') ?? name,
    used: Number(row['UsedLicenses']),
    total: total < 0 ? undefined : total,
  };
}

/** The same failure; when a licence ran out, with which one it was. */
export function naming(error: ConnectorError, resource: string | undefined): ConnectorError {
  if (error.code !== 'LICENSE_LIMIT_EXCEEDED' || resource === undefined) return error;
  return new ConnectorError(error.kind, `${error.message}: ${resource}`, {
    code: error.code,
    fields: [...error.fields],
    resource,
    remedy: `free a licence (${resource}: take it from somebody, or deactivate somebody who has it) or buy one`,
  });
}
