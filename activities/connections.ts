/** Open connections to applications: one connector per application and configuration, kept while it stays the same. */
import { log } from '@temporalio/activity';
import type { Application } from '#domain/application.ts';
import { budgetFault } from '#domain/budget.ts';
import type { CallContext, Connector, ConnectorType } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { openSecret } from '#directory/application-secrets.ts';
import { applicationState, PAUSED_BY_JOINERY, pauseApplication, recordUsage } from '#directory/application-states.ts';
import { findApplication, type StoredApplication } from '#directory/applications.ts';
import type { Sql } from '#directory/database.ts';
import type { Sealer } from '#directory/sealing.ts';
import type { Alarm } from './alarm.ts';

export interface Connection {
  application: Application;
  connector: Connector;
}

export interface Connections {
  /**
   * The connection to an application as configured now. Throws ConnectorError: `invalid-data` when it can not be made,
   * `auth` while the application is paused, `throttled` while what is left of its API calls is kept for leavers.
   */
  open(application: string, context: CallContext): Promise<Connection>;
  /** The same without looking whether the application may be used, for those who find out. */
  openAnyway(application: string): Promise<Connection>;
}

/** How long an application is left alone that is paused, or has no calls left. */
const PAUSE_MS = 5 * 60_000;
const NO_CALLS_MS = 15 * 60_000;
/** Workers tell one another of the calls used at most this often. */
const TELL_MS = 5_000;

export function createConnections(
  directory: Sql,
  sealer: Sealer,
  types: ReadonlyMap<string, ConnectorType>,
  alarm: Alarm,
): Connections {
  const kept = new Map<string, { version: number; connection: Connection }>();

  const openAnyway = async (name: string): Promise<Connection> => {
    const application = await findApplication(directory, name);
    if (!application) throw new ConnectorError('invalid-data', `${name}: no application of that name is configured`);
    const known = kept.get(name);
    if (known?.version === application.version) return known.connection;
    const connector = watched(connect(application, sealer, types), watch(name));
    const connection = { application, connector };
    kept.set(name, { version: application.version, connection });
    return connection;
  };

  /** What every call tells: how much of the API is used, and whether our credentials still hold. */
  const watch = (name: string) => {
    let toldAt = 0;
    return async (connector: Connector, error: unknown): Promise<void> => {
      const usage = connector.usage?.();
      if (usage && Date.now() - toldAt > TELL_MS) {
        toldAt = Date.now();
        await recordUsage(directory, name, usage);
      }
      if (!(error instanceof ConnectorError) || error.kind !== 'auth') return;
      if (!(await pauseApplication(directory, name, PAUSED_BY_JOINERY, error.message))) return;
      await alarm({
        key: `${name} paused`,
        subject: `${name} is paused: its credentials are refused`,
        text: `${error.message}\n${error.remedy ?? ''}\nNothing is sent to ${name} and nobody's change fails meanwhile. It is tried again every minute; joinery app verify ${name} shows what is missing.`,
      });
    };
  };

  return {
    openAnyway,
    async open(name, context) {
      const { pause, usage } = await applicationState(directory, name);
      if (pause) {
        throw new ConnectorError('auth', `${name}: paused since ${pause.since}: ${pause.reason}`, {
          retryAfterMs: PAUSE_MS,
          remedy: `joinery app resume ${name} ends the pause`,
        });
      }
      const connection = await openAnyway(name);
      const fault = usage && budgetFault(usage, connection.application.apiReserve, context.urgent ?? false);
      if (!fault) return connection;
      throw new ConnectorError('throttled', `${name}: ${fault}`, { retryAfterMs: NO_CALLS_MS });
    },
  };
}

type Watch = (connector: Connector, error: unknown) => Promise<void>;

/** The connector, with an eye on every call's end. What the eye fails at is logged, it never fails the call. */
function watched(connector: Connector, watch: Watch): Connector {
  const note = (error?: unknown): Promise<void> =>
    watch(connector, error).catch((failure: unknown) => log.warn('an application state was not recorded', { failure }));
  const throughEye =
    (method: (...args: unknown[]) => unknown, self: object) =>
    (...args: unknown[]): unknown => {
      const result = method.apply(self, args);
      if (!(result instanceof Promise)) return result;
      return result.then(
        (answer: unknown) => note().then(() => answer),
        (error: unknown) =>
          note(error).then(() => {
            throw error;
          }),
      );
    };
  const withEye = <T extends object>(object: T): T =>
    new Proxy(object, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value === 'function') return throughEye(value as (...args: unknown[]) => unknown, target);
        return name === 'ownership' && value !== undefined ? withEye(value as object) : value;
      },
    });
  return withEye(connector);
}

/** Makes the connector for a stored application; opens no connection yet. */
function connect(application: StoredApplication, sealer: Sealer, types: ReadonlyMap<string, ConnectorType>): Connector {
  const type = types.get(application.connector);
  if (!type)
    throw new ConnectorError('invalid-data', `${application.name}: there is no connector "${application.connector}"`);
  return type.connect(type.settings.parse(application.settings), type.secret.parse(openSecret(sealer, application)));
}
