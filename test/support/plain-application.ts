/** An application that only has a name: for tests of the directory, which never asks one anything. */
import type { StoredApplication } from '#directory/applications.ts';

export const PLAIN_APPLICATION: Omit<StoredApplication, 'version'> = {
  name: 'crm',
  label: 'CRM',
  connector: 'salesforce',
  settings: {},
  sealedSecret: { keyId: '', nonce: '', tag: '', text: '' },
  enabled: true,
  scope: 'true',
  usernameAttribute: 'Username',
  usernameSuffix: '',
  mappings: [],
  correlation: [],
  birthrights: [],
  transfer: [],
  apiReserve: 0.1,
};
