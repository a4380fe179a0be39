/** Blocks of an import: accounts made by bulk jobs, once each whatever dies on the way, and told of as if pages had made them. */
import { randomBytes } from 'node:crypto';
import { ActivityCancellationDetails } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createImportBlockActivities } from '#activities/import-blocks.ts';
import { createImportPageActivities } from '#activities/import-pages.ts';
import { createImportUntoldActivities } from '#activities/import-untold.ts';
import type { ImportPageRequest, ImportPageResult } from '#activities/import-request.ts';
import type { HrChange } from '#domain/hr-event.ts';
import type { ImportOptions, ImportScope } from '#domain/import.ts';
import { findAccount } from '#directory/accounts.ts';
import { unpackEntries } from '#directory/packed-entries.ts';
import { createSealer } from '#directory/sealing.ts';
import { buildDependencies } from '#worker/dependencies.ts';
import { saveDemoApplication } from '../support/demo-application.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';

const secretKey = randomBytes(32);
const ROWS = 600;
const BIRTHRIGHTS = [
  {
    when: 'true',
    grant: [
      { type: 'profile', name: 'Standard User' },
      { type: 'permission-set', name: 'HR_Records' },
    ],
  },
];

let directory: FreshDirectory;
let org: SimulatedOrg;
let dependencies: ReturnType<typeof buildDependencies>;

beforeAll(async () => {
  directory = await freshDirectory();
});
afterAll(() => directory.close());
beforeEach(async () => {
  await directory.sql`truncate person, application, hr_event, import cascade`;
  org = await startSimulatedOrg();
  await org.setLicence('Salesforce', 10_000);
  dependencies = openDependencies();
  await saveDemoApplication(directory.sql, createSealer(secretKey), org.url, { birthrights: BIRTHRIGHTS });
});
afterEach(async () => {
  await dependencies.close();
  await org.close();
});

function openDependencies() {
  return buildDependencies({
    databaseUrl: directory.url,
    secretKey,
    oldSecretKeys: [],
    smtpUrl: 'smtp://127.0.0.1:9',
    mailFrom: 'joinery@joinery-demo.example',
    defaultTimeZone: 'UTC',
  });
}

const numbered = (number: number) => `E${String(number).padStart(4, '0')}`;

function joiner(employeeNumber: string, profile: Record<string, string> = {}): HrChange {
  const email = `${employeeNumber.toLowerCase()}@joinery-demo.example`;
  return {
    id: `file:${employeeNumber}:joiner`,
    type: 'joiner',
    employeeNumber,
    effectiveDate: '2026-01-01',
    profile: { givenName: 'Ada', familyName: employeeNumber, email, country: 'GB', department: 'IT', ...profile },
  };
}

const people = (count: number) => Array.from({ length: count }, (_, index) => joiner(numbered(index)));

/** Stages these rows as a file does, and begins their import. */
async function begun(events: HrChange[], options: ImportOptions = {}): Promise<{ id: number; scope: ImportScope }> {
  const [made] = await directory.sql<{ id: number }[]>`
    insert into import (kind, source, state, options, created_by)
    values ('people', 'file people.csv', 'running', ${directory.sql.json(options as never)}, 'test') returning id`;
  const id = made?.id ?? 0;
  const rows = events.map((event, index) => ({
    import: id,
    line: index + 2,
    employee_number: event.employeeNumber,
    cells: directory.sql.json([]),
    verdict: event.type === 'joiner' ? 'new' : 'changed',
    events: directory.sql.json([event] as never),
    state: 'waiting',
  }));
  await directory.sql`insert into import_row ${directory.sql(rows)}`;
  const { beginImport } = createImportPageActivities(dependencies);
  return { id, scope: (await new MockActivityEnvironment().run(beginImport, { import: id })) as ImportScope };
}

function block(id: number, upTo: number, at = new MockActivityEnvironment()): Promise<unknown> {
  const { importBlock } = createImportBlockActivities(dependencies);
  return at.run(importBlock, { import: id, application: 'salesforce', after: 0, upTo });
}

async function page(id: number, after: number): Promise<ImportPageResult> {
  const { importPage } = createImportPageActivities(dependencies);
  const request = { import: id, application: 'salesforce', after, upTo: after + 200 };
  return (await new MockActivityEnvironment().run(importPage, request)) as ImportPageResult;
}

const sent = async (method: string, path: RegExp) =>
  (await org.requests()).filter((one) => one.method === method && path.test(one.path));
