/** Applications over HTTP: who may set them up, and what is answered. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createApp } from '#client/http/app.ts';
import { createKey } from '#client/keys.ts';
import { changePerson } from '#directory/people.ts';
import { createSealer } from '#directory/sealing.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';

let directory: FreshDirectory;
let org: SimulatedOrg;
let connection: Connection;
let app: ReturnType<typeof createApp>;
let demo: { name?: string; mappings: object[]; settings: object; secret: object };
const keys: Record<string, string> = {};

beforeAll(async () => {
  directory = await freshDirectory();
  org = await startSimulatedOrg();
  connection = await Connection.connect({ address: inject('temporalAddress') });
  app = createApp({
    directory: directory.sql,
    temporal: new Client({ connection }),
    taskQueue: 'nobody-listens',
    sealer: createSealer(randomBytes(32)),
    hrSecret: 'a-secret-that-only-hr-knows',
    defaultTimeZone: 'UTC',
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    onAccepted: () => undefined,
  });
  for (const role of ['viewer', 'operator', 'administrator'] as const)
    keys[role] = await createKey(directory.sql, { name: role, role, actor: 'test' });
  const text = await readFile(new URL('../../docs/examples/salesforce-demo.json', import.meta.url), 'utf8');
  const document = JSON.parse(text) as typeof demo;
  demo = { ...document, settings: { ...document.settings, loginUrl: org.url } };
  await changePerson(directory.sql, {
    employeeNumber: 'E1',
    status: 'active',
    profile: { givenName: 'Ada', familyName: 'Byron', email: 'ada@x.example', department: 'Sales', country: 'GB' },
  });
});
afterAll(async () => {
  await connection.close();
  await org.close();
  await directory.close();
});

async function ask(method: string, path: string, body?: object, role = 'administrator') {
  const response = await app.request(path, {
    method,
    headers: { authorization: `Bearer ${keys[role]}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('an application', () => {
  it('is put under the name in its address, and shown without its secret', async () => {
    const { name: _name, ...nameless } = demo;
    const put = await ask('PUT', '/applications/salesforce', nameless);
    expect(put).toMatchObject({ status: 200, body: { application: { name: 'salesforce' }, warnings: [] } });
    const shown = await ask('GET', '/applications/salesforce', undefined, 'viewer');
    expect(shown).toMatchObject({ status: 200, body: { name: 'salesforce', scope: 'true', pause: null } });
    expect(JSON.stringify([put, shown])).not.toMatch(/joinery-demo-secret|sealedSecret/);
    const [entry] = await directory.sql`select actor, subject from audit where action = 'application saved'`;
    expect(entry).toEqual({ actor: 'key:administrator', subject: 'salesforce' });
  });

  it('may be put again without its secret', async () => {
    const { secret: _secret, ...rules } = demo;
    expect(await ask('PUT', '/applications/salesforce', { ...rules, label: 'Again' })).toMatchObject({
      status: 200,
      body: { application: { label: 'Again' } },
    });
  });

  it('is refused with every fault named, and under another name', async () => {
    const wrong = [...demo.mappings, { attribute: 'Departmnt', field: 'department' }, { attribute: 'AboutMe' }];
    expect(await ask('PUT', '/applications/salesforce', { ...demo, mappings: wrong })).toMatchObject({
      status: 400,
      body: {
        fields: [{ field: 'mappings.AboutMe', problem: 'must have exactly one of field, constant and expression' }],
      },
    });
    expect(await ask('PUT', '/applications/salesforce', { ...demo, mappings: wrong.slice(0, -1) })).toMatchObject({
      status: 400,
      body: { error: 'invalid', fields: [{ field: 'mappings.Departmnt' }] },
    });
    expect(await ask('PUT', '/applications/other', demo)).toMatchObject({
      status: 400,
      body: { fields: [{ field: 'name', problem: 'must be other, as in the address' }] },
    });
  });

  it('is checked again when an operator asks', async () => {
    expect(await ask('POST', '/applications/salesforce/check', undefined, 'operator')).toEqual({
      status: 200,
      body: { faults: [], warnings: [] },
    });
  });

  it('with an expression of 200,000 characters is refused in few words', async () => {
    const scope = `department == "${'x'.repeat(200_000)}"`;
    const { status, body } = await ask('PUT', '/applications/salesforce', { ...demo, scope });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      fields: [{ field: 'scope', problem: expect.stringContaining('has more than 10000 characters') }],
    });
    expect(JSON.stringify(body).length).toBeLessThan(1_000);
  });

  it.each([
    ['PUT', '/applications/salesforce', 'operator'],
    ['DELETE', '/applications/salesforce', 'operator'],
    ['POST', '/applications/salesforce/check', 'viewer'],
  ])('%s %s is not for %s', async (method, path, role) => {
    expect((await ask(method, path, undefined, role)).status).toBe(403);
  });

  it.each([
    ['GET', '/applications/none'],
    ['DELETE', '/applications/none'],
    ['POST', '/applications/none/check'],
    ['GET', '/applications/none/preview?person=E1'],
    ['GET', '/applications/salesforce/preview?person=nobody'],
  ])('%s %s: there is none', async (method, path) => {
    expect(await ask(method, path)).toMatchObject({ status: 404, body: { error: 'not-found' } });
  });
});

describe('rules are tried', () => {
  it('on somebody known', async () => {
    const { status, body } = await ask('GET', '/applications/salesforce/preview?person=E1', undefined, 'viewer');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      person: { employeeNumber: 'E1', name: 'Ada Byron', status: 'active' },
      groups: [],
      applications: [{ application: 'salesforce', inScope: true }],
    });
  });

  it('on somebody made up, whose fields and groups have to be there', async () => {
    const tried = (person: object) => ask('POST', '/applications/salesforce/preview', person, 'viewer');
    expect(await tried({ employeeNumber: 'N1', profile: { email: 'n@x.example' } })).toMatchObject({
      status: 200,
      body: { person: { employeeNumber: 'N1' } },
    });
    expect(await tried({ employeeNumber: 'N1', groups: ['None'], profile: { titel: 'x' } })).toMatchObject({
      status: 400,
      body: { fields: [{ field: 'profile.titel' }, { field: 'groups', problem: '"None" is not a group' }] },
    });
  });
});

describe('removing an application', () => {
  it('is refused while people have accounts there, unless those are to be forgotten', async () => {
    await directory.sql`
      insert into account (employee_number, application, native_id, username, status)
      values ('E1', 'salesforce', '005', 'ada', 'active')`;
    expect(await ask('DELETE', '/applications/salesforce')).toMatchObject({ status: 409, body: { error: 'conflict' } });
    expect(await ask('DELETE', '/applications/salesforce?forgetAccounts=true')).toEqual({
      status: 200,
      body: { removed: true },
    });
    expect((await ask('GET', '/applications/salesforce')).status).toBe(404);
  });
});
