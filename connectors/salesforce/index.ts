/** Salesforce: users, their sign-in, profile and permission sets, through jsforce. */
import type { Connector, ConnectorType, Manifest } from '#connectors/connector.ts';
import { createBlockers } from './blockers.ts';
import { createDescribe, createFields } from './describe.ts';
import { createNames } from './names.ts';
import { createOwnership } from './ownership.ts';
import { createEntitlements } from './permission-sets.ts';
import { MOST_ROWS } from './rows.ts';
import { createSession } from './session.ts';
import { secret, settings, type Secret, type Settings } from './settings.ts';
import { createStatus } from './status.ts';
import { createUsers } from './users.ts';
import { createVerify } from './verify.ts';

const manifest: Manifest = {
  accountType: 'User',
  pageSize: MOST_ROWS,
  entitlementTypes: [
    { type: 'profile', label: 'Profile', carried: true },
    { type: 'permission-set', label: 'Permission set', carried: false },
  ],
  managerAttribute: 'ManagerId',
};

export const salesforce: ConnectorType<Settings, Secret> = {
  name: 'salesforce',
  label: 'Salesforce',
  settings,
  secret,
  connect(given, credentials): Connector {
    const session = createSession(given, credentials);
    const fields = createFields(session, 'User');
    const names = createNames(session);
    return {
      manifest,
      ...createVerify(session),
      ...createDescribe(fields, manifest),
      ...createUsers(session, names),
      ...createStatus(session),
      ...createBlockers(session, fields),
      ...createEntitlements(session, names),
      ...createOwnership(session),
    };
  },
};