const uploads = () => sent('PUT', /\/batches$/);
const creates = async () =>
  (await sent('POST', /composite\/sobjects$/)).filter(({ body }) => body.includes('"LastName"'));
const users = async () =>
  (await org.query<{ EmployeeNumber: string }>("SELECT EmployeeNumber FROM User WHERE EmployeeNumber LIKE 'E%'")).map(
    (user) => user.EmployeeNumber,
  );
const told = ({ entries }: Pick<ImportPageResult, 'entries'>) =>
  unpackEntries(entries).map(({ employeeNumber, operation, outcome }) => `${employeeNumber} ${operation} ${outcome}`);

/** Begins a block whose job stays at work after so many rows, ends its activity for this reason, and answers how. */
async function interrupted(id: number, afterRows: number, details: ActivityCancellationDetails): Promise<unknown> {
  await org.tell('/bulk', { hold: 'InProgress', afterRows });
  const at = new MockActivityEnvironment();
  const asked = await org.addFault({ match: { method: 'GET', path: '/jobs/ingest/' }, action: { kind: 'hold' } });
  const ended = block(id, ROWS, at).catch((error: unknown) => error);
  await asked.hit();
  at.cancel(details.workerShutdown ? 'WORKER_SHUTDOWN' : 'CANCELLED', details);
  await asked.release();
  return ended;
}

