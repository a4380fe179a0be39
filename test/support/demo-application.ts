/** The application of the demo, pointed at a simulator: what a test's people get accounts in. */
import { readFile } from 'node:fs/promises';
import type { Application } from '#domain/application.ts';
import { sealSecret } from '#directory/application-secrets.ts';
import { saveApplication } from '#directory/applications.ts';
import type { Sql } from '#directory/database.ts';
import type { Sealer } from '#directory/sealing.ts';

const FILE = new URL('../../docs/examples/salesforce-demo.json', import.meta.url);

/** Stores the demo's application under its name, `salesforce`, for the simulator at this address. */
export async function saveDemoApplication(sql: Sql, sealer: Sealer, simulatorUrl: string): Promise<Application> {
  const { secret, ...application } = JSON.parse(await readFile(FILE, 'utf8')) as Application & { secret: unknown };
  const settings = { ...application.settings, loginUrl: simulatorUrl, timeoutMs: 10_000 };
  const configured = { ...application, enabled: true, settings };
  const sealedSecret = sealSecret(sealer, application.name, secret);
  await saveApplication(sql, { ...configured, sealedSecret });
  return configured;
}
