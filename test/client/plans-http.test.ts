/** Plans over HTTP: who may make, read and apply them, and that only what was read is applied. */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createApp } from '#client/http/app.ts';
import { createKey } from '#client/keys.ts';
import { createSealer } from '#directory/sealing.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
let url: string;
let close: () => void;
let wakes = 0;
const keys: Record<string, string> = {};
const person = `AH${randomBytes(5).toString('hex')}`;

beforeAll(async () => {
  world = await openWorld('real-time');
  const app = createApp({
    directory: world.directory,
    temporal: world.client,
    taskQueue: world.taskQueue,
    sealer: createSealer(world.settings.secretKey),
    hrSecret: 'a-secret-that-only-hr-knows',
    defaultTimeZone: 'UTC',
    log: { info: () => undefined, warn: () => undefined, error: (facts: object) => console.error(facts) },
    onAccepted: () => (wakes += 1),
  });
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  close = () => server.close();
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const role of ['viewer', 'operator'] as const)
    keys[role] = await createKey(world.directory, { name: role, role, actor: 'test' });
  const profile = { givenName: 'Ada', familyName: 'Byron', email: `${person}@joinery-demo.example`, country: 'GB' };
  await world.directory`insert into person (employee_number, status, profile) values (${person}, 'active', ${world.directory.json(profile)})`;
});
afterAll(async () => {
  close();
  await world.close();
});

async function call(role: string, path: string, body?: object) {
  const headers = { authorization: `Bearer ${keys[role] ?? ''}`, 'content-type': 'application/json' };
  const response = await fetch(
    url + path,
    body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers },
  );
  const text = await response.text();
  return { status: response.status, text, json: () => JSON.parse(text) as Record<string, unknown> };
}

describe('plans over HTTP', () => {
  it.each([
    ['nobody', '/plans', undefined, 401],
    ['nobody', '/plans', { all: true }, 401],
    ['viewer', '/plans', { all: true }, 403],
    ['viewer', '/plans/1/apply', {}, 403],
    ['viewer', '/plans/999', undefined, 404],
    ['viewer', '/plans/999/items', undefined, 404],
    ['viewer', '/plans/none', undefined, 400],
    ['operator', '/plans/999/apply', {}, 404],
    ['operator', '/plans', {}, 400],
    ['operator', '/plans', { all: true, group: 'both' }, 400],
    ['operator', '/plans', { people: ['nobody-1'] }, 400],
    ['operator', '/plans/1/apply', { sha256: 'short' }, 400],
  ])('%s %s %o: %i', async (role, path, body, status) => {
    expect((await call(role, path, body)).status).toBe(status);
    expect(wakes).toBe(0);
  });

  it('are made, read by anybody with a key, and applied once as they were read', async () => {
    const started = await call('operator', '/plans', { people: [person] });
    expect(started.status).toBe(202);
    const path = started.json()['statusUrl'] as string;
    await vi.waitFor(async () => expect((await call('viewer', path)).json()['state']).toBe('made'), {
      timeout: 30_000,
    });
    const plan = (await call('viewer', path)).json();
    expect(plan).toMatchObject({ createdBy: 'key:operator', summary: { people: 1, operations: 2 }, outcome: null });
    const items = (await call('viewer', `${path}/items`)).text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(items).toMatchObject([{ employeeNumber: person, operations: [{ kind: 'create' }, { kind: 'grant' }] }]);
    expect((await call('viewer', '/plans?limit=1')).json()).toMatchObject([{ id: plan['id'] }]);

    const other = await call('operator', `${path}/apply`, { sha256: '0'.repeat(64) });
    expect(other.status).toBe(409);
    expect(other.json()['message']).toContain(plan['sha256']);
    expect(wakes).toBe(0);
    const applied = await call('operator', `${path}/apply`, { sha256: plan['sha256'] as string });
    expect(applied.json()).toMatchObject({
      result: 'applied',
      appliedBy: 'key:operator',
      outcome: { people: 1, states: { accepted: 1 } },
    });
    expect(wakes).toBe(1);
    expect((await call('operator', `${path}/apply`, {})).json()).toMatchObject({ result: 'known' });
    expect(wakes).toBe(1);
    expect((await world.event(`plan:${String(plan['id'])}:${person}`)).body).toMatchObject({
      type: 'mover',
      quiet: true,
      plan: plan['id'],
    });
  });
});