describe('a block', () => {
  it('whose job the org does not let us open leaves its rows to the pages', async () => {
    const { id } = await begun(people(3));
    await org.addFault({
      match: { method: 'POST', path: '/jobs/ingest' },
      times: 'always',
      action: { kind: 'status', status: 400, body: [{ errorCode: 'FEATURENOTENABLED', message: 'no bulk API here' }] },
    });
    expect(await block(id, 3)).toEqual({ created: 0, failed: 0 });
    expect((await page(id, 0)).counts).toMatchObject({ done: 3 });
    expect(await users()).toHaveLength(3);
  });

  it('whose import ends before its pages did is told of all the same, and what a page told is not told again', async () => {
    const { id } = await begun(people(300));
    await block(id, 300);
    await page(id, 0);
    const activities = createImportUntoldActivities(dependencies);
    const untold = async (after: number, upTo: number) =>
      told(
        (await new MockActivityEnvironment().run((page: ImportPageRequest) => activities.tellOfPage(page), {
          import: id,
          application: 'salesforce',
          after,
          upTo,
        })) as Pick<ImportPageResult, 'entries'>,
      );
    const second = await untold(200, 300);
    expect(second).toHaveLength(100);
    expect(second.slice(0, 2)).toEqual(['E0200 create done', 'E0201 create done']);
    expect((await untold(0, 200)).filter((entry) => entry === 'E0007 create done')).toHaveLength(1);
  });

  it('makes the accounts by one job, and its pages give the rest and tell of all of it', async () => {
    const { id } = await begun(people(ROWS));
    expect(await block(id, ROWS)).toEqual({ created: ROWS, failed: 0 });
    expect(await uploads()).toHaveLength(1);
    expect(await findAccount(directory.sql, numbered(7), 'salesforce')).toMatchObject({ status: 'active' });
    const result = await page(id, 0);
    expect(result.counts).toMatchObject({ done: 200, failed: 0 });
    expect(await creates()).toEqual([]);
    const [user] = await org.usersOf(numbered(7));
    expect(await org.permissionSetsOf(user?.Id ?? '')).toEqual(['HR_Records']);
    const entry = unpackEntries(result.entries).find(
      ({ employeeNumber, operation }) => employeeNumber === numbered(7) && operation === 'create',
    );
    expect(entry).toMatchObject({ outcome: 'done', username: user?.Username, nativeId: user?.Id });
    expect(entry?.changes).toContainEqual({ attribute: 'LastName', old: null, new: numbered(7) });
    expect(told(result)).toHaveLength(400);
    expect(await page(id, 0)).toEqual(result);
  });

  it('does nothing the second time', async () => {
    const { id } = await begun(people(5));
    await block(id, 5);
    await org.clearLog();
    expect(await block(id, 5)).toEqual({ created: 5, failed: 0 });
    expect((await org.requests()).filter(({ method }) => method !== 'DELETE')).toEqual([]);
  });

  it('is gone on with by another worker, by the same job, and nobody is made twice', async () => {
    const { id } = await begun(people(ROWS));
    await interrupted(id, 200, new ActivityCancellationDetails({ workerShutdown: true }));
    await dependencies.close();
    dependencies = openDependencies();
    await org.tell('/bulk', { hold: null });
    expect(await block(id, ROWS)).toEqual({ created: ROWS, failed: 0 });
    expect(await sent('POST', /jobs\/ingest$/)).toHaveLength(1);
    expect(await uploads()).toHaveLength(1);
    expect((await users()).length).toBe(ROWS);
    expect(new Set(await users()).size).toBe(ROWS);
  });

  it('that is cancelled stops its job, and what that has done is on record', async () => {
    const { id } = await begun(people(ROWS));
    const ended = await interrupted(id, 200, new ActivityCancellationDetails({ cancelRequested: true }));
    expect(ended).toMatchObject({ name: 'CancelledFailure' });
    await org.tell('/bulk', { hold: null });
    const there = await users();
    expect(there.length).toBeLessThanOrEqual(200);
    const recorded = await directory.sql<{ number: string }[]>`select employee_number as number from account`;
    expect(recorded.map(({ number }) => number).toSorted()).toEqual(there.toSorted());
  });

  it.each([
    ['leaves to its page what another try may mend', 'UNABLE_TO_LOCK_ROW', 'done'],
    ['leaves to its page a name that is taken', 'DUPLICATE_USERNAME', 'done'],
    ['lets its page tell of what none would mend', 'FIELD_CUSTOM_VALIDATION_EXCEPTION', 'failed'],
  ] as const)('%s', async (_, statusCode, outcome) => {
    const { id } = await begun(people(3));
    const action = { kind: 'row-error', row: 1, statusCode, message: 'No clerks here' };
    await org.addFault({ match: { method: 'PUT' }, action });
    expect(await block(id, 3)).toEqual({ created: 2, failed: 1 });
    await org.clearLog();
    const result = await page(id, 0);
    expect(
      told(result)
        .filter((one) => one.includes('create'))
        .toSorted(),
    ).toEqual([0, 1, 2].map((number) => `${numbered(number)} create ${number === 1 ? outcome : 'done'}`));
    expect(await creates()).toHaveLength(outcome === 'done' ? 1 : 0);
    expect(result.failed).toEqual(
      outcome === 'done'
        ? []
        : [expect.objectContaining({ employeeNumber: numbered(1), why: expect.stringContaining('No clerks here') })],
    );
  });

  it('makes managers known to those who reported to them before they had an account', async () => {
    const { id: first } = await begun([joiner('E2', { managerEmployeeNumber: 'E3' })]);
    await page(first, 0);
    const { id } = await begun([joiner('E3')]);
    await block(id, 1);
    await page(id, 0);
    const [[boss], [report]] = [await org.usersOf('E3'), await org.usersOf('E2')];
    expect(report?.ManagerId).toBe(boss?.Id);
  });

  it('has nothing to do for people who have accounts, or are for their lanes', async () => {
    const { id: first } = await begun(people(3));
    await page(first, 0);
    const mover: HrChange = {
      id: 'm',
      type: 'mover',
      employeeNumber: numbered(0),
      effectiveDate: '2026-01-02',
      profile: { title: 'Boss' },
    };
    const later = { ...joiner('E9'), effectiveDate: '2999-01-01' };
    const { id } = await begun([mover, later]);
    expect(await block(id, 2)).toEqual({ created: 0, failed: 0 });
    expect(await uploads()).toEqual([]);
    expect((await page(id, 0)).counts).toMatchObject({ done: 1, handed: 1 });
  });

  it.each([
    [{}, {}, {}],
    [{ bulkFrom: 3 }, {}, { salesforce: 5_000 }],
    [{ bulkFrom: 4 }, {}, {}],
    [{}, { bulkApiFrom: 3 }, { salesforce: 5_000 }],
    [{ bulkFrom: 4 }, { bulkApiFrom: 3 }, {}],
  ])('is made where the import (%o) or else the settings (%o) say so', async (options, more, blocks) => {
    const settings = await directory.sql<{ settings: object }[]>`select settings from application`;
    await saveDemoApplication(directory.sql, createSealer(secretKey), org.url, {
      birthrights: BIRTHRIGHTS,
      settings: { ...settings[0]?.settings, ...more },
    });
    expect((await begun(people(3), options)).scope.blocks).toEqual(blocks);
  });
});
