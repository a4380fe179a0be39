/** Salesforce: users, their sign-in, and all that an administrator gives them, or leads or contacts; through jsforce. */
import type { Connector, ConnectorType, Manifest } from '#connectors/connector.ts';
import { createBlockers } from './blockers.ts';
import { createDescribe, createFields } from './describe.ts';
import { ENTITLEMENT_TYPES } from './entitlement-types.ts';
import { createEntitlements } from './entitlements.ts';
import { createForesee } from './foresee.ts';
import { createLicences } from './licences.ts';
import { createNames } from './names.ts';
import { createOwnership } from './ownership.ts';
import { createPersonRecords } from './person-records.ts';
import { createSession, type Session } from './session.ts';
import { MOST_ROWS } from './shared-writes.ts';
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
  const fields = createFields(session, 'User');
  const licences = createLicences(session);
  const names = createNames(session, licences, fields);
  return {
    manifest: users,
    usage: () => session.usage(),
    capacity: licences.capacity,
    ...createVerify(session, { rights: userRights, capacity: licences.capacity }),
    ...createDescribe(fields, users, [...USER_FIELDS, ...session.settings.extraFields]),
    ...createUsers(session, names, fields),
    ...createStatus(session),
    ...createBlockers(session, fields),
    ...createEntitlements(session, names, fields),
    ...createForesee({ names, licences, fields }),
    ...createOwnership(session),
  };
}
