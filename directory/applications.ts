/** Applications as configured; their credentials are here only sealed. */
import type { Application } from '#domain/application.ts';
import type { Queries } from './database.ts';
import type { SealedSecret } from './sealing.ts';

export interface StoredApplication extends Application {
  sealedSecret: SealedSecret;
  /** Grows with every change of the configuration; a connection made for an older one is thrown away. */
  version: number;
}

const columns = (sql: Queries) => sql`
  name, label, connector, settings, sealed_secret as "sealedSecret", enabled, mode,
  toggles, scope, username_attribute as "usernameAttribute", username_suffix as "usernameSuffix", mappings, correlation, birthrights,
  group_push as "groupPush", removal, protect, import_mappings as "importMappings", transfer, api_reserve as "apiReserve", version`;

/** Every application, by name. */
export async function listApplications(sql: Queries): Promise<StoredApplication[]> {
  return sql<StoredApplication[]>`select ${columns(sql)} from application order by name`;
}

/** The application, or undefined. */
export async function findApplication(sql: Queries, name: string): Promise<StoredApplication | undefined> {
  const [row] = await sql<StoredApplication[]>`select ${columns(sql)} from application where name = ${name}`;
  return row;
}

/** The application, locked against other changes until the transaction ends, or undefined. */
export async function lockApplication(tx: Queries, name: string): Promise<StoredApplication | undefined> {
  const [row] = await tx<StoredApplication[]>`select ${columns(tx)} from application where name = ${name} for update`;
  return row;
}

/** How many accounts are recorded in an application, and how many tasks wait there. */
export async function leftIn(sql: Queries, name: string): Promise<{ accounts: number; openTasks: number }> {
  const [row] = await sql<{ accounts: number; openTasks: number }[]>`
    select (select count(*)::int from account where application = ${name}) as accounts,
      (select count(*)::int from task where application = ${name} and state = 'open') as "openTasks"`;
  return row ?? { accounts: 0, openTasks: 0 };
}

/** Removes an application and all that is remembered of it: accounts, grants, tasks, records that changed hands. */
export async function deleteApplication(tx: Queries, name: string): Promise<void> {
  await tx`delete from record_move where application = ${name}`;
  await tx`delete from task where application = ${name}`;
  await tx`delete from account where application = ${name}`;
  await tx`delete from application where name = ${name}`;
}

/** Adds or replaces the application's configuration. Safe to repeat. */
export async function saveApplication(
  sql: Queries,
  application: Application & { sealedSecret: SealedSecret },
): Promise<void> {
  const row = {
    name: application.name,
    label: application.label,
    connector: application.connector,
    settings: sql.json(application.settings as never),
    sealed_secret: sql.json(application.sealedSecret as never),
    enabled: application.enabled,
    mode: application.mode,
    toggles: sql.json(application.toggles as never),
    scope: application.scope,
    username_attribute: application.usernameAttribute,
    username_suffix: application.usernameSuffix,
    mappings: sql.json(application.mappings as never),
    correlation: sql.json(application.correlation as never),
    birthrights: sql.json(application.birthrights as never),
    group_push: sql.json(application.groupPush as never),
    removal: sql.json(application.removal as never),
    protect: sql.json(application.protect as never),
    import_mappings: sql.json(application.importMappings as never),
    transfer: sql.json(application.transfer as never),
    api_reserve: application.apiReserve,
  };
  await sql`
    insert into application ${sql(row)}
    on conflict (name) do update set
      label = excluded.label, connector = excluded.connector, settings = excluded.settings,
      sealed_secret = excluded.sealed_secret, enabled = excluded.enabled, mode = excluded.mode, toggles = excluded.toggles, group_push = excluded.group_push,
      removal = excluded.removal, protect = excluded.protect, import_mappings = excluded.import_mappings, scope = excluded.scope,
      username_attribute = excluded.username_attribute, mappings = excluded.mappings,
      correlation = excluded.correlation, birthrights = excluded.birthrights,
      username_suffix = excluded.username_suffix, transfer = excluded.transfer, api_reserve = excluded.api_reserve,
      version = application.version + 1, updated_at = now()`;
}

/** The sealed secret of every application, by name, locked against other changes until the transaction ends. */
export async function lockSecrets(tx: Queries): Promise<Pick<StoredApplication, 'name' | 'sealedSecret'>[]> {
  return tx<Pick<StoredApplication, 'name' | 'sealedSecret'>[]>`
    select name, sealed_secret as "sealedSecret" from application order by name for update`;
}

/** Puts another seal on the same secret. The version stays: connections that are open go on. Safe to repeat. */
export async function replaceSeal(tx: Queries, name: string, sealedSecret: SealedSecret): Promise<void> {
  await tx`update application set sealed_secret = ${tx.json(sealedSecret as never)} where name = ${name}`;
}
