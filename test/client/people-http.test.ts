/** People over HTTP: who may change them, what a change answers, and files that are previewed and imported. */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { request } from 'node:http';
import { serve } from '@hono/node-server';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createApp } from '#client/http/app.ts';
import { createKey } from '#client/keys.ts';
import { importPeople } from '#client/people-import.ts';
import { createSealer } from '#directory/sealing.ts';
import { changePerson } from '#directory/people.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

let directory: FreshDirectory;
let connection: Connection;
let url: string;
let close: () => void;
let wakes = 0;
let viewer: string;
let operator: string;
const LARGEST = 2_000;

beforeAll(async () => {
  directory = await freshDirectory();
  connection = await Connection.connect({ address: inject('temporalAddress') });
  const silent = { info: () => undefined, warn: () => undefined, error: (facts: object) => console.error(facts) };
  const app = createApp({
    directory: directory.sql,
    temporal: new Client({ connection }),
    taskQueue: 'nobody-listens',
    sealer: createSealer(randomBytes(32)),
    hrSecret: 'a-secret-that-only-hr-knows',
    defaultTimeZone: 'UTC',
    largestImport: LARGEST,
    log: silent,
    onAccepted: () => (wakes += 1),
  });
  const port = await new Promise<number>((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (address: AddressInfo) =>
      resolve(address.port),
    );
    close = () => server.close();
  });
  url = `http://127.0.0.1:${port}`;
  viewer = await createKey(directory.sql, { name: 'looker', role: 'viewer', actor: 'test' });
  operator = await createKey(directory.sql, { name: 'console', role: 'operator', actor: 'test' });
});
afterAll(async () => {
  close();
  await connection.close();
  await directory.close();
});

interface More {
  key?: string;
  body?: object | string;
  headers?: Record<string, string>;
}

async function ask(method: string, path: string, { key = operator, body, headers = {} }: More = {}) {
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': typeof body === 'string' ? 'text/csv' : 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return { status: response.status, body: (isJson ? JSON.parse(text) : text) as unknown };
}

const profile = { givenName: 'Ada', familyName: 'Byron', email: 'ada@acme.example' };
const person = (employeeNumber: string, more: Record<string, string> = {}) =>
  changePerson(directory.sql, { employeeNumber, status: 'active', profile: { ...profile, ...more } });

