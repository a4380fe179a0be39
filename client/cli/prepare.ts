/** What PostgreSQL and Temporal need before Joinery's processes start. */
import { openDirectory } from '#directory/database.ts';
import { migrate } from '#directory/migrate.ts';
import { seedProfileFields } from '#directory/profile-fields.ts';
import type { ConnectedConfig } from '#runtime/config.ts';
import { ensureSchedule } from '#runtime/schedules.ts';
import { connectTemporal, ensureNamespaceRetention, registerSearchAttributes } from '#runtime/temporal.ts';
import { SEARCH_ATTRIBUTES } from '#workflows/ids.ts';

/** Ten years: histories are the report, until they are archived. */
const RETENTION_DAYS = 3_650;
const WATCH_SECONDS = 60;

/**
 * Migrates the directory, registers the search attributes, raises the retention, schedules the watch. Safe to repeat and at once. Answers the
 * migrations it applied.
 */
export async function prepareServers(config: ConnectedConfig): Promise<string[]> {
  const applied = await prepareDirectory(config.databaseUrl);
  await prepareTemporal(config);
  return applied;
}

async function prepareDirectory(databaseUrl: string): Promise<string[]> {
  const directory = openDirectory(databaseUrl, 2);
  try {
    const applied = await migrate(directory);
    await seedProfileFields(directory);
    return applied;
  } finally {
    await directory.end({ timeout: 5 });
  }
}

async function prepareTemporal(config: ConnectedConfig): Promise<void> {
  const { connection, client } = await connectTemporal(config);
  try {
    await registerSearchAttributes(connection, config.temporal.namespace, SEARCH_ATTRIBUTES);
    await ensureNamespaceRetention(connection, config.temporal.namespace, RETENTION_DAYS);
    await ensureSchedule(client, {
      workflowType: 'watch',
      taskQueue: config.taskQueue,
      everySeconds: WATCH_SECONDS,
      summary: 'what waits for a licence or for credentials goes on once it is there',
    });
  } finally {
    await connection.close();
  }
}
