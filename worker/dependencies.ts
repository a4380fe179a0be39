/** The only place that builds what activities need: the directory, the connections, the mailer. */
import { createAlarm } from '#activities/alarm.ts';
import { createConnections } from '#activities/connections.ts';
import type { Dependencies } from '#activities/dependencies.ts';
import { createMailer } from '#activities/mail/mailer.ts';
import { connectorTypes } from '#connectors/registry.ts';
import { openDirectory, type Sql } from '#directory/database.ts';
import { loadPolicy, policyVersion } from '#directory/policy.ts';
import { createSealer } from '#directory/sealing.ts';
import { createExpressions, type Expressions } from '#domain/expression.ts';

export interface WorkerSettings {
  databaseUrl: string;
  secretKey: Uint8Array;
  oldSecretKeys: readonly Uint8Array[];
  smtpUrl: string;
  mailFrom: string;
  /** Where alarms are mailed; undefined: they are in the log alone. */
  alarmMail?: string | undefined;
  defaultTimeZone: string;
}

/** Builds everything; connects on first use. Call `close` when the worker has ended. */
export function buildDependencies(settings: WorkerSettings): Dependencies & { close(): Promise<void> } {
  const directory = openDirectory(settings.databaseUrl, 20);
  const mailer = createMailer(directory, settings.smtpUrl, settings.mailFrom);
  const alarm = createAlarm(mailer, settings.alarmMail);
  return {
    directory,
    connections: createConnections(
      directory,
      createSealer(settings.secretKey, settings.oldSecretKeys),
      connectorTypes,
      alarm,
    ),
    expressions: expressionsOver(directory),
    mailer,
    alarm,
    defaultTimeZone: settings.defaultTimeZone,
    async close() {
      await directory.end({ timeout: 5 });
    },
  };
}

/** The expression language over the fields and groups as they are now; compiled expressions last while those stay. */
function expressionsOver(directory: Sql): () => Promise<Expressions> {
  let known: { version: number; expressions: Expressions } | undefined;
  return async () => {
    if (known?.version === (await policyVersion(directory))) return known.expressions;
    const { version, fields, groups } = await loadPolicy(directory);
    known = { version, expressions: createExpressions(fields, groups) };
    return known.expressions;
  };
}
