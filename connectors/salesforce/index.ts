/** Salesforce: users, their sign-in, and all that an administrator gives them, or leads or contacts; through jsforce. */
import type { Connector, ConnectorType, Manifest } from '#connectors/connector.ts';
import { createBlockers } from './blockers.ts';
import { createBulkIngest } from './bulk-ingest.ts';
import { createBulkList } from './bulk-list.ts';
import { createDescribe, createFields } from './describe.ts';
import { ENTITLEMENT_TYPES } from './entitlement-types.ts';
import { createEntitlements } from './entitlements.ts';
import { estimateUsers } from './estimate.ts';
import { createForesee } from './foresee.ts';
import { createLicences } from './licences.ts';
import { createGroups } from './groups.ts';
import { createNames } from './names.ts';
import { createOwnership } from './ownership.ts';
import { createSelf, sparingSelf } from './own-account.ts';
import { createPages } from './pages.ts';
import { createPersonRecords } from './person-records.ts';
import { createSession, type Session } from './session.ts';
import { MOST_ROWS } from './writes.ts';
import { secret, settings, type Secret, type Settings } from './settings.ts';
import { createStatus } from './status.ts';
import { USER_FIELDS } from './user-fields.ts';
import { createUsers } from './users.ts';
import { createVerify, userRights } from './verify.ts';

const users: Manifest = {
  accountType: 'User',
  pageSize: MOST_ROWS,
  entitlementTypes: [...ENTITLEMENT_TYPES],
  managerAttribute: 'ManagerId',
};

/** The company's people, those who only chat included; not those of portals and sites, or Salesforce's own. */
const INTERNAL = "UserType IN ('Standard', 'CsnOnly')";

export const salesforce: ConnectorType<Settings, Secret> = {
  name: 'salesforce',
  label: 'Salesforce',
  settings,
  secret,
  connect(given, credentials): Connector {
    const session = createSession(given, credentials);
    return given.object === 'User' ? connectUsers(session) : createPersonRecords(session, given.object);
  },
};

function connectUsers(session: Session): Connector {
  const { bulkApiFrom } = session.settings;
  const fields = createFields(session, 'User');
  const licences = createLicences(session);
  const names = createNames(session, licences, fields);
  const accounts = createUsers(session, names, fields);
  const status = createStatus(session);
  const entitlements = createEntitlements(session, names, fields);
  const pages = createPages(session, {
    object: 'User',
    columns: [],
    only: INTERNAL,
    size: MOST_ROWS,
    accountsOf: async (rows, context) => {
      const ids = rows.map(({ Id }) => Id);
      return (await accounts.read(ids, context)).filter((account) => account !== undefined);
    },
  });
  return {
    manifest: bulkApiFrom === undefined ? users : { ...users, bulkFrom: bulkApiFrom },
    usage: () => session.usage(),
    capacity: licences.capacity,
    ...createVerify(session, { rights: userRights, capacity: licences.capacity }),
    ...createDescribe(fields, users, [...USER_FIELDS, ...session.settings.extraFields]),
    ...createSelf(session),
    ...accounts,
    ...status,
    ...entitlements,
    ...sparingSelf(session, { ...accounts, ...status, ...entitlements }),
    ...createBulkIngest(session, names),
    ...createGroups(session),
    ...pages,
    ...createBulkList(session, fields, { ...pages, only: INTERNAL }),
    ...createBlockers(session, fields),
    ...createForesee({ names, licences, fields }),
    ...createOwnership(session),
    ...estimateUsers,
  };
}
