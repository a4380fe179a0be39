/** Accounts that are there already, and groups to be made, as administrators meet them: over HTTP, and on the command line. */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createApp } from '#client/http/app.ts';
import { createKey } from '#client/keys.ts';
import { createSealer } from '#directory/sealing.ts';
import { changePerson } from '#directory/people.ts';
import { openCommandLine, type CommandLine } from '../support/command-line.ts';
import { saveDemoApplication } from '../support/demo-application.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';

const secretKey = randomBytes(32);
const sealer = createSealer(secretKey);
const RULE = { groups: ['Sales*'], type: 'public-group', name: 'replace(group, " ", "_")' };

let directory: FreshDirectory;
let org: SimulatedOrg;
let shell: CommandLine;
let connection: Connection;
let url: string;
let close: () => void;
const keys: Record<string, string> = {};

beforeAll(async () => {
  directory = await freshDirectory();
  org = await startSimulatedOrg();
  shell = await openCommandLine({ settings: { databaseUrl: directory.url, secretKey }, taskQueue: 'adoption' });
  connection = await Connection.connect({ address: inject('temporalAddress') });
  const note = (): void => undefined;
  const app = createApp({
    directory: directory.sql,
    temporal: new Client({ connection }),
    taskQueue: 'nobody-listens',
    sealer,
    hrSecret: 'a-secret-that-only-hr-knows',
    defaultTimeZone: 'Europe/Berlin',
    log: { info: note, warn: note, error: note },
    onAccepted: note,
  });
  const port = await new Promise<number>((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (address: AddressInfo) =>
      resolve(address.port),
    );
    close = () => server.close();
  });
  url = `http://127.0.0.1:${port}`;
  for (const role of ['viewer', 'operator'] as const)
    keys[role] = await createKey(directory.sql, { name: role, role, actor: 'test' });
  await configure();
  for (const employeeNumber of ['E1', 'E2']) {
    const profile = { familyName: 'Byron', givenName: employeeNumber };
    await changePerson(directory.sql, { employeeNumber, status: 'active', profile });
    await org.createUser({
      Username: `${employeeNumber.toLowerCase()}@joinery-demo.example`,
      EmployeeNumber: employeeNumber,
    });
  }
  await directory.sql`insert into person_group (name, label) values ('Sales EMEA', 'Sales, EMEA'), ('Sales APAC', 'Sales, APAC')`;
});
afterAll(async () => {
  close();
  await connection.close();
  await shell.close();
  await org.close();
  await directory.close();
});

const configure = (changes: object = {}) =>
  saveDemoApplication(directory.sql, sealer, org.url, { groupPush: [RULE], ...changes });

async function ask(method: string, path: string, role = 'operator') {
  const response = await fetch(url + path, { method, headers: { authorization: `Bearer ${keys[role]}` } });
  const body = await response.text();
  return { status: response.status, type: response.headers.get('content-type'), body };
}

const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('over HTTP', () => {
  it('accounts stream as one JSON object a line, of one situation if asked', async () => {
    const { status, type, body } = await ask('GET', '/applications/salesforce/accounts');
    expect({ status, type }).toEqual({ status: 200, type: 'application/x-ndjson' });
    expect(linesOf(body).map(({ situation }) => situation)).toEqual(expect.arrayContaining(['unlinked', 'protected']));
    const unlinked = await ask('GET', '/applications/salesforce/accounts?situation=unlinked');
    expect(linesOf(unlinked.body).map(({ employeeNumber }) => employeeNumber)).toEqual(['E1', 'E2']);
    expect((await ask('GET', '/applications/salesforce/accounts?situation=any')).status).toBe(400);
  });

  it('nothing of it is open to a viewer, and nothing is there of an application that is not', async () => {
    const calls = [
      ['GET', 'accounts'],
      ['POST', 'link-accounts'],
      ['POST', 'push-groups'],
    ];
    for (const [method = '', path] of calls) {
      expect((await ask(method, `/applications/salesforce/${path}`, 'viewer')).status, path).toBe(403);
      expect((await ask(method, `/applications/nowhere/${path}`)).status, path).toBe(404);
    }
  });

  it('groups are previewed, made once, and audited by the key', async () => {
    const preview = await ask('POST', '/applications/salesforce/push-groups?preview=true');
    expect(JSON.parse(preview.body)).toMatchObject([{ result: 'made' }, { result: 'made' }]);
    expect(await groupsMade()).toBe(0);
    for (const result of ['made', 'there']) {
      const pushed = await ask('POST', '/applications/salesforce/push-groups');
      expect(JSON.parse(pushed.body)).toMatchObject([
        { group: 'Sales APAC', name: 'Sales_APAC', result },
        { group: 'Sales EMEA', name: 'Sales_EMEA', result },
      ]);
    }
    expect(await groupsMade()).toBe(2);
    expect(await directory.sql`select actor from audit where action = 'groups pushed'`).toEqual([
      { actor: 'key:operator' },
    ]);
  });

  it('what can not be done now is a conflict, what the application refuses is its failure with what to do', async () => {
    await configure({ toggles: { importUsers: false } });
    expect(await ask('POST', '/applications/salesforce/link-accounts')).toMatchObject({
      status: 409,
      body: expect.stringContaining('Import Users is off'),
    });
    await configure();
    await org.addFault({
      match: { path: '/query' },
      action: { kind: 'status', status: 403, body: [{ errorCode: 'INSUFFICIENT_ACCESS', message: 'no' }] },
    });
    expect(await ask('GET', '/applications/salesforce/accounts')).toMatchObject({
      status: 502,
      body: expect.stringContaining('joinery app verify'),
    });
    await org.clearFaults();
  });

  it('accounts are linked, and counted', async () => {
    const linked = await ask('POST', '/applications/salesforce/link-accounts');
    expect(JSON.parse(linked.body)).toMatchObject({ linked: 2, nowLinked: 2, unlinked: 0 });
    const again = await ask('POST', '/applications/salesforce/link-accounts');
    expect(JSON.parse(again.body)).toMatchObject({ linked: 2, nowLinked: 0 });
  });
});

