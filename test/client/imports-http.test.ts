/** Imports over HTTP: who may stage, read, run and control them, and what a file that is too large is answered. */
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createApp } from '#client/http/app.ts';
import { createKey } from '#client/keys.ts';
import { changePerson } from '#directory/people.ts';
import { createSealer } from '#directory/sealing.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
let url: string;
let close: () => void;
const keys: Record<string, string> = {};
const LARGEST = 300_000;
const HEAD = 'employeeNumber,startDate,familyName,email';

beforeAll(async () => {
  world = await openWorld('real-time');
  const app = createApp({
    directory: world.directory,
    temporal: world.client,
    taskQueue: world.taskQueue,
    sealer: createSealer(world.settings.secretKey),
    hrSecret: 'a-secret-that-only-hr-knows',
    defaultTimeZone: 'UTC',
    largestImport: LARGEST,
    log: { info: () => undefined, warn: () => undefined, error: (facts: object) => console.error(facts) },
    onAccepted: () => undefined,
  });
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  close = () => server.close();
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const role of ['viewer', 'operator', 'administrator'] as const)
    keys[role] = await createKey(world.directory, { name: role, role, actor: 'test' });
});
afterAll(async () => {
  close();
  await world.close();
});

interface More {
  body?: string | Buffer | object;
  type?: string;
}

