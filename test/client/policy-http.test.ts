/** Profile fields and groups over HTTP: read by everybody, changed by administrators, refused with what would break. */
import { randomBytes } from 'node:crypto';
import { Connection, Client } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createApp } from '#client/http/app.ts';
import { createKey } from '#client/keys.ts';
import { createSealer } from '#directory/sealing.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

let directory: FreshDirectory;
let connection: Connection;
let app: ReturnType<typeof createApp>;
const keys: Record<string, string> = {};

beforeAll(async () => {
  directory = await freshDirectory();
  connection = await Connection.connect({ address: inject('temporalAddress') });
  const note = () => undefined;
  app = createApp({
    directory: directory.sql,
    temporal: new Client({ connection }),
    taskQueue: 'nobody-listens',
    sealer: createSealer(randomBytes(32)),
    hrSecret: 'only-hr',
    defaultTimeZone: 'UTC',
    log: { info: note, warn: note, error: note },
    onAccepted: note,
  });
  for (const role of ['viewer', 'operator', 'administrator'] as const)
    keys[role] = await createKey(directory.sql, { name: `${role} key`, role, actor: 'test' });
  await directory.sql`
    insert into person (employee_number, status, profile)
    select 'E' || n, 'active', jsonb_build_object('familyName', 'Person ' || n, 'department', 'Sales')
    from generate_series(1, 3) n`;
});
afterAll(async () => {
  await connection.close();
  await directory.close();
});

async function ask(method: string, path: string, body?: object, role = 'administrator') {
  const response = await app.request(path, {
    method,
    headers: { authorization: `Bearer ${keys[role]}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') || text.startsWith('[') ? text : undefined, text };
}

async function json(method: string, path: string, body?: object, role?: string) {
  const { status, text } = await ask(method, path, body, role);
  return { status, body: text === '' ? undefined : JSON.parse(text) };
}

describe('profile fields over HTTP', () => {
  it('are listed, added, changed and removed', async () => {
    expect(await json('PUT', '/profile-fields/badge', { label: 'Badge', unique: true })).toMatchObject({
      status: 200,
      body: { field: { name: 'badge', type: 'text', unique: true, custom: true }, changed: true },
    });
    const { body } = await json('GET', '/profile-fields', undefined, 'viewer');
    expect(body.at(-1)).toMatchObject({ name: 'badge', label: 'Badge' });
    expect(await json('DELETE', '/profile-fields/badge')).toEqual({ status: 200, body: { forgotten: 0 } });
    expect(await json('DELETE', '/profile-fields/badge')).toMatchObject({ status: 404 });
    const audits = await directory.sql`select actor, action from audit where subject = 'badge' order by sequence`;
    expect([...audits]).toEqual([
      { actor: 'key:administrator key', action: 'profile field saved' },
      { actor: 'key:administrator key', action: 'profile field removed' },
    ]);
  });

  it('are refused with every person who would break', async () => {
    const refused = await json('PUT', '/profile-fields/title', { required: true });
    expect(refused).toMatchObject({ status: 409, body: { error: 'conflict' } });
    expect(refused.body.message).toContain('3 would not fit title: E1 (Person 1) is missing');
    expect(refused.body.fields.map(({ field }: { field: string }) => field)).toEqual(['E1', 'E2', 'E3']);
    expect(await json('PUT', '/profile-fields/title', { type: 'date' })).toMatchObject({
      status: 400,
      body: { fields: [{ field: 'type' }] },
    });
    expect(await json('PUT', '/profile-fields/title', { shape: 'round' })).toMatchObject({ status: 400 });
  });
});

describe('groups over HTTP', () => {
  it('are saved, shown with everybody in them, renamed and removed', async () => {
    expect(
      await json('PUT', '/groups/Sales', { rule: 'department == "Sales" && employeeNumber != "E3"' }),
    ).toMatchObject({
      status: 200,
      body: { group: { name: 'Sales', label: 'Sales' } },
    });
    expect(await json('POST', '/groups/Sales/members', { people: ['E3'] })).toEqual({
      status: 200,
      body: { people: ['E3'], affected: { group: 'Sales' } },
    });
    expect(await json('GET', '/groups/Sales', undefined, 'viewer')).toMatchObject({ body: { named: 1 } });
    const { text } = await ask('GET', '/groups/Sales/members', undefined, 'viewer');
    const [first, ...members] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({ name: 'Sales', members: 3, undecided: 0 });
    expect(members.map(({ employeeNumber, through }) => `${employeeNumber} ${through}`)).toEqual([
      'E1 rule',
      'E2 rule',
      'E3 name',
    ]);
    expect(await json('DELETE', '/groups/Sales/members', { people: ['E3'] })).toMatchObject({
      body: { people: ['E3'] },
    });
    expect(await json('POST', '/groups/Sales/rename', { to: 'Selling' })).toMatchObject({ status: 200 });
    expect(await json('GET', '/groups')).toMatchObject({ body: [{ name: 'Selling', named: 0 }] });
    expect(await json('DELETE', '/groups/Selling')).toEqual({ status: 204, body: undefined });
    for (const [method, path] of [
      ['GET', '/groups/Selling'],
      ['DELETE', '/groups/Selling'],
      ['GET', '/groups/Selling/members'],
    ] as const)
      expect(await json(method, path)).toMatchObject({ status: 404 });
  });

  it('are refused with what is wrong, and stay while they are named', async () => {
    await json('PUT', '/groups/Inner', {});
    await json('PUT', '/groups/Outer', { children: ['Inner'] });
    expect(await json('DELETE', '/groups/Inner')).toMatchObject({
      status: 409,
      body: { fields: [{ field: 'groups.Outer.children' }] },
    });
    expect(await json('PUT', '/groups/Inner', { rule: 'shoe == 4' })).toMatchObject({ status: 400 });
    expect(await json('POST', '/groups/Inner/members', { people: ['E1', 'E9'] })).toMatchObject({
      status: 400,
      body: { fields: [{ field: 'E9' }] },
    });
  });
});

describe('what is asked wrongly', () => {
  it.each([
    ['PUT', '/groups/Odd', { rule: 'department == "\u0000"' }, 'groups.Odd.rule'],
    ['PUT', '/groups/Odd', { rule: 'department == "\ud800"' }, 'groups.Odd.rule'],
    ['PUT', '/profile-fields/odd', { label: '\ud800' }, 'label'],
    ['DELETE', '/profile-fields/title?forget-values=true', undefined, 'forget-values'],
    ['GET', '/groups/Odd/members?state=active', undefined, 'state'],
  ])('is refused, the part named: %s %s %j', async (method, path, body, field) => {
    expect(await json(method, path, body)).toMatchObject({ status: 400, body: { fields: [{ field }] } });
  });
});

describe('who is no administrator', () => {
  it.each([
    ['PUT', '/profile-fields/badge', {}],
    ['DELETE', '/profile-fields/badge', undefined],
    ['PUT', '/groups/A', {}],
    ['DELETE', '/groups/A', undefined],
    ['POST', '/groups/A/rename', { to: 'B' }],
    ['POST', '/groups/A/members', { people: ['E1'] }],
    ['DELETE', '/groups/A/members', { people: ['E1'] }],
  ])('may not %s %s', async (method, path, body) => {
    expect(await json(method, path, body, 'operator')).toMatchObject({ status: 403 });
  });
});
