/** The application of the demo, pointed at a simulator: what a test's people get accounts in. */
import { readFile } from 'node:fs/promises';
import type { Application } from '#domain/application.ts';
import { saveApplicationRules } from '#client/applications.ts';
import { findApplication, saveApplication } from '#directory/applications.ts';
import type { Sql } from '#directory/database.ts';
import type { Sealer } from '#directory/sealing.ts';

const FILE = new URL('../../docs/examples/salesforce-demo.json', import.meta.url);

/** Stores the demo's application under its name, `salesforce`, for the simulator at this address, changed as asked. */
export async function saveDemoApplication(
  sql: Sql,
  sealer: Sealer,
  simulatorUrl: string,
  changes: object = {},
): Promise<Application> {
  const document = JSON.parse(await readFile(FILE, 'utf8')) as Application;
  const settings = { ...document.settings, loginUrl: simulatorUrl, timeoutMs: 10_000 };
  const complete = { ...document, enabled: true, settings, ...changes };
  return (await saveApplicationRules(sql, sealer, complete, 'test')).application;
}

/** Changes the stored application past the checks: as rules look whose application was changed since they were saved. */
export async function changeStoredApplication(sql: Sql, changes: Partial<Application>): Promise<void> {
  const application = await findApplication(sql, 'salesforce');
  if (!application) throw new Error('no application');
  await saveApplication(sql, { ...application, ...changes });
}
