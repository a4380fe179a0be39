/** Salesforce: users, their sign-in, profile and permission sets, through jsforce. */
import type { Connector, ConnectorType, Manifest } from '#connectors/connector.ts';
import { createDescribe } from './describe.ts';
import { createNames } from './names.ts';
import { createEntitlements } from './permission-sets.ts';
import { createSession } from './session.ts';
import { MOST_ROWS } from './shared-writes.ts';
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
    const names = createNames(session);
    return {
      manifest,
      usage: () => session.usage(),
      ...createVerify(session),
      ...createDescribe(session, manifest.entitlementTypes),
      ...createUsers(session, names),
      ...createStatus(session),
      ...createEntitlements(session, names),
    };
  },
};
