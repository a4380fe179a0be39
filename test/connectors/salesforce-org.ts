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
