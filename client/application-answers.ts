/** What applications answer when somebody asks: who we are there, what can be granted, what keeps accounts from being closed. */
import type { Entitlement } from '#domain/account.ts';
import type { Blocker } from '#domain/blocker.ts';
import type { Task } from '#domain/task.ts';
import type { Verification } from '#domain/verification.ts';
import { connectorTypes } from '#connectors/registry.ts';
import { findAccount } from '#directory/accounts.ts';
import { openSecret } from '#directory/application-secrets.ts';
import { findApplication } from '#directory/applications.ts';
import type { Sql } from '#directory/database.ts';
import type { Sealer } from '#directory/sealing.ts';
import { listTasks } from '#directory/tasks.ts';

/** Asks the application who we are there. Undefined when there is no such application; throws ConnectorError. */
export async function verifyApplication(
  directory: Sql,
  sealer: Sealer,
  name: string,
): Promise<Verification | undefined> {
  return (await connectTo(directory, sealer, name))?.verify();
}

/** What can be granted in an application, with labels. Undefined likewise. */
export async function listEntitlements(
  directory: Sql,
  sealer: Sealer,
  name: string,
): Promise<(Entitlement & { label: string })[] | undefined> {
  const connector = await connectTo(directory, sealer, name);
  return connector && ((await connector.listEntitlements?.()) ?? []);
}

/** Somebody who has left and could not be deactivated, with what the application can tell of the reasons. */
export interface Blocked {
  task: Task;
  blockers: Blocker[];
}

/** Everybody whose deactivation is blocked now, oldest first. Undefined likewise. */
export async function listBlocked(directory: Sql, sealer: Sealer, name: string): Promise<Blocked[] | undefined> {
  const connector = await connectTo(directory, sealer, name);
  if (!connector) return undefined;
  const tasks = await listTasks(directory, { state: 'open', application: name, kind: 'blocked' });
  const accounts = await Promise.all(tasks.map(({ employeeNumber }) => findAccount(directory, employeeNumber, name)));
  const ids = accounts.flatMap((account) => (account ? [account.nativeId] : []));
  const found = ids.length > 0 ? ((await connector.blockers?.(ids)) ?? []) : [];
  const byId = new Map(ids.map((id, index) => [id, found[index] ?? []]));
  return tasks.map((task, index) => ({ task, blockers: byId.get(accounts[index]?.nativeId ?? '') ?? [] }));
}

/** What an application can be asked. */
export type Connected = NonNullable<Awaited<ReturnType<typeof connectTo>>>;

/** The application's connector, which opens nothing yet. Undefined when there is no such application. */
export async function connectTo(directory: Sql, sealer: Sealer, name: string) {
  const application = await findApplication(directory, name);
  if (!application) return undefined;
  const type = connectorTypes.get(application.connector);
  if (!type) throw new Error(`application ${name}: there is no connector "${application.connector}"`);
  const secret = type.secret.parse(openSecret(sealer, application));
  return type.connect(type.settings.parse(application.settings), secret);
}