async function ask(role: string, method: string, path: string, { body, type }: More = {}) {
  const isFile = typeof body === 'string' || Buffer.isBuffer(body);
  const contentType = type ?? (isFile ? 'text/csv' : 'application/json');
  const response = await fetch(url + path, {
    method,
    headers: {
      authorization: `Bearer ${keys[role] ?? ''}`,
      ...(body === undefined ? {} : { 'content-type': contentType }),
    },
    ...(body === undefined ? {} : { body: isFile ? new Uint8Array(Buffer.from(body)) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('application/json') ?? false;
  return { status: response.status, body: (isJson ? JSON.parse(text) : text) as Record<string, unknown> & string };
}

const line = (
  number: string,
  { startDate = '2026-01-01', email = `${number}@acme.example`, familyName = 'Ames' } = {},
) => `${number},${startDate},${familyName},${email}`;

async function stage(lines: string[], query = ''): Promise<number> {
  const { status, body } = await ask('operator', 'POST', `/imports/people?${query}`, {
    body: [HEAD, ...lines].join('\n'),
  });
  expect({ status, body }).toMatchObject({ status: 201 });
  return body['id'] as number;
}

const known = (employeeNumber: string, more: Record<string, string> = {}) =>
  changePerson(world.directory, {
    employeeNumber,
    status: 'active',
    profile: { familyName: 'Ames', email: `${employeeNumber}@acme.example`, ...more },
  });

describe('imports over HTTP', () => {
  it.each([
    ['POST', '/imports/people', 'operator'],
    ['POST', '/imports/accounts/salesforce', 'operator'],
    ['GET', '/imports', 'viewer'],
    ['GET', '/imports/999', 'viewer'],
    ['GET', '/imports/999/rows', 'viewer'],
    ['GET', '/imports/999/failed.csv', 'operator'],
    ['POST', '/imports/999/run', 'operator'],
    ['POST', '/imports/999/retry', 'operator'],
    ['POST', '/imports/999/pause', 'operator'],
    ['POST', '/imports/999/resume', 'operator'],
    ['POST', '/imports/999/cancel', 'operator'],
  ])('%s %s needs the role %s', async (method, path, role) => {
    const more = /pause|cancel/.test(path) ? { body: { reason: 'since' } } : {};
    expect((await ask('nobody', method, path, more)).status).toBe(401);
    if (role === 'operator') expect((await ask('viewer', method, path, more)).status).toBe(403);
    if (path.includes('999')) expect((await ask(role, method, path, more)).status).toBe(404);
  });

  it('are described', async () => {
    const { body } = await ask('viewer', 'GET', '/openapi.json');
    expect(Object.keys(body['paths'] as object).filter((path) => path.startsWith('/imports'))).toEqual([
      '/imports/people',
      '/imports/accounts/{application}',
      '/imports',
      '/imports/{id}',
      '/imports/{id}/rows',
      '/imports/{id}/failed.csv',
      '/imports/{id}/run',
      '/imports/{id}/retry',
      '/imports/{id}/pause',
      '/imports/{id}/resume',
      '/imports/{id}/cancel',
    ]);
  });

  it('are staged and read, run, and say what became of every row', async () => {
    await known('IH2', { title: 'Clerk' });
    const id = await stage(
      [line('IH1'), line('IH2', { familyName: 'Byron' }), line('IH3', { email: 'none' })],
      'name=hr.csv',
    );
    expect(await ask('viewer', 'GET', `/imports/${id}`)).toMatchObject({
      status: 200,
      body: {
        source: 'file hr.csv',
        createdBy: 'key:operator',
        state: 'staged',
        counts: { new: 1, changed: 1, invalid: 1 },
        states: { waiting: 2 },
        progress: null,
      },
    });
    const first = await ask('viewer', 'GET', `/imports/${id}/rows?after=0&limit=2`);
    expect(first.body).toMatchObject({
      rows: [
        { line: 2, employeeNumber: 'IH1', name: 'Ames', verdict: 'new', state: 'waiting', results: [] },
        { line: 3, verdict: 'changed', changes: [{ field: 'familyName', old: 'Ames', new: 'Byron' }] },
      ],
      next: 3,
    });
    expect((await ask('viewer', 'GET', `/imports/${id}/rows?verdict=invalid`)).body).toEqual({
      rows: [
        expect.objectContaining({ line: 4, reason: expect.stringContaining('profile.email') as unknown }) as unknown,
      ],
      next: null,
    });

    expect(await ask('operator', 'POST', `/imports/${id}/run`)).toMatchObject({
      status: 200,
      body: { runBy: 'key:operator' },
    });
    await vi.waitFor(
      async () => expect((await ask('viewer', 'GET', `/imports/${id}`)).body).toMatchObject({ state: 'done' }),
      { timeout: 60_000, interval: 200 },
    );
    expect((await ask('viewer', 'GET', `/imports/${id}`)).body).toMatchObject({
      states: { done: 2 },
      progress: { rows: 2, ended: 2, failed: 0, pause: null },
    });
    expect((await ask('viewer', 'GET', `/imports/${id}/rows?state=done`)).body).toMatchObject({
      rows: [
        { line: 2, results: [{ application: 'salesforce', outcome: 'done' }] },
        { line: 3, results: [{ application: 'salesforce', outcome: 'done' }] },
      ],
    });
    expect((await ask('operator', 'GET', `/imports/${id}/failed.csv`)).body).toMatch(
      /^employeeNumber,startDate,familyName,email,importFailure\r\nIH3,2026-01-01,Ames,none,profile\.email: .*\r\n$/,
    );
    for (const verb of ['run', 'retry', 'resume'])
      expect((await ask('operator', 'POST', `/imports/${id}/${verb}`)).status).toBe(409);
    expect((await ask('operator', 'POST', `/imports/${id}/pause`, { body: { reason: 'lunch' } })).status).toBe(409);
    expect((await ask('viewer', 'GET', '/imports?limit=1')).body).toMatchObject([{ id, state: 'done' }]);
  });

  it('take their options from the address', async () => {
    const body = gzipSync(
      Buffer.from(
        'Personnel No;Start;Notes;Last name;Work e-mail\nIH9;2026-01-01;secret;Müller;m@acme.example\n',
        'latin1',
      ),
    );
    const query =
      'encoding=windows-1252&delimiter=%3B&map=Personnel%20No%3DemployeeNumber&map=Notes%3D-&map=Start%3DstartDate&bulkFrom=5000';
    const staged = await ask('operator', 'POST', `/imports/people?${query}`, { body, type: 'application/gzip' });
    expect(staged).toMatchObject({
      status: 201,
      body: {
        counts: { new: 1 },
        options: {
          map: { 'Personnel No': 'employeeNumber', Notes: '-', Start: 'startDate' },
          separator: ';',
          bulkFrom: 5000,
        },
      },
    });
    const path = `${staged.body['statusUrl'] as string}/rows`;
    const rows = await ask('viewer', 'GET', `${path}?verdict=new`);
    expect(rows.body).toMatchObject({ rows: [{ name: 'Müller' }] });
    expect(JSON.stringify(rows.body)).not.toContain('secret');
    const cancelled = await ask('operator', 'POST', `/imports/${String(staged.body['id'])}/cancel`, {
      body: { reason: 'a trial' },
    });
    expect(cancelled).toMatchObject({ status: 200, body: { state: 'cancelled' } });
  });

  it('let nobody leave but for an administrator, and not many', async () => {
    for (let index = 1; index <= 30; index += 1) await known(`IL${index}`);
    const staying = Array.from({ length: 27 }, (_, index) => line(`IL${index + 1}`));
    const numbers = (
      await world.directory<{ employeeNumber: string }[]>`
      select employee_number as "employeeNumber" from person where employee_number not like 'IL%'`
    ).map((one) => one.employeeNumber);
    const id = await stage([...numbers.map((number) => line(number)), ...staying], 'authoritative=true');
    const run = (role: string, query = '') => ask(role, 'POST', `/imports/${id}/run${query}`);
    expect((await run('operator')).body).toMatchObject({ error: 'forbidden' });
    expect((await ask('viewer', 'GET', `/imports/${id}`)).body).toMatchObject({
      refused: expect.stringContaining(`joinery import run ${id} --allow-removals 3`) as unknown,
    });
    expect(await run('administrator')).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining('3 of 32 people are missing in the file') as unknown },
    });
    expect((await run('operator', '?allowRemovals=3')).status).toBe(403);
    expect((await run('administrator', '?allowRemovals=2')).status).toBe(409);
    expect(await run('administrator', '?allowRemovals=3')).toMatchObject({ status: 200 });
    await vi.waitFor(
      async () =>
        expect((await ask('viewer', 'GET', `/imports/${id}/rows?verdict=gone`)).body).toMatchObject({
          rows: [{ state: 'handed' }, { state: 'handed' }, { state: 'handed' }],
        }),
      { timeout: 60_000, interval: 200 },
    );
    const plain = await stage([line('IL1')]);
    expect((await ask('operator', 'POST', `/imports/${plain}/run?allowRemovals=5`)).status).toBe(403);
  });

  it('stage the accounts of an application', async () => {
    await known('IH8');
    await world.org.createUser({ Username: 'IH8@acme.example', EmployeeNumber: 'IH8' });
    const { status, body } = await ask('operator', 'POST', '/imports/accounts/salesforce');
    expect({ status, body }).toMatchObject({ status: 201, body: { kind: 'accounts', application: 'salesforce' } });
    const rows = await ask('viewer', 'GET', `${body['statusUrl'] as string}/rows?verdict=unlinked`);
    expect(rows.body).toMatchObject({ rows: [{ employeeNumber: 'IH8', state: 'waiting' }] });
    expect((await ask('operator', 'POST', '/imports/accounts/none')).status).toBe(404);
  });

  it.each([
    ['name=a&authoritative=perhaps', 'authoritative'],
    ['delimiter=ab', 'delimiter'],
    ['delimiter=x', 'file'],
    ['map=Notes', 'map'],
    ['encoding=klingon', 'file'],
    ['bulkFrom=0', 'bulkFrom'],
    ['autoritative=true', 'autoritative'],
  ])('asked for wrongly, the fault is named: %s', async (query, field) => {
    expect(await ask('operator', 'POST', `/imports/people?${query}`, { body: `${HEAD}\n` })).toMatchObject({
      status: 400,
      body: { fields: [{ field }] },
    });
  });

  it('that can not be read say why, and stay as failed', async () => {
    const answer = await ask('operator', 'POST', '/imports/people', { body: 'familyName,shoeSize\nAmes,44\n' });
    expect(answer).toMatchObject({
      status: 400,
      body: {
        fields: [
          {
            field: 'file',
            problem: expect.stringMatching(/"shoeSize" is neither.*employeeNumber is missing/) as unknown,
          },
        ],
      },
    });
    expect((await ask('viewer', 'GET', '/imports?limit=1')).body).toMatchObject([{ state: 'failed' }]);
    expect((await ask('operator', 'POST', '/imports/people', { body: { a: 1 } })).status).toBe(415);
  });

  it('may be larger than other bodies, and are refused beyond their own limit, whether their length is said or not', async () => {
    const lines = (count: number) =>
      Array.from({ length: count }, (_, index) => `${line(`IX${index}`)},${'x'.repeat(95_000)}`);
    const file = (count: number) => [`${HEAD},notes`, ...lines(count)].join('\n');
    const path = '/imports/people?ignoreUnknown=true';
    expect(await ask('operator', 'POST', path, { body: file(3) })).toMatchObject({
      status: 201,
      body: { counts: { new: 3 } },
    });
    expect(await ask('operator', 'POST', path, { body: file(4) })).toMatchObject({
      status: 413,
      body: { message: `a file may have at most ${LARGEST} bytes` },
    });
    expect(await sendPieces(path, file(4))).toBe(413);
    const [{ id, state } = { id: 0, state: '' }] = (await ask('viewer', 'GET', '/imports?limit=1')).body as unknown as {
      id: number;
      state: string;
    }[];
    expect(state).toBe('failed');
    expect(await world.directory`select 1 from import_row where import = ${id}`).toEqual([]);
    expect((await ask('operator', 'PATCH', path, { body: file(3) })).status).toBe(413);
  });
});

/** Sends a file without saying how long it is. */
function sendPieces(path: string, text: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${keys['operator'] ?? ''}`, 'content-type': 'text/csv' };
    const call = request(url + path, { method: 'POST', agent: false, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    call.on('error', reject);
    for (let at = 0; at < text.length; at += 10_000) call.write(text.slice(at, at + 10_000));
    call.end();
  });
}
