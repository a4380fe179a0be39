/** What every test of the Salesforce connector starts from: a connector on a simulated org, and people to put there. */
import type { Connector, NewAccount, RowOutcome } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { salesforce } from '#connectors/salesforce/index.ts';
import type { SimulatedOrg } from '../support/simulator.ts';

export const TIMEOUT_MS = 1_500;

export function connect(
  org: Pick<SimulatedOrg, 'url'>,
  more: object = {},
  secret: object = { clientSecret: 'joinery-demo-secret' },
): Required<Connector> {
  const form = {
    loginUrl: org.url,
    login: 'client-credentials',
    clientId: 'joinery-demo',
    timeoutMs: TIMEOUT_MS,
    ...more,
  };
  return salesforce.connect(salesforce.settings.parse(form), salesforce.secret.parse(secret)) as Required<Connector>;
}

export function newAccount(number: number): NewAccount {
  return {
    attributes: {
      Username: `person${number}@joinery-demo.example`,
      Email: `person${number}@joinery-demo.example`,
      LastName: `Person ${number}`,
      Alias: `p${number}`,
      EmployeeNumber: `N${number}`,
      TimeZoneSidKey: 'Europe/Berlin',
      LocaleSidKey: 'de_DE',
      LanguageLocaleKey: 'en_US',
      EmailEncodingKey: 'UTF-8',
    },
    entitlements: [{ type: 'profile', name: 'Sales User' }],
  };
}

/** Orders something of the simulator that an administrator, or the passing of time, would do in the org itself. */
export async function order(org: Pick<SimulatedOrg, 'url'>, path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${org.url}/simulator${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
}

/** Reads the org as its administrator, past the connector. */
export async function query<T>(org: Pick<SimulatedOrg, 'url'>, soql: string): Promise<T[]> {
  const form = { grant_type: 'client_credentials', client_id: 'joinery-demo', client_secret: 'joinery-demo-secret' };
  const login = await fetch(`${org.url}/services/oauth2/token`, { method: 'POST', body: new URLSearchParams(form) });
  const { access_token } = (await login.json()) as { access_token: string };
  const response = await fetch(`${org.url}/services/data/v66.0/query?q=${encodeURIComponent(soql)}`, {
    headers: { authorization: `Bearer ${access_token}` },
  });
  if (!response.ok) throw new Error(`${soql}: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { records: T[] }).records;
}

export function permissionSet(name: string) {
  return { type: 'permission-set', name };
}

/** The native id of the only row, which must have succeeded. */
export function onlyId([outcome]: RowOutcome[]): string {
  if (!outcome?.ok) throw outcome?.error ?? new Error('no outcome');
  return outcome.nativeId;
}

/** The ConnectorError that this call must throw. */
export async function failureOf(call: Promise<unknown>): Promise<ConnectorError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConnectorError)) throw new Error(`expected a ConnectorError, got ${String(error)}`);
  return error;
}
