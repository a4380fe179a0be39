/** The HTTP API over a real socket: who may call what, what an HR system is told, and that an accepted event is kept. */
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Connection, Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createApp } from '#client/http/app.ts';
import { routes } from '#client/http/api.ts';
import { sign } from '#client/http/signature.ts';
import { createKey, revokeKeys } from '#client/keys.ts';
import { createSealer } from '#directory/sealing.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

const SECRET = 'a-secret-that-only-hr-knows';

let directory: FreshDirectory;
let connection: Connection;
let url: string;
let close: () => void;
let wakes = 0;
const logged: unknown[] = [];
const keys: Record<string, string> = {};

beforeAll(async () => {
  directory = await freshDirectory();
  connection = await Connection.connect({ address: inject('temporalAddress') });
  const note = (facts: object) => void logged.push(facts);
  const app = createApp({
    directory: directory.sql,
    temporal: new Client({ connection }),
    taskQueue: 'nobody-listens',
    sealer: createSealer(randomBytes(32)),
    hrSecret: SECRET,
    defaultTimeZone: 'Europe/Berlin',
    log: { info: note, warn: note, error: note },
    onAccepted: () => (wakes += 1),
  });
  // A route that somebody adds without saying who may call it.
  app.get('/forgotten', (c) => c.text('secret'));
  const port = await new Promise<number>((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (address: AddressInfo) =>
      resolve(address.port),
    );
    close = () => server.close();
  });
  url = `http://127.0.0.1:${port}`;
  for (const role of ['viewer', 'operator', 'administrator'] as const) {
    keys[role] = await createKey(directory.sql, { name: `${role} key`, role, actor: 'test' });
  }
});
afterAll(async () => {
  close();
  await connection.close();
  await directory.close();
});

const now = () => Math.floor(Date.now() / 1000);

interface Answer {
  status: number;
  body: Record<string, unknown> & { fields?: { field: string; problem: string }[] };
}

