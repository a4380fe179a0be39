/** An application that only has a name: for tests of the directory, which never asks one anything. */
import { ALL_TOGGLES, DEFAULT_REMOVAL } from '#domain/application.ts';
import type { StoredApplication } from '#directory/applications.ts';

export const PLAIN_APPLICATION: Omit<StoredApplication, 'version'> = {
  name: 'crm',
  label: 'CRM',
  connector: 'salesforce',
  settings: {},
  sealedSecret: { keyId: '', nonce: '', tag: '', text: '' },
  enabled: true,
  mode: 'provision',
  toggles: ALL_TOGGLES,
  scope: 'true',
  usernameAttribute: 'Username',
  usernameSuffix: '',
  mappings: [],
  correlation: [],
  birthrights: [],
  groupPush: [],
  removal: DEFAULT_REMOVAL,
  protect: [],
  importMappings: [],
  transfer: [],
  apiReserve: 0.1,
};
