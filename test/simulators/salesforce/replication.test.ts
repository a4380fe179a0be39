import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Connection } from 'jsforce';
import { describe, expect, it } from 'vitest';

import { startSalesforceSimulator } from '#simulators/salesforce/server.ts';

import { type Body, connect, type Reply, useOrg } from './harness.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe('updated and deleted', () => {
  const org = useOrg();
  const at = (offset: number): string => new Date(Date.now() + offset).toISOString().replace(/\.\d+Z$/, '+00:00');
  const ask = (path: string, from: number, to: number): Promise<Reply> =>
    org().call('GET', `${path}?start=${encodeURIComponent(at(from))}&end=${encodeURIComponent(at(to))}`);
  const refusal = async (path: string, from: number, to: number): Promise<unknown> =>
    (await ask(path, from, to)).body[0]?.errorCode;

  it('name the rows that were made or changed within the window, and those that were deleted', async () => {
    const kept = (await org().call('POST', '/sobjects/Contact', { LastName: 'Kept' })).body.id;
    const gone = (await org().call('POST', '/sobjects/Contact', { LastName: 'Gone' })).body.id;
    await org().call('DELETE', `/sobjects/Contact/${gone}`);
    const stamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:00\.000\+0000$/);
    expect((await ask('/sobjects/Contact/updated/', -DAY, 2 * MINUTE)).body).toEqual({
      ids: [kept],
      latestDateCovered: stamp,
    });
    expect((await ask('/sobjects/Contact/deleted', -DAY, 2 * MINUTE)).body).toEqual({
      deletedRecords: [{ id: gone, deletedDate: expect.stringMatching(/\+0000$/) }],
      earliestDateAvailable: stamp,
      latestDateCovered: stamp,
    });
    expect((await ask('/sobjects/Contact/updated', -2 * DAY, -DAY)).body).toMatchObject({ ids: [] });
    expect((await ask('/sobjects/Contact/deleted', -2 * DAY, -DAY)).body).toMatchObject({ deletedRecords: [] });
  });

  it('cover no more than has passed, whole minutes only', async () => {
    const covered = async (to: number): Promise<number> => {
      const { body } = await ask('/sobjects/User/updated', -DAY, to);
      return Date.parse(String(body['latestDateCovered']));
    };
    expect(await covered(-5 * MINUTE)).toBeLessThanOrEqual(Date.now() - 5 * MINUTE);
    expect(await covered(DAY)).toBeLessThanOrEqual(Date.now());
  });

  it('are known to jsforce', async () => {
    const id = await org().createUser();
    const connection = new Connection({ version: '67.0', instanceUrl: org().url, accessToken: org().token });
    const changes = await connection.sobject('User').updated(at(-DAY), at(2 * MINUTE));
    expect(changes.ids).toContain(id);
  });

  it('want a window that ends after it starts, and starts not too long ago', async () => {
    expect(await refusal('/sobjects/User/updated', 0, -DAY)).toBe('INVALID_REPLICATION_DATE');
    expect(await refusal('/sobjects/User/updated', -MINUTE / 2, 0)).toBe('INVALID_REPLICATION_DATE');
    expect(await refusal('/sobjects/User/updated', -31 * DAY, 0)).toBe('INVALID_REPLICATION_DATE');
    expect(await refusal('/sobjects/User/deleted', -16 * DAY, 0)).toBe('INVALID_REPLICATION_DATE');
    expect((await ask('/sobjects/User/updated', -29 * DAY, 0)).status).toBe(200);
    expect((await ask('/sobjects/User/deleted', -14 * DAY, 0)).status).toBe(200);
    const without = await org().call('GET', `/sobjects/User/updated?start=${encodeURIComponent(at(-DAY))}`);
    expect(without.body).toMatchObject([{ errorCode: 'MISSING_ARGUMENT' }]);
    const undated = await org().call('GET', '/sobjects/User/updated?start=yesterday&end=today');
    expect(undated.body).toMatchObject([{ errorCode: 'INVALID_REPLICATION_DATE' }]);
  });

  it('exist for some objects only, as their describe says', async () => {
    const { sobjects } = (await org().call('GET', '/sobjects')).body as unknown as {
      sobjects: Record<string, unknown>[];
    };
    for (const { name, replicateable } of sobjects) {
      const { status } = await ask(`/sobjects/${String(name)}/updated`, -DAY, 0);
      expect([name, status]).toEqual([name, replicateable === true ? 200 : 400]);
    }
    expect(await refusal('/sobjects/PermissionSetAssignment/deleted', -DAY, 0)).toBe('INVALID_TYPE_FOR_OPERATION');
  });

  it('name 600,000 rows at most', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'salesforce-simulator-'));
    const file = join(folder, 'org.jsonl');
    const SystemModstamp = at(0);
    const row = (i: number): unknown => [
      'insert',
      'Contact',
      { Id: `003${String(i).padStart(12, '0')}AAA`, SystemModstamp },
    ];
    const lines = Array.from({ length: 301 }, (_, line) =>
      JSON.stringify(Array.from({ length: line < 300 ? 2000 : 1 }, (_row, i) => row(line * 2000 + i))),
    );
    writeFileSync(file, `${lines.join('\n')}\n`);
    const large = await startSalesforceSimulator({ port: 0, host: '127.0.0.1', file });
    try {
      const there = await connect(large.url);
      const window = `start=${encodeURIComponent(at(-DAY))}&end=${encodeURIComponent(at(2 * MINUTE))}`;
      const all: Body = (await there.call('GET', `/sobjects/Contact/updated?${window}`)).body;
      expect(all).toMatchObject([{ errorCode: 'EXCEEDED_ID_LIMIT' }]);
    } finally {
      await large.close();
      rmSync(folder, { recursive: true });
    }
  });
});