async function post(
  body: string | object,
  more: { secondsAgo?: number; signature?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const timestamp = String(now() - (more.secondsAgo ?? 0));
  const response = await fetch(`${url}/hr/events`, {
    method: 'POST',
    body: text,
    headers: {
      'content-type': 'application/json',
      'x-joinery-timestamp': timestamp,
      'x-joinery-signature': more.signature ?? sign(SECRET, timestamp, Buffer.from(text)),
      ...more.headers,
    },
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

async function ask(path: string, key?: string, method = 'GET') {
  const response = await fetch(url + path, { method, headers: key ? { authorization: `Bearer ${key}` } : {} });
  return { status: response.status, body: await response.text() };
}

const joiner = (id: string, employeeNumber = id) => ({
  id,
  type: 'joiner',
  employeeNumber,
  effectiveDate: '2026-12-01',
  profile: { familyName: 'Byron', givenName: 'Ada', email: 'ada@acme.example', timeZone: 'Australia/Melbourne' },
});

describe('an HR event', () => {
  it('is answered 202 once it is stored, due at midnight where the person is', async () => {
    const answer = await post(joiner('h1'));
    expect(answer).toMatchObject({ status: 202, body: { id: 'h1', state: 'accepted', statusUrl: '/hr/events/h1' } });
    const [row] = await directory.sql`select due_at, state from hr_event where id = 'h1'`;
    expect(row).toMatchObject({ due_at: '2026-11-30T13:00:00.000Z', state: 'accepted' });
  });

  it('delivered again is answered the same, stored once, and wakes nobody', async () => {
    await post(joiner('h2'));
    const before = wakes;
    const { profile, ...rest } = joiner('h2');
    const sameInAnotherOrder = JSON.stringify({ profile, ...rest }, null, 4);
    expect(await post(sameInAnotherOrder)).toMatchObject({ status: 202, body: { id: 'h2', state: 'accepted' } });
    expect(await directory.sql`select 1 from hr_event where id = 'h2'`).toHaveLength(1);
    expect(wakes).toBe(before);
  });

  it('with a known id and another body is a conflict, and the first one stays', async () => {
    await post(joiner('h3'));
    const second = await post({ ...joiner('h3'), effectiveDate: '2027-01-01' });
    expect(second).toMatchObject({ status: 409, body: { error: 'conflict' } });
    const [row] = await directory.sql`select body from hr_event where id = 'h3'`;
    expect(row?.['body']).toMatchObject({ effectiveDate: '2026-12-01' });
  });

  it('is refused with every wrong field named at once', async () => {
    const { status, body } = await post({
      id: 'bad id',
      type: 'joiner',
      employeeNumber: 'E9',
      effectiveDate: '2026-02-30',
      timeZone: 'Mars/Olympus',
      surprise: 1,
      profile: { email: 'not-an-address', shoeSize: '44', country: 'Germany' },
    });
    expect(status).toBe(400);
    expect(body.fields?.map(({ field }) => field).toSorted()).toEqual([
      'effectiveDate',
      'id',
      'profile.country',
      'profile.email',
      'profile.familyName',
      'profile.shoeSize',
      'surprise',
      'timeZone',
    ]);
    expect(await directory.sql`select 1 from hr_event where employee_number = 'E9'`).toEqual([]);
  });

  const known = { employeeNumber: 'h1' };
  it.each([
    ['not JSON', '{', 'body'],
    ['not an object', [], 'event'],
    ['of no known type', { ...joiner('x'), type: 'promotion' }, 'type'],
    [
      'a mover of nobody',
      { id: 'x', type: 'mover', employeeNumber: 'nobody', effectiveDate: '2026-01-01', profile: { title: 'T' } },
      'employeeNumber',
    ],
    ['a leaver without a date', { id: 'x', type: 'leaver', ...known }, 'effectiveDate'],
    ['a rescind of nothing', { id: 'x', type: 'rescind', ...known, target: 'none' }, 'target'],
    [
      'a rescind of somebody else’s event',
      { id: 'x', type: 'rescind', employeeNumber: 'other', target: 'h1' },
      'target',
    ],
    ['an amendment of nothing in particular', { id: 'x', type: 'amend', ...known, target: 'h1' }, 'effectiveDate'],
    [
      'a required field cleared',
      { id: 'x', type: 'mover', ...known, effectiveDate: '2026-01-01', profile: { familyName: null } },
      'profile.familyName',
    ],
    ['a date no database takes', { ...joiner('x'), effectiveDate: '0001-01-01' }, 'effectiveDate'],
    ['half a character', { ...joiner('x'), profile: { ...joiner('x').profile, title: 'a\ud800' } }, 'profile.title'],
    ['control characters', { ...joiner('x'), profile: { ...joiner('x').profile, title: 'a\u0000b' } }, 'profile.title'],
  ])('%s is refused, naming the field', async (_, body, field) => {
    await post(joiner('h1'));
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.body.fields?.map((fault) => fault.field)).toContain(field);
  });

  it('immediate is due now', async () => {
    await post(joiner('h4'));
    await post({ id: 'h4-leaves', type: 'leaver', employeeNumber: 'h4', immediate: true });
    const [row] = await directory.sql`
      select abs(extract(epoch from due_at - accepted_at)) < 5 as soon from hr_event where id = 'h4-leaves'`;
    expect(row).toEqual({ soon: true });
  });

  it('immediate and delivered again after midnight is still the same', async () => {
    await post(joiner('h5'));
    const leaver = { id: 'h5-leaves', type: 'leaver', employeeNumber: 'h5', immediate: true };
    await post(leaver);
    await directory.sql`
      update hr_event set body = jsonb_set(body, '{effectiveDate}', '"2026-01-01"') where id = 'h5-leaves'`;
    expect((await post(leaver)).status).toBe(202);
    expect((await post({ ...leaver, effectiveDate: '2026-06-01' })).status).toBe(409);
  });

  it('larger than 256 KiB is refused, announced or not', async () => {
    const upload = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        const call = request(`${url}/hr/events`, { method: 'POST', agent: false, headers }, ({ statusCode }) =>
          resolve(statusCode),
        );
        call.on('error', reject);
        for (let piece = 0; piece < 10; piece += 1) call.write(Buffer.alloc(40_000, 'x'));
        call.end();
      });
    expect(await upload({ 'content-length': '400000' })).toBe(413);
    expect(await upload({})).toBe(413);
  });

  it('that is not declared JSON is refused', async () => {
    expect((await post(joiner('x'), { headers: { 'content-type': 'text/plain' } })).status).toBe(415);
  });
});

describe('the HR system’s signature', () => {
  const text = JSON.stringify(joiner('s1'));

  it.each([
    ['missing', { headers: { 'x-joinery-signature': '' } }],
    ['made with another secret', { signature: sign('another-secret', String(now()), Buffer.from(text)) }],
    ['of another body', { signature: sign(SECRET, String(now()), Buffer.from('{}')) }],
    ['shorter', { signature: 'v1=00' }],
    ['older than five minutes', { secondsAgo: 302 }],
    ['from more than five minutes ahead', { secondsAgo: -303 }],
  ])('%s is refused', async (_, more) => {
    expect(await post(text, more)).toMatchObject({ status: 401, body: { error: 'unauthenticated' } });
    expect(await directory.sql`select 1 from hr_event where id = 's1'`).toEqual([]);
  });

  it('four minutes old still holds', async () => {
    expect((await post(joiner('s2'), { secondsAgo: 240 })).status).toBe(202);
  });

  it('is not replaced by an API key, nor an API key by it', async () => {
    const authorization = `Bearer ${keys['administrator']}`;
    expect((await post(joiner('s3'), { signature: '', headers: { authorization } })).status).toBe(401);
    const timestamp = String(now());
    const headers = {
      'x-joinery-timestamp': timestamp,
      'x-joinery-signature': sign(SECRET, timestamp, Buffer.alloc(0)),
    };
    expect((await fetch(`${url}/applications`, { headers })).status).toBe(401);
  });
});

describe('every other route', () => {
  const declared = Object.values(routes).map(({ method, path }) => [
    method.toUpperCase(),
    path.replace(/\{\w+\}/g, 'x'),
  ]);
  const others = [
    ['GET', '/forgotten'],
    ['GET', '/'],
    ['GET', '/no/such/thing'],
    ['PUT', '/people/x'],
    ['OPTIONS', '/applications'],
  ];

  it.each([...declared, ...others])(
    '%s %s is closed to whoever shows no key, or a wrong one',
    async (method = '', path = '') => {
      for (const key of [undefined, `jnr_${'A'.repeat(43)}`, "' or true --"]) {
        expect((await ask(path, key, method)).status).toBe(401);
      }
    },
  );

  it('added without saying who may call it is closed to everybody', async () => {
    expect(await ask('/forgotten', keys['administrator'])).toMatchObject({ status: 403 });
  });

  it('asks for the role it needs, and higher ones include it', async () => {
    expect((await ask('/applications/none/verify', keys['viewer'], 'POST')).status).toBe(403);
    expect((await ask('/applications/none/verify', keys['operator'], 'POST')).status).toBe(404);
    expect((await ask('/applications', keys['administrator'])).status).toBe(200);
  });

  it('says what is not there, and what the address takes', async () => {
    expect((await ask('/nothing', keys['viewer'])).status).toBe(404);
    expect(await ask('/people/x', keys['viewer'], 'PUT')).toMatchObject({
      status: 405,
      body: expect.stringContaining('GET'),
    });
    expect((await ask('/people/unknown', keys['viewer'])).status).toBe(404);
  });

  it('is closed again when the key is revoked', async () => {
    const key = await createKey(directory.sql, { name: 'short', role: 'viewer', actor: 'test' });
    expect((await ask('/applications', key)).status).toBe(200);
    expect(await revokeKeys(directory.sql, { name: 'short', actor: 'test' })).toBe(1);
    expect((await ask('/applications', key)).status).toBe(401);
  });
});

describe('what the API tells', () => {
  it('of an event: its state', async () => {
    await post(joiner('t1'));
    const { status, body } = await ask('/hr/events/t1', keys['viewer']);
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ id: 't1', type: 'joiner', state: 'accepted', outcome: null });
  });

  it('of itself: every declared route, in OpenAPI', async () => {
    const { openapi, paths } = JSON.parse((await ask('/openapi.json', keys['viewer'])).body) as {
      openapi: string;
      paths: Record<string, object>;
    };
    expect(openapi).toBe('3.1.0');
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(described.toSorted()).toEqual(
      Object.values(routes)
        .map(({ method, path }) => `${method} ${path}`)
        .toSorted(),
    );
    expect(JSON.stringify(paths)).toContain('effectiveDate');
  });

  it('of itself: which proof each route takes', async () => {
    const { paths, components, security } = JSON.parse((await ask('/openapi.json', keys['viewer'])).body) as {
      paths: Record<string, Record<string, { security?: Record<string, string[]>[] }>>;
      components: { securitySchemes: Record<string, { name?: string }> };
      security: Record<string, string[]>[];
    };
    expect(security).toEqual([{ apiKey: [] }]);
    const own = Object.entries(paths).flatMap(([path, methods]) =>
      Object.values(methods).flatMap((operation) => (operation.security ? [[path, operation.security]] : [])),
    );
    expect(own).toEqual([['/hr/events', [{ hrTimestamp: [], hrSignature: [] }]]]);
    expect(components.securitySchemes).toMatchObject({
      apiKey: { scheme: 'bearer' },
      hrTimestamp: { name: 'X-Joinery-Timestamp' },
      hrSignature: { name: 'X-Joinery-Signature' },
    });
  });

  it('of a bad question: which part', async () => {
    expect(await ask('/report?since=yesterday', keys['viewer'])).toMatchObject({
      status: 400,
      body: expect.stringContaining('since'),
    });
  });

  it('to the log: never a key or a secret', () => {
    const text = JSON.stringify(logged);
    for (const secret of [...Object.values(keys), SECRET]) expect(text).not.toContain(secret);
    expect(logged.length).toBeGreaterThan(10);
  });
});

describe('an API key', () => {
  it('is kept only as a hash, and its making is audited', async () => {
    const rows = JSON.stringify(await directory.sql`select * from api_key`);
    for (const key of Object.values(keys)) expect(rows).not.toContain(key);
    const [entry] = await directory.sql`select actor, action, subject from audit where subject = 'viewer key'`;
    expect(entry).toEqual({ actor: 'test', action: 'key created', subject: 'viewer key' });
  });
});
