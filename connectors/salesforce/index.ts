/** Salesforce: users, their sign-in, and all that an administrator gives them, through jsforce. */
import type { Connector, ConnectorType, Manifest } from '#connectors/connector.ts';
import { createBlockers } from './blockers.ts';
import { createDescribe, createFields } from './describe.ts';
import { ENTITLEMENT_TYPES } from './entitlement-types.ts';
import { createEntitlements } from './entitlements.ts';
import { createForesee } from './foresee.ts';
import { createLicences } from './licences.ts';
import { createNames } from './names.ts';
import { createOwnership } from './ownership.ts';
import { MOST_ROWS } from './rows.ts';
import { createSession } from './session.ts';
import { secret, settings, type Secret, type Settings } from './settings.ts';
import { createStatus } from './status.ts';
import { createUsers } from './users.ts';
import { createVerify } from './verify.ts';

const manifest: Manifest = {
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
    const fields = createFields(session, 'User');
    const licences = createLicences(session);
    const names = createNames(session, licences, fields);
    return {
      manifest,
      capacity: licences.capacity,
      ...createVerify(session, licences),
      ...createDescribe(fields, manifest),
      ...createUsers(session, names, fields),
      ...createStatus(session),
      ...createBlockers(session, fields),
      ...createEntitlements(session, names, fields),
      ...createForesee({ names, licences, fields }),
      ...createOwnership(session),
    };
  },
};
