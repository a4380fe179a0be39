/** Open connections to applications: one connector per application and configuration, kept while it stays the same. */
import type { Application } from '#domain/application.ts';
import type { Connector, ConnectorType } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { openSecret } from '#directory/application-secrets.ts';
import { findApplication, type StoredApplication } from '#directory/applications.ts';
import type { Sql } from '#directory/database.ts';
import type { Sealer } from '#directory/sealing.ts';

export interface Connection {
  application: Application;
  connector: Connector;
}

export interface Connections {
  /** The connection to an application as configured now. Throws ConnectorError `invalid-data` when it can not be made. */
  open(application: string): Promise<Connection>;
}

export function createConnections(
  directory: Sql,
  sealer: Sealer,
  types: ReadonlyMap<string, ConnectorType>,
): Connections {
  const kept = new Map<string, { version: number; connection: Connection }>();
  return {
    async open(name) {
      const application = await findApplication(directory, name);
      if (!application) throw new ConnectorError('invalid-data', `${name}: no application of that name is configured`);
      const known = kept.get(name);
      if (known?.version === application.version) return known.connection;
      const connection = connect(application, sealer, types);
      kept.set(name, { version: application.version, connection });
      return connection;
    },
  };
}

/** Makes the connector for a stored application; opens no connection yet. */
function connect(
  application: StoredApplication,
  sealer: Sealer,
  types: ReadonlyMap<string, ConnectorType>,
): Connection {
  const type = types.get(application.connector);
  if (!type)
    throw new ConnectorError('invalid-data', `${application.name}: there is no connector "${application.connector}"`);
  return {
    application,
    connector: type.connect(
      type.settings.parse(application.settings),
      type.secret.parse(openSecret(sealer, application)),
    ),
  };
}