describe('a person', () => {
  it('is added, and the answer says where to follow it', async () => {
    const before = wakes;
    const answer = await ask('POST', '/people', { body: { employeeNumber: 'PH1', startDate: '2099-01-01', profile } });
    expect(answer).toMatchObject({
      status: 202,
      body: {
        type: 'joiner',
        employeeNumber: 'PH1',
        state: 'accepted',
        dueAt: '2099-01-01T00:00:00.000Z',
        workflowId: 'person:PH1',
      },
    });
    expect(wakes).toBe(before + 1);
    const { statusUrl } = answer.body as { statusUrl: string };
    expect(await ask('GET', statusUrl, { key: viewer })).toMatchObject({ status: 200, body: { type: 'joiner' } });
    const [row] = await directory.sql`select source from hr_event where employee_number = 'PH1'`;
    expect(row).toEqual({ source: 'key:console' });
  });

  it('asked again with the same key of idempotency is one', async () => {
    const headers = { 'idempotency-key': 'once-PH2' };
    const body = { employeeNumber: 'PH2', profile };
    const first = await ask('POST', '/people', { body, headers });
    expect(first).toMatchObject({ status: 202, body: { id: 'once-PH2' } });
    expect(await ask('POST', '/people', { body, headers })).toEqual(first);
    const other = { ...body, employeeNumber: 'PH3' };
    expect(await ask('POST', '/people', { body: other, headers })).toMatchObject({ status: 409 });
    expect((await ask('POST', '/people', { body })).status).toBe(409);
  });

  it('is edited; nothing is sent when nothing differs', async () => {
    await person('PH4', { title: 'Clerk' });
    const edit = (title: string) => ask('PATCH', '/people/PH4', { body: { profile: { title } } });
    expect(await edit('Manager')).toMatchObject({ status: 202, body: { type: 'mover' } });
    expect(await edit('Manager')).toMatchObject({ status: 200, body: { changed: false } });
    expect((await ask('PATCH', '/people/PH-nobody', { body: { profile: { title: 'x' } } })).status).toBe(404);
  });

  it('is removed only when the number is said again', async () => {
    await person('PH5');
    const remove = (query: string) => ask('DELETE', `/people/PH5?${query}`);
    expect(await remove('immediate=true')).toMatchObject({ status: 400, body: { fields: [{ field: 'confirm' }] } });
    expect((await remove('immediate=true&confirm=PH4')).status).toBe(400);
    expect(await remove('confirm=PH5')).toMatchObject({ status: 400, body: { fields: [{ field: 'effectiveDate' }] } });
    expect(await remove('confirm=PH5&now=true')).toMatchObject({ status: 400, body: { fields: [{ field: 'now' }] } });
    expect(await directory.sql`select 1 from hr_event where employee_number = 'PH5'`).toEqual([]);
    const answer = await remove('confirm=PH5&lastDay=2098-12-31');
    expect(answer).toMatchObject({ status: 202, body: { type: 'leaver', dueAt: '2099-01-01T00:00:00.000Z' } });
    const { id } = answer.body as { id: string };
    const cancel = () => ask('DELETE', `/people/PH5/events/${id}`);
    expect(await cancel()).toMatchObject({ status: 202, body: { type: 'rescind' } });
    expect(await cancel()).toMatchObject({ status: 202, body: { type: 'rescind' } });
    expect((await ask('DELETE', '/people/PH4/events/none')).status).toBe(404);
  });

  it('is removed at once', async () => {
    await person('PH8');
    const answer = await ask('DELETE', '/people/PH8?confirm=PH8&immediate=true');
    expect(answer).toMatchObject({ status: 202, body: { type: 'leaver' } });
    const [row] = await directory.sql`select body from hr_event where employee_number = 'PH8'`;
    expect(row).toMatchObject({ body: { immediate: true } });
  });

  it('is told everything that is wrong', async () => {
    const body = { employeeNumber: 'PH6', profile: { email: 'none', shoeSize: '44' } };
    expect(await ask('POST', '/people', { body })).toMatchObject({
      status: 400,
      body: {
        fields: expect.arrayContaining([
          { field: 'profile.shoeSize', problem: 'is not a profile field' },
          { field: 'profile.familyName', problem: 'is missing' },
        ]) as unknown,
      },
    });
    expect((await ask('POST', '/people', { body: { ...body, employeeNumber: 'a\u0000b' } })).status).toBe(400);
  });

  it.each([
    ['POST', '/people', { employeeNumber: 'PH7', profile }],
    ['PATCH', '/people/PH7', { profile }],
    ['DELETE', '/people/PH7?confirm=PH7&immediate=true', undefined],
    ['DELETE', '/people/PH7/events/x', undefined],
    ['POST', '/people/import', 'employeeNumber\nPH7\n'],
  ])('is not changed by who may only look: %s %s', async (method, path, body) => {
    expect((await ask(method, path, { key: viewer, ...(body === undefined ? {} : { body }) })).status).toBe(403);
  });
});

describe('people', () => {
  it('are listed with filters, page by page, and counted', async () => {
    for (const number of ['PQ1', 'PQ2', 'PQ3']) await person(number, { department: 'Quarry', title: number });
    const list = (query: string) => ask('GET', `/people?where=department%3DQuarry&${query}`, { key: viewer });
    const first = await list('limit=2&count=true');
    expect(first).toMatchObject({
      status: 200,
      body: { people: [{ employeeNumber: 'PQ1' }, { employeeNumber: 'PQ2' }], count: 3 },
    });
    const { next } = first.body as { next: string };
    expect(await list(`limit=2&after=${next}`)).toMatchObject({
      body: { people: [{ employeeNumber: 'PQ3' }], next: null },
    });
    expect(await list(`filter=${encodeURIComponent('title == "PQ2"')}&where=title%3DPQ2`)).toMatchObject({
      body: { people: [{ employeeNumber: 'PQ2' }] },
    });
    expect((await list('format=csv')).body).toMatch(/^employeeNumber,status,.*\r\nPQ1,.*\r\nPQ2,.*\r\nPQ3,.*\r\n$/);
  });

  it.each([
    ['where=nonsense', 'where'],
    ['where=shoeSize%3D1', 'where'],
    ['filter=department', 'filter'],
    ['group=None', 'group'],
    ['account=frozen', 'application'],
    ['status=gone', 'status'],
    ['limit=0', 'limit'],
    ['after=%00', 'after'],
    ['format=csv&filter=(', 'filter'],
    ['departement=Sales', 'departement'],
  ])('asked wrongly, the fault is named: %s', async (query, field) => {
    expect(await ask('GET', `/people?${query}`)).toMatchObject({ status: 400, body: { fields: [{ field }] } });
  });
});

