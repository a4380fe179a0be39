import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { bulkOf } from './bulk-harness.ts';
import { connect, type Org } from './harness.ts';

describe('a simulator with a file', () => {
  let folder = '';
  let process_: ChildProcess | undefined;
  const start = async (): Promise<Org> => {
    const args = [
      '--import',
      'tsx',
      'simulators/salesforce/main.ts',
      '--port',
      '0',
      '--host',
      '127.0.0.1',
      '--file',
      join(folder, 'org.jsonl'),
    ];
    process_ = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    if (process_.stdout === null) throw new Error('no output to read');
    const [line] = (await once(createInterface({ input: process_.stdout }), 'line')) as [string];
    const ready = JSON.parse(line) as { ready: boolean; url: string };
    expect(ready).toEqual({ ready: true, url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
    return connect(ready.url);
  };
  const stop = async (signal: NodeJS.Signals): Promise<number | null> => {
    const exited = once(process_ as ChildProcess, 'exit');
    process_?.kill(signal);
    return ((await exited) as [number | null])[0];
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'salesforce-simulator-'));
  });
  afterEach(async () => {
    if (process_?.exitCode === null && process_.signalCode === null) await stop('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  it('still has every row it has answered for after a kill -9', async () => {
    const org = await start();
    const id = await org.createUser({ Username: 'durable@acme.example', Department: 'Before' });
    await org.call('PATCH', `/sobjects/User/${id}`, { Department: 'After' });
    await org.admin('POST', '/licenses', { name: 'Identity', total: 7 });
    await stop('SIGKILL');

    const again = await start();
    expect(
      await again.values("SELECT Department FROM User WHERE Username = 'durable@acme.example'", 'Department'),
    ).toEqual(['After']);
    expect(
      await again.values("SELECT TotalLicenses FROM UserLicense WHERE Name = 'Identity'", 'TotalLicenses'),
    ).toEqual([7]);
    const next = await again.createUser();
    expect(next).not.toBe(id);
  });

  it('still has what an administrator has set', async () => {
    const org = await start();
    await org.admin('POST', '/fields', { object: 'User', name: 'Deputy__c', type: 'hierarchy' });
    await org.admin('POST', '/duplicate-rules', { object: 'Contact', on: true });
    await org.admin('POST', '/email-confirmation', { on: true });
    const deputy = await org.createUser({ Username: 'deputy@acme.example' });
    const boss = await org.createUser({ Deputy__c: deputy });
    await org.call('PATCH', `/sobjects/User/${deputy}`, { Email: 'new@acme.example' });
    await org.admin('POST', '/blockers', { username: 'deputy@acme.example', reason: 'default-case-owner' });
    const before = await org.admin('GET', '/blockers');
    await stop('SIGKILL');

    const again = await start();
    expect(await again.admin('GET', '/blockers')).toEqual(before);
    expect(before).toMatchObject({ blockers: [{ messages: [expect.stringContaining('cases'), expect.any(String)] }] });
    expect(await again.values(`SELECT Deputy__r.Username FROM User WHERE Id = '${boss}'`, 'Deputy__r')).toMatchObject([
      { Username: 'deputy@acme.example' },
    ]);
    expect(await again.admin('GET', '/duplicate-rules')).toMatchObject({ rules: [{ object: 'Contact' }] });
    expect(await again.admin('GET', '/state')).toMatchObject({ emailConfirmations: { pending: 1, sent: 1 } });
  });

  it('drops a line that was being written when it was killed', async () => {
    const org = await start();
    await org.createUser({ Username: 'whole@acme.example' });
    await stop('SIGKILL');
    appendFileSync(join(folder, 'org.jsonl'), '[["insert","User",{"Id":"005');

    const again = await start();
    expect((await again.query("SELECT COUNT() FROM User WHERE Username = 'whole@acme.example'")).totalSize).toBe(1);
    await again.createUser({ Username: 'later@acme.example' });
    expect(await stop('SIGTERM')).toBe(0);

    const third = await start();
    expect((await third.query('SELECT COUNT() FROM User')).totalSize).toBe(4);
  });

  it('goes on with a bulk job where it was killed, and writes no row twice', async () => {
    const org = await start();
    const bulk = bulkOf(() => org);
    const names = Array.from({ length: 500 }, (_, i) => `Row ${i}`);
    await org.admin('POST', '/bulk', { hold: 'InProgress', afterRows: 200 });
    const id = await bulk.open({ object: 'Contact', operation: 'insert' });
    await bulk.upload(id, ['LastName', ...names, ''].join('\n'));
    await bulk.close(id);
    while ((await bulk.until(`/jobs/ingest/${id}`, 'InProgress'))['numberRecordsProcessed'] !== 200);
    await stop('SIGKILL');

    const again = await start();
    const bulkAgain = bulkOf(() => again);
    expect(await bulkAgain.until(`/jobs/ingest/${id}`, 'JobComplete')).toMatchObject({ numberRecordsProcessed: 500 });
    const results = await bulkAgain.results(id, 'successfulResults');
    expect(results.map((row) => row['LastName'])).toEqual(names);
    expect(await again.values('SELECT LastName FROM Contact', 'LastName')).toEqual(names);
    await stop('SIGKILL');

    const third = await start();
    expect(await bulkOf(() => third).results(id, 'successfulResults')).toEqual(results);
  });

  it('keeps sessions, so that a restart is not noticed', async () => {
    const org = await start();
    expect(await stop('SIGTERM')).toBe(0);
    const again = await start();
    const reply = await fetch(`${again.url}/services/data/v67.0/limits`, {
      headers: { authorization: `Bearer ${org.token}` },
    });
    expect(reply.status).toBe(200);
  });
});
