/** People over HTTP: who may change them, and what a change answers. */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createApp } from '#client/http/app.ts';
import { createKey } from '#client/keys.ts';
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