describe('a file', () => {
  const FILE =
    'employeeNumber,startDate,familyName,email\nPI1,2099-01-01,Ames,a@acme.example\nPI2,soon,Ames,b@acme.example\n';
  const stored = async () => (await directory.sql`select 1 from hr_event where employee_number = 'PI1'`).length;

  it('is previewed without storing anything, then imported, then known', async () => {
    const foreseen = await ask('POST', '/people/import?preview=true', { body: FILE });
    expect(foreseen).toMatchObject({
      status: 200,
      body: {
        rows: 2,
        changes: { new: 1, changed: 0 },
        failedTotal: 1,
        lines: [{ line: 2, employeeNumber: 'PI1', what: 'new', effectiveDate: '2099-01-01' }],
      },
    });
    expect(await stored()).toBe(0);
    expect(await ask('POST', '/people/import', { body: FILE })).toMatchObject({
      status: 200,
      body: { accepted: 1, byType: { joiner: 1 }, failed: [{ line: 3 }] },
    });
    expect(await stored()).toBe(1);
    const [entry] = await directory.sql`select actor, detail from audit where action = 'people imported'`;
    expect(entry).toMatchObject({
      actor: 'key:console',
      detail: { accepted: 1, events: [expect.stringMatching('file:PI1:joiner')] },
    });
    expect(await ask('POST', '/people/import', { body: FILE })).toMatchObject({ body: { accepted: 0, unchanged: 1 } });
    expect(await directory.sql`select 1 from audit where action = 'people imported'`).toHaveLength(1);
  });

  it('that can not be used is refused before anything is read of people', async () => {
    const events = 'type,employeeNumber\nleaver,PI1\n';
    for (const body of ['familyName\nAmes\n', events])
      expect(await ask('POST', '/people/import', { body })).toMatchObject({
        status: 400,
        body: { fields: [{ field: 'header' }] },
      });
    expect((await ask('POST', '/people/import', { body: { a: 1 } })).status).toBe(415);
    for (const query of ['preview=maybe', 'previw=true'])
      expect((await ask('POST', `/people/import?${query}`, { body: FILE })).status).toBe(400);
    expect((await ask('POST', '/people/import', { body: `${FILE}${' '.repeat(LARGEST)}` })).status).toBe(413);
  });

  it('that breaks off is audited as far as it was taken', async () => {
    await directory.sql`delete from audit where action = 'people imported'`;
    let batchTaken: () => void = () => undefined;
    const taken = new Promise<void>((resolve) => (batchTaken = resolve));
    async function* brokenOff() {
      const line = (index: number) => `PB${index},2099-01-01,Ames,b${index}@acme.example\n`;
      yield Buffer.from('employeeNumber,startDate,familyName,email\n');
      yield Buffer.from(Array.from({ length: 700 }, (_, index) => line(index)).join(''));
      await taken;
      throw new Error('the connection is gone');
    }
    const afterBatch = async () => batchTaken();
    const when = { defaultTimeZone: 'UTC', today: '2026-11-24' };
    const options = { directory: directory.sql, source: 'test', ...when, afterBatch };
    await expect(importPeople(brokenOff(), options, 'key:console')).rejects.toThrow('the connection is gone');
    const [{ count } = { count: 0 }] = await directory.sql<{ count: number }[]>`
      select count(*)::int as count from hr_event where employee_number like 'PB%'`;
    const entries = await directory.sql`select detail from audit where action = 'people imported'`;
    expect(count).toBe(500);
    expect(entries.map(({ detail }) => detail.accepted)).toEqual([count]);
  });

  it('is the only body that may be large, also at its address', async () => {
    const profile = { title: 'x'.repeat(300_000) };
    expect(await ask('PATCH', '/people/import', { body: { profile } })).toMatchObject({ status: 413 });
  });

  it('whose length nobody says is refused', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { authorization: `Bearer ${operator}`, 'content-type': 'text/csv' };
      const call = request(`${url}/people/import`, { method: 'POST', agent: false, headers }, (answer) =>
        resolve(answer.statusCode),
      );
      call.on('error', reject);
      call.write(FILE);
      call.end();
    });
    expect(status).toBe(411);
  });

  it('may be larger than other bodies', async () => {
    const app = createApp({
      directory: directory.sql,
      temporal: new Client({ connection }),
      taskQueue: 'nobody-listens',
      sealer: createSealer(randomBytes(32)),
      hrSecret: 'a-secret-that-only-hr-knows',
      defaultTimeZone: 'UTC',
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      onAccepted: () => undefined,
    });
    const body = `${FILE}${' '.repeat(300_000)}\n`;
    const headers = {
      authorization: `Bearer ${operator}`,
      'content-type': 'text/csv',
      'content-length': String(body.length),
    };
    const answer = await app.request('/people/import?preview=true', { method: 'POST', body, headers });
    expect(answer.status).toBe(200);
  });
});