describe('on the command line', () => {
  it('app accounts lists them with their situation, and counts', async () => {
    await directory.sql`delete from account`;
    const { code, out } = await shell.run(['app', 'accounts', 'salesforce']);
    expect(code).toBe(0);
    expect(out).toMatch(/^username +status +situation +person\n/);
    expect(out).toMatch(/e1@joinery-demo\.example +active +unlinked +E1 Byron \(E1\)\n/);
    expect(out).toMatch(
      /integration@joinery-demo\.example +active +protected +it is the account Joinery signs in with\n/,
    );
    expect(out).toMatch(/\n\n0 linked, 2 unlinked, \d+ unmatched, 0 disputed, 1 protected\n$/);
    const json = await shell.run(['app', 'accounts', 'salesforce', '--situation', 'unlinked', '--json']);
    expect(linesOf(json.out).map(({ employeeNumber }) => employeeNumber)).toEqual(['E1', 'E2']);
  });

  it('app show says what is read out of an account, and what goes into it', async () => {
    const { code, out } = await shell.run(['app', 'show', 'salesforce']);
    expect(code).toBe(0);
    expect(out).toMatch(/\nCountry +country\n/);
    expect(out).toMatch(/\nemployeeNumber +attribute EmployeeNumber\n/);
    expect(out).toContain('(there are no import mappings: its mappings, turned round)');
    const importMappings = [{ field: 'employeeNumber', expression: 'attributes["EmployeeNumber"]' }];
    await configure({ importMappings });
    const { out: given } = await shell.run(['app', 'show', 'salesforce']);
    expect(given).toMatch(/what is read of a person +is\n-+ +-+\nemployeeNumber +attributes\["EmployeeNumber"\]\n$/);
    expect(JSON.parse((await shell.run(['app', 'show', 'salesforce', '--json'])).out)).toMatchObject({
      importMappings,
    });
    expect(await shell.run(['app', 'show', 'nowhere'])).toMatchObject({ code: 1 });
    await configure();
  });

  it('app accounts --link records them', async () => {
    const { out } = await shell.run(['app', 'accounts', 'salesforce', '--link', '--situation', 'linked']);
    expect(out).toMatch(/e2@joinery-demo\.example +active +linked +E2 Byron \(E2\); linked now\n/);
    expect(out).toMatch(/2 linked, 0 unlinked, .* 2 of them linked now\n$/);
    expect(await directory.sql`select employee_number from account order by 1`).toEqual([
      { employee_number: 'E1' },
      { employee_number: 'E2' },
    ]);
  });

  it('says of a refusal and of an unknown application why, and exits with 1', async () => {
    await configure({ toggles: { importUsers: false } });
    expect(await shell.run(['app', 'accounts', 'salesforce', '--link'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('Import Users is off'),
    });
    expect(await shell.run(['app', 'accounts', 'nowhere'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no application nowhere'),
    });
    await configure();
  });

  it('group push says what it made, and exits with 1 when one was refused', async () => {
    await configure({ groupPush: [{ ...RULE, name: 'group == "Sales EMEA" ? "Sales_New" : "not a name"' }] });
    const preview = await shell.run(['group', 'push', '--preview']);
    expect(preview.out).toMatch(/Sales EMEA +public-group Sales_New +would be made +Sales, EMEA\n/);
    const { code, out } = await shell.run(['group', 'push', '--application', 'salesforce']);
    expect(out).toMatch(/Sales EMEA +public-group Sales_New +made +Sales, EMEA\n/);
    expect(out).toMatch(/Sales APAC +public-group not a name +refused .*must begin with a letter/);
    expect(code).toBe(1);
  });
});

async function groupsMade(): Promise<number> {
  const rows = await org.query("SELECT Id FROM Group WHERE DeveloperName IN ('Sales_EMEA', 'Sales_APAC')");
  return rows.length;
}
