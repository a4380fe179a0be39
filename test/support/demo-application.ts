/** The application of the demo, pointed at a simulator: what a test's people get accounts in. */
import { readFile } from 'node:fs/promises';
import { addApplication } from '#client/applications.ts';
import type { Sql } from '#directory/database.ts';
import type { Sealer } from '#directory/sealing.ts';

const FILE = new URL('../../docs/examples/salesforce-demo.json', import.meta.url);

/** Stores the demo's application for the simulator at this address. */
export async function saveDemoApplication(
  sql: Sql,
  sealer: Sealer,
  simulatorUrl: string,
  name = 'salesforce',
): Promise<void> {
  const document = JSON.parse(await readFile(FILE, 'utf8')) as { settings: object };
  const settings = { ...document.settings, loginUrl: simulatorUrl, timeoutMs: 10_000 };
  await addApplication(sql, sealer, { ...document, settings, name }, 'test');
}
