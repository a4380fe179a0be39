import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '#runtime/config.ts';
import { findTemporal } from '#runtime/embedded/find-temporal.ts';
import { freePort } from '#runtime/embedded/ports.ts';
import { startTemporalServer, type TemporalServer } from '#runtime/embedded/temporal-server.ts';
import { connectTemporal, ensureNamespaceRetention, registerSearchAttributes } from '#runtime/temporal.ts';
import { scratchDir, script } from './scratch.ts';

const attributes = [
  { name: 'Subject', type: 'KEYWORD' },
  { name: 'Places', type: 'KEYWORD_LIST' },
  { name: 'Until', type: 'DATETIME' },
] as const;

let executable: string;
let dir: string;
let server: TemporalServer;
let connection: Connection;

beforeAll(async () => {
  dir = scratchDir();
  executable = (await findTemporal({ cacheDir: loadConfig({}).cacheDir })).path;
  server = await startTemporalServer({
    executable,
    port: 0,
    uiPort: 0,
    dbFile: join(dir, 'temporal.sqlite'),
    logFile: join(dir, 'temporal.log'),
  });
  ({ connection } = await connectTemporal({ temporal: target(server.address) }));
});

afterAll(async () => {
  await connection.close();
  await server.stop();
});

describe('the dev server', () => {
  it('answers on 127.0.0.1, with its UI', async () => {
    expect(server.address).toMatch(/^127\.0\.0\.1:\d+$/);
    const namespaces = await fetch(`${server.uiUrl}/api/v1/namespaces`);
    expect(await namespaces.text()).toMatch(/"name":\s*"default"/);
  });

  it('says what went wrong when it cannot start', async () => {
    const broken = script(join(scratchDir(), 'temporal'), 'echo "no such flag" >&2; exit 1');
    const start = startTemporalServer({ executable: broken, port: 0, logFile: join(dir, 'broken.log') });
    await expect(start).rejects.toThrow(/it ended at once.*broken\.log.*no such flag/s);
  });

  it('keeps workflows in its file over a restart', async () => {
    const folder = scratchDir();
    const port = await freePort();
    const start = () =>
      startTemporalServer({ executable, port, dbFile: join(folder, 't.sqlite'), logFile: join(folder, 'log') });

    const first = await start();
    const before = await connectTemporal({ temporal: target(first.address) });
    await before.client.workflow.start('joiner', { workflowId: 'person:E1042', taskQueue: 'nobody' });
    await before.connection.close();
    await first.stop();
    await expect(fetch(`http://${first.address}`)).rejects.toThrow();

    const second = await start();
    const after = await connectTemporal({ temporal: target(second.address) });
    const found = await after.client.workflow.getHandle('person:E1042').describe();
    expect(found.status.name).toBe('RUNNING');
    await after.connection.close();
    await second.stop();
    expect(readFileSync(join(folder, 't.sqlite')).length).toBeGreaterThan(0);
  });
});

describe('search attributes', () => {
  it('can be used in a query as soon as they are registered, however often that is done', async () => {
    await registerSearchAttributes(connection, 'default', attributes);
    await registerSearchAttributes(connection, 'default', attributes);
    const query = 'Subject = "E1042" AND Places = "crm" AND Until < "2026-12-01T00:00:00Z"';
    const { count } = await connection.workflowService.countWorkflowExecutions({ namespace: 'default', query });
    expect(Number(count)).toBe(0);
  });

  it('are refused when one exists with another type', async () => {
    await registerSearchAttributes(connection, 'default', [{ name: 'Colour', type: 'KEYWORD' }]);
    const other = registerSearchAttributes(connection, 'default', [{ name: 'Colour', type: 'INT' }]);
    await expect(other).rejects.toThrow(/Colour exists in namespace default with another type than INT/);
  });
});

describe('retention', () => {
  it('is raised to what is wanted and never lowered', async () => {
    expect(await retentionDays()).toBeLessThan(30);
    await ensureNamespaceRetention(connection, 'default', 3650);
    expect(await retentionDays()).toBe(3650);
    await ensureNamespaceRetention(connection, 'default', 30);
    expect(await retentionDays()).toBe(3650);
  });
});

it('says which address does not answer', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const temporal = { ...target(address), connectionOptions: { address, connectTimeout: 200 } };
  await expect(connectTemporal({ temporal })).rejects.toThrow(`temporal: connect to ${address}`);
});

function target(address: string) {
  return { address, namespace: 'default', connectionOptions: { address } };
}

async function retentionDays(): Promise<number> {
  const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
  return Number(config?.workflowExecutionRetentionTtl?.seconds) / 86_400;
}
