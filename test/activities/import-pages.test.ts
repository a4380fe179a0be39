/** Pages of an import: one account for each row whatever happens, at the price of a script, and nobody's trouble another's. */
import { randomBytes } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ClosedEvent } from '#activities/events.ts';
import { createActivities } from '#activities/index.ts';
import { createImportPageActivities } from '#activities/import-pages.ts';
import type { ImportPageResult } from '#activities/import-request.ts';
import type { AccountPlan } from '#activities/plans.ts';
import { submitHrEvents } from '#client/intake.ts';
import type { HrAmend, HrChange } from '#domain/hr-event.ts';
import type { ImportScope, Verdict } from '#domain/import.ts';
import type { LaneEvent } from '#domain/lane.ts';
import { findAccount } from '#directory/accounts.ts';
import { managedEntitlements } from '#directory/grants.ts';
import { findHrEvent, hrEventsOf, markSignalled, unsignalledHrEvents } from '#directory/hr-events.ts';
import { importCounts, retryFailed } from '#directory/import-work.ts';
import { findPerson } from '#directory/people.ts';
import { createSealer } from '#directory/sealing.ts';
import { unpackEntries } from '#directory/packed-entries.ts';
import { buildDependencies } from '#worker/dependencies.ts';
import { changeStoredApplication, saveDemoApplication } from '../support/demo-application.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';

const FIND = { method: 'POST', path: '/composite', body: 'UserLogin' };
const CREATE = { method: 'POST', path: '/composite/sobjects', body: '"Username"' };
const GRANT = { method: 'POST', body: 'PermissionSetAssignment' };
const secretKey = randomBytes(32);

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
  dependencies = openDependencies();
  await saveDemoApplication(directory.sql, createSealer(secretKey), org.url);
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
const emailOf = (employeeNumber: string) => `${employeeNumber.toLowerCase()}@joinery-demo.example`;

function joiner(employeeNumber: string, profile: Record<string, string> = {}): HrChange {
  return {
    id: `file:${employeeNumber}:joiner`,
    type: 'joiner',
    employeeNumber,
    effectiveDate: '2026-01-01',
    profile: {
      givenName: 'Ada',
      familyName: employeeNumber,
      email: emailOf(employeeNumber),
      country: 'GB',
      department: 'IT',
      ...profile,
    },
  };
}

function mover(employeeNumber: string, profile: Record<string, string>, id = `file:${employeeNumber}:mover`): HrChange {
  return { id, type: 'mover', employeeNumber, effectiveDate: '2026-01-02', profile };
}

interface StagedRow {
  events: (HrChange | HrAmend)[];
  verdict?: Verdict;
  level?: number;
}

/** Stages these rows as a file does. Answers the import's number. */
async function staged(rows: (StagedRow | HrChange)[]): Promise<number> {
  const [made] = await directory.sql<{ id: number }[]>`
    insert into import (kind, source, state, created_by) values ('people', 'file people.csv', 'running', 'test') returning id`;
  const id = made?.id ?? 0;
  const staging = rows.map((row, index) => {
    const { events, verdict = 'new', level = 0 } = 'events' in row ? row : { events: [row] };
    return {
      import: id,
      line: index + 2,
      employee_number: events[0]?.employeeNumber ?? null,
      cells: directory.sql.json([]),
      verdict,
      events: directory.sql.json(events as never),
      level,
      state: 'waiting',
    };
  });
  await directory.sql`insert into import_row ${directory.sql(staging)}`;
  return id;
}

function begin(id: number): Promise<ImportScope> {
  const { beginImport } = createImportPageActivities(dependencies);
  return new MockActivityEnvironment().run(beginImport, { import: id }) as Promise<ImportScope>;
}

function page(id: number, application = 'salesforce', with_ = dependencies): Promise<ImportPageResult> {
  const { importPage } = createImportPageActivities(with_);
  const request = { import: id, application, after: 0, upTo: 200 };
  return new MockActivityEnvironment().run(importPage, request) as Promise<ImportPageResult>;
}

async function run(rows: (StagedRow | HrChange)[]): Promise<ImportPageResult & { id: number }> {
  const id = await staged(rows);
  await begin(id);
  return { id, ...(await page(id)) };
}

const rowStates = async (id: number) =>
  (await directory.sql<{ state: string }[]>`select state from import_row where import = ${id} order by line`).map(
    ({ state }) => state,
  );

const told = ({ entries }: ImportPageResult) =>
  unpackEntries(entries).map((entry) => [entry.employeeNumber, entry.operation, entry.outcome]);

describe('a page of new people', () => {
  const people = Array.from({ length: 200 }, (_, index) => joiner(numbered(index)));
  const twoSets = [
    { type: 'profile', name: 'Standard User' },
    { type: 'permission-set', name: 'Developer_Tools' },
    { type: 'permission-set', name: 'HR_Records' },
  ];

  it('costs what a script would: one search, one create, the grants; and ends every row', async () => {
    await saveDemoApplication(directory.sql, createSealer(secretKey), org.url, {
      birthrights: [{ when: 'true', grant: twoSets }],
    });
    // Names and fields are looked up once, whatever comes after.
    await run([joiner('E9999')]);
    const id = await staged(people);
    expect(await begin(id)).toMatchObject({ applications: ['salesforce'], levels: [200] });
    await org.clearLog();
    const began = performance.now();
    const result = await page(id);
    const took = performance.now() - began;
    expect(result.counts).toEqual({ done: 200, unchanged: 0, failed: 0, handed: 0, skipped: 0 });
    const calls = await org.apiCalls();
    console.log(
      took,
      calls.map(({ method, path }) => `${method} ${path.slice(0, 80)}`),
    );
    expect(calls.length).toBe(4);
    expect(new Set(await rowStates(id))).toEqual(new Set(['done']));
    expect(result.entries.length).toBeLessThan(90_000);
    expect(told(result)).toHaveLength(400);
    const [user] = await org.usersOf(numbered(7));
    expect(await org.permissionSetsOf(user?.Id ?? '')).toEqual(['Developer_Tools', 'HR_Records']);
    expect(await managedEntitlements(directory.sql, numbered(7), 'salesforce')).toHaveLength(2);
    expect(await findHrEvent(directory.sql, joiner(numbered(7)).id)).toMatchObject({
      state: 'done',
      outcome: { summary: 'salesforce: done', workflowId: `import:${id}` },
    });
  });

  it('is not taken in where there is no application but in the directory', async () => {
    await directory.sql`update application set enabled = false`;
    const id = await staged([joiner('E1', { title: 'Clerk' })]);
    expect(await begin(id)).toMatchObject({ applications: [], levels: [1] });
    expect((await page(id, '')).counts).toMatchObject({ done: 1 });
    expect(await findPerson(directory.sql, 'E1')).toMatchObject({ status: 'active', startDate: '2026-01-01' });
    expect(await rowStates(id)).toEqual(['done']);
  });

  it('is answered in less than 90 KB, however long the values are', async () => {
    const long = () => randomBytes(60).toString('base64');
    const fields = () => ({ title: long(), street: long() + long(), city: long(), department: long(), phone: long() });
    const result = await run(Array.from({ length: 200 }, (_, index) => joiner(numbered(index), fields())));
    expect(result.counts.done).toBe(200);
    expect(result.entries.length).toBeLessThanOrEqual(90_000);
    const [entry] = unpackEntries(result.entries);
    expect(entry?.changes.find(({ attribute }) => attribute === 'Street')?.new).toMatch(/^.{15,}…$/);
  });

  it('links managers: those who were there before, those of the page, and those who reported to somebody without an account', async () => {
    await run([joiner('E1'), joiner('E2', { managerEmployeeNumber: 'E3' })]);
    const { id } = await run([joiner('E3', { managerEmployeeNumber: 'E1' })]);
    const managers = async () => {
      const [one, two, three] = await Promise.all(['E1', 'E2', 'E3'].map((number) => org.usersOf(number)));
      return [one?.[0]?.Id, two?.[0]?.ManagerId, three?.[0]?.Id, three?.[0]?.ManagerId];
    };
    const [first, ofSecond, third, ofThird] = await managers();
    expect([ofSecond, ofThird]).toEqual([third, first]);
    expect(told(await page(id))).toContainEqual(['E2', 'update', 'done']);
  });
});

describe('a row that fails', () => {
  it('fails alone, and says why', async () => {
    const { counts, failed, id, ...result } = await run([
      joiner('E1'),
      joiner('E2', { email: 'no address' }),
      joiner('E3', { familyName: '' }),
      joiner('E4'),
    ]);
    expect(counts).toMatchObject({ done: 2, failed: 2 });
    expect(failed).toEqual([
      { line: 3, employeeNumber: 'E2', why: expect.stringMatching(/email/i) as string },
      { line: 4, employeeNumber: 'E3', why: expect.stringMatching(/LastName/) as string },
    ]);
    expect(await rowStates(id)).toEqual(['done', 'failed', 'failed', 'done']);
    expect(told({ counts, failed, ...result })).toContainEqual(['E2', 'create', 'failed']);
    expect(await findHrEvent(directory.sql, joiner('E2').id)).toMatchObject({
      state: 'failed',
      outcome: { summary: expect.stringMatching(/^salesforce: failed: .*email/i) as string },
    });
  });

  it('has its account where only a permission set is refused, and is tried again under another event', async () => {
    const grant = [
      { type: 'profile', name: 'Standard User' },
      { type: 'permission-set', name: 'No_Such_Set' },
    ];
    const birthrights = [{ when: 'true', grant: [...grant, { type: 'permission-set', name: 'HR_Records' }] }];
    await changeStoredApplication(directory.sql, { birthrights });
    const { id, counts, failed } = await run([joiner('E1')]);
    expect([counts.failed, failed[0]?.why]).toEqual([1, expect.stringContaining('No_Such_Set')]);
    expect(await importCounts(directory.sql, id)).toEqual({
      states: { failed: 1 },
      applications: { salesforce: { failed: 1 } },
    });
    const [user] = await org.usersOf('E1');
    expect(await org.permissionSetsOf(user?.Id ?? '')).toEqual(['HR_Records']);
    expect(await managedEntitlements(directory.sql, 'E1', 'salesforce')).toMatchObject([{ name: 'HR_Records' }]);
    expect(await findHrEvent(directory.sql, joiner('E1').id)).toMatchObject({ state: 'partly-failed' });

    await changeStoredApplication(directory.sql, { birthrights: [{ when: 'true', grant: grant.slice(0, 1) }] });
    expect(await retryFailed(directory.sql, id)).toBe(1);
    expect(await retryFailed(directory.sql, id)).toBe(0);
    await directory.sql`update import set run = run + 1`;
    await begin(id);
    expect((await page(id)).counts).toMatchObject({ done: 1 });
    expect(await findHrEvent(directory.sql, `${joiner('E1').id}:1`)).toMatchObject({ state: 'done' });
    expect(await importCounts(directory.sql, id)).toEqual({
      states: { done: 1 },
      applications: { salesforce: { done: 1 } },
    });
  });

  it('for a moment is tried once more in the same page', async () => {
    const busy = { statusCode: 'UNABLE_TO_LOCK_ROW', message: 'unable to obtain exclusive access to this record' };
    await org.addFault({ match: CREATE, action: { kind: 'row-error', row: 1, ...busy } });
    const result = await run([joiner('E1'), joiner('E2'), joiner('E3')]);
    expect(result.counts).toMatchObject({ done: 3 });
    expect(told(result).filter(([number, kind]) => number === 'E2' && kind === 'create')).toEqual([
      ['E2', 'create', 'done'],
    ]);
    await everyoneHasOne(['E1', 'E2', 'E3']);
  });

  it('whenever it is tried is told as failed, with what to do', async () => {
    const busy = { statusCode: 'UNABLE_TO_LOCK_ROW', message: 'unable to obtain exclusive access to this record' };
    const username = emailOf('E2');
    await org.addFault({ match: CREATE, times: 'always', action: { kind: 'row-error', username, ...busy } });
    const { id, counts } = await run([joiner('E1'), joiner('E2')]);
    expect(counts).toMatchObject({ done: 1, failed: 1 });
    const [row] = await directory.sql`select failure from import_result where import = ${id} and outcome = 'failed'`;
    expect(row).toMatchObject({ failure: { kind: 'transient', remedy: expect.stringContaining('again') as string } });
  });
});

describe('a name that is taken', () => {
  it('gives way to the next, in the search and creation of those alone', async () => {
    for (const number of ['E2', 'E3']) await org.createUser({ Username: emailOf(number), Email: 'other@x.example' });
    const people = ['E1', 'E2', 'E3', 'E4'];
    const result = await run(people.map((number) => joiner(number)));
    expect(result.counts).toMatchObject({ done: 4 });
    await everyoneHasOne(people);
    expect((await org.usersOf('E2'))[0]?.Username).not.toBe(emailOf('E2'));
    expect((await findAccount(directory.sql, 'E2', 'salesforce'))?.username).toBe(
      (await org.usersOf('E2'))[0]?.Username,
    );
    const entry = unpackEntries(result.entries).find(
      ({ employeeNumber, operation }) => employeeNumber === 'E2' && operation === 'create',
    );
    expect(entry?.reason).toContain(`taken: Username ${emailOf('E2')}`);
  });

  it('by two of a page is the first one’s; the other fails alone', async () => {
    const { counts, failed } = await run([joiner('E1'), joiner('E2', { email: emailOf('E1') })]);
    expect(counts).toMatchObject({ done: 1, failed: 1 });
    expect(failed).toMatchObject([{ employeeNumber: 'E2', why: expect.stringMatching(/duplicate/i) as string }]);
    await everyoneHasOne(['E1']);
  });
});

describe('somebody who has an account', () => {
  it('is linked and updated, and has nothing to do the next time', async () => {
    await org.createUser({ Username: 'old.name@x.example', EmployeeNumber: 'E1', LastName: 'Old' });
    const first = await run([joiner('E1', { title: 'Analyst' }), joiner('E2')]);
    expect(told(first)).toEqual(
      expect.arrayContaining([
        ['E1', 'link', 'done'],
        ['E1', 'update', 'done'],
        ['E2', 'create', 'done'],
      ]),
    );
    await everyoneHasOne(['E1', 'E2']);
    expect((await org.usersOf('E1'))[0]).toMatchObject({ Username: 'old.name@x.example', Title: 'Analyst' });
    const second = await run([mover('E1', { title: 'Analyst' }), mover('E2', { title: 'Head' })]);
    expect(second.counts).toMatchObject({ done: 1, unchanged: 1 });
    expect(told(second)).toEqual([['E2', 'update', 'done']]);
  });

  it('loses what no longer follows, and only what Joinery gave', async () => {
    await run([joiner('E1')]);
    const [user] = await org.usersOf('E1');
    await org.assign(user?.Id ?? '', 'Sales_Console');
    const { counts } = await run([mover('E1', { department: 'Human Resources' })]);
    expect(counts).toMatchObject({ done: 1 });
    expect(await org.permissionSetsOf(user?.Id ?? '')).toEqual(['HR_Records', 'Sales_Console']);
    expect((await managedEntitlements(directory.sql, 'E1', 'salesforce')).map(({ name }) => name)).toContain(
      'HR_Records',
    );
  });

  it('that is protected, or where accounts are only linked, is left as it is and told as skipped', async () => {
    await org.createUser({ Username: 'boss@x.example', EmployeeNumber: 'E1', Title: 'Chief' });
    await changeStoredApplication(directory.sql, { protect: ['username == "boss@x.example"'] });
    const kept = await run([joiner('E1', { title: 'Analyst' })]);
    expect([kept.counts, (await org.usersOf('E1'))[0]?.Title]).toMatchObject([{ skipped: 1 }, 'Chief']);
    await changeStoredApplication(directory.sql, { protect: [], mode: 'link-only' });
    const linked = await run(
      [joiner('E1', { title: 'Analyst' }), joiner('E2')].map((event) => ({
        events: [{ ...event, id: `${event.id}:b` }],
      })),
    );
    expect(linked.counts).toMatchObject({ done: 1, skipped: 1 });
    expect(await findAccount(directory.sql, 'E1', 'salesforce')).toMatchObject({ username: 'boss@x.example' });
    expect([(await org.usersOf('E1'))[0]?.Title, await org.usersOf('E2')]).toEqual(['Chief', []]);
    expect(told(linked)).toContainEqual(['E2', 'create', 'skipped']);
  });

  it('matched twice fails, and keeps nobody else waiting', async () => {
    await org.createUser({ Username: 'one@x.example', EmployeeNumber: 'E1' });
    await org.createUser({ Username: 'two@x.example', EmployeeNumber: 'E1' });
    const { counts, failed } = await run([joiner('E1'), joiner('E2')]);
    expect(counts).toMatchObject({ done: 1, failed: 1 });
    expect(failed[0]?.why).toMatch(/several accounts match E1: one@x.example/);
  });
});

describe('a page that is repeated after its worker died', () => {
  const people = ['E1', 'E2', 'E3'];
  const rows = people.map((number) => joiner(number));
  const everything = people.flatMap((number) => [
    [number, 'create', 'done'],
    [number, 'grant', 'done'],
  ]);

  /** Lets the first try end as told, and repeats the page on a new worker. */
  async function diesAndRepeats(
    die: () => Promise<() => Promise<unknown>>,
  ): Promise<ImportPageResult & { id: number }> {
    const id = await staged(rows);
    await begin(id);
    const recover = await die();
    await expect(page(id)).rejects.toThrow();
    await recover();
    const another = openDependencies();
    try {
      return { id, ...(await page(id, 'salesforce', another)) };
    } finally {
      await another.close();
    }
  }

  /** The directory refuses to write to this table until told otherwise. */
  async function refusesWrites(table: string): Promise<() => Promise<unknown>> {
    await directory.sql.unsafe(`
      create function refuse() returns trigger language plpgsql as $$ begin raise exception 'the worker dies here'; end $$;
      create trigger dies before insert on ${table} for each statement execute function refuse()`);
    return () => directory.sql.unsafe(`drop trigger dies on ${table}; drop function refuse()`);
  }

  it('after the claim does everything', async () => {
    const down = { kind: 'status', status: 503, body: '<html></html>', contentType: 'text/html' };
    const result = await diesAndRepeats(async () => {
      await org.addFault({ match: { path: '/services/data' }, times: 'always', action: down });
      return () => org.clearFaults();
    });
    expect(told(result).toSorted()).toEqual(everything.toSorted());
    await everyoneHasOne(people);
  });

  it('after the accounts were made and before anybody heard of it makes none again', async () => {
    const result = await diesAndRepeats(async () => {
      await org.addFault({ match: CREATE, action: { kind: 'cut', when: 'after-commit' } });
      return () => Promise.resolve();
    });
    expect(result.counts).toMatchObject({ done: 3 });
    await everyoneHasOne(people);
  });

  it('before the accounts were recorded makes none again', async () => {
    const result = await diesAndRepeats(() => refusesWrites('account'));
    expect(result.counts).toMatchObject({ done: 3 });
    await everyoneHasOne(people);
  });

  it('before the grants were recorded gives them', async () => {
    const result = await diesAndRepeats(() => refusesWrites('"grant"'));
    expect(result.counts).toMatchObject({ done: 3 });
    await everyoneHasOne(people);
  });

  it('after the grants, whose answer is lost, knows them as its own and has lost no entry', async () => {
    const result = await diesAndRepeats(async () => {
      await org.addFault({ match: GRANT, action: { kind: 'cut', when: 'after-commit' } });
      return () => Promise.resolve();
    });
    expect(result.counts).toMatchObject({ done: 3 });
    expect(told(result)).toEqual(expect.arrayContaining(people.map((number) => [number, 'create', 'done'])));
    await everyoneHasOne(people);
  });

  it('before the ends of its rows were written writes them', async () => {
    const result = await diesAndRepeats(() => refusesWrites('import_result'));
    expect(result.counts).toMatchObject({ unchanged: 3 });
    expect(await rowStates(result.id)).toEqual(['done', 'done', 'done']);
    await everyoneHasOne(people);
  });

  it('after everything answers the same and asks nobody', async () => {
    const id = await staged(rows);
    await begin(id);
    const first = await page(id);
    await org.clearLog();
    expect(await page(id)).toEqual(first);
    expect(await org.apiCalls()).toEqual([]);
  });
});

describe('rows that are for the lane', () => {
  it('are in the inbox: who is at work, leaves, starts later, or has more than one thing said', async () => {
    await run(['E1', 'E2', 'E3'].map((number) => joiner(number)));
    const said = { directory: directory.sql, defaultTimeZone: 'UTC', source: 'test' };
    const other = {
      type: 'mover',
      id: 'other',
      employeeNumber: 'E1',
      effectiveDate: '2026-01-01',
      profile: { city: 'Rome' },
    };
    expect(await submitHrEvents([other], said)).toMatchObject([{ result: 'accepted' }]);
    const leaver: HrChange = { id: 'l2', type: 'leaver', employeeNumber: 'E2', effectiveDate: '2026-02-01' };
    const later = { ...joiner('E4'), effectiveDate: '2999-01-01' };
    const { id, counts } = await run([
      mover('E1', { title: 'Clerk' }),
      { events: [leaver], verdict: 'gone' },
      { events: [mover('E3', { title: 'Clerk' }), { ...leaver, id: 'l3', employeeNumber: 'E3' }] },
      later,
      joiner('E5'),
    ]);
    expect(counts).toEqual({ done: 1, unchanged: 0, failed: 0, handed: 4, skipped: 0 });
    expect(await rowStates(id)).toEqual(['handed', 'handed', 'handed', 'handed', 'done']);
    const waiting = await unsignalledHrEvents(directory.sql, 0, 100);
    expect(waiting.map((event) => event.id)).toEqual([
      'other',
      mover('E1', {}).id,
      'l2',
      mover('E3', {}).id,
      'l3',
      later.id,
    ]);
    expect(waiting.at(-1)).toMatchObject({ dueAt: '2999-01-01T00:00:00.000Z', source: 'file people.csv' });
    expect(await findPerson(directory.sql, 'E4')).toMatchObject({ status: 'expected' });
    expect((await org.usersOf('E1'))[0]?.Title).toBeNull();
  });

  it('are handed over where the plan takes access away', async () => {
    await run([joiner('E1'), joiner('E2')]);
    await changeStoredApplication(directory.sql, { scope: 'department == "IT"' });
    const { id, counts } = await run([mover('E1', { department: 'Shipping' }), mover('E2', { title: 'Clerk' })]);
    expect(counts).toMatchObject({ handed: 1, done: 1 });
    expect(await rowStates(id)).toEqual(['handed', 'done']);
    expect((await unsignalledHrEvents(directory.sql, 0, 100)).map((event) => event.id)).toEqual([mover('E1', {}).id]);
  });

  it('are skipped where the same was carried out before', async () => {
    await run([joiner('E1')]);
    const { id, counts } = await run([joiner('E1')]);
    expect([counts.skipped, await rowStates(id)]).toEqual([1, ['skipped']]);
  });
});

describe('a leaver who comes while the page makes the account', () => {
  it.each([
    ['after the page has looked for accounts', FIND, { done: 2 }],
    ['once the account is made', CREATE, { done: 1, failed: 1 }],
  ])('%s has no access in the end: the lane plans once more after the page', async (_when, match, counts) => {
    const id = await staged([joiner('E1'), joiner('E2')]);
    await begin(id);
    const held = await org.addFault({ match, action: { kind: 'hold' } });
    const working = page(id);
    await held.hit();
    const said = { directory: directory.sql, defaultTimeZone: 'UTC', source: 'test' };
    const leaver = { id: 'leaver', type: 'leaver', employeeNumber: 'E1', effectiveDate: '2026-01-01', immediate: true };
    const moved = {
      id: 'moved',
      type: 'mover',
      employeeNumber: 'E2',
      effectiveDate: '2026-01-01',
      profile: { city: 'Rome' },
    };
    expect(await submitHrEvents([leaver, moved], said)).toMatchObject([{ result: 'accepted' }, { result: 'accepted' }]);
    // Another page is at work on E2; E1 leaves now.
    expect((await unsignalledHrEvents(directory.sql, 0, 10)).map((event) => event.id)).toEqual(['leaver']);
    await markSignalled(directory.sql, ['leaver']);
    await carriedOut('leaver', 'leaver');
    await held.release();
    expect((await working).counts).toMatchObject(counts);

    const waiting = await unsignalledHrEvents(directory.sql, 0, 10);
    expect(waiting.map((event) => [event.employeeNumber, event.body])).toMatchObject([
      ['E2', { id: 'moved' }],
      ['E1', { type: 'mover', quiet: true }],
    ]);
    await carriedOut(waiting[1]?.id ?? '', 'mover');
    const [user] = await org.usersOf('E1');
    expect(user?.IsActive).toBe(false);
    expect(await findAccount(directory.sql, 'E1', 'salesforce')).toMatchObject({ status: 'inactive' });
    expect((await org.usersOf('E2'))[0]?.IsActive).toBe(true);
  });

  /** What the lane does with an event of E1. */
  async function carriedOut(id: string, type: 'leaver' | 'mover'): Promise<void> {
    const event: LaneEvent = {
      ...{ id, type, employeeNumber: 'E1', person: 'Ada', sequence: 0, immediate: true, amendments: [] },
      ...{ dueAt: '2026-01-01T00:00:00Z', acceptedAt: '2026-01-01T00:00:00Z' },
    };
    const another = openDependencies();
    const activities = createActivities(another);
    const environment = new MockActivityEnvironment();
    await environment.run(activities.openEvent, event);
    const plan = (await environment.run(activities.planAccount, { event, application: 'salesforce' })) as AccountPlan;
    for (const operation of plan.operations) {
      const request = {
        event,
        application: 'salesforce',
        operation,
        ...(plan.account ? { account: plan.account } : {}),
      };
      if (operation.kind === 'link') await environment.run(activities.linkAccount, request);
      if (operation.kind === 'freeze') await environment.run(activities.freezeAccount, request);
      if (operation.kind === 'revoke') await environment.run(activities.revokeEntitlements, request);
      if (operation.kind === 'deactivate') await environment.run(activities.deactivateAccount, request);
    }
    const closed: ClosedEvent = {
      event,
      state: 'done',
      summary: 'done',
      secondsLate: 0,
      overtaken: [],
    };
    await environment.run(activities.closeEvent, closed);
    await another.close();
  }
});

describe('two applications that take the same page at once', () => {
  it('claim it once; a row ends when it has ended in both', async () => {
    const other = await startSimulatedOrg();
    try {
      await saveDemoApplication(directory.sql, createSealer(secretKey), other.url, { name: 'second' });
      const people = ['E1', 'E2', 'E3'];
      const id = await staged(people.map((number) => joiner(number)));
      expect((await begin(id)).applications).toEqual(['salesforce', 'second']);
      const fault = await other.addFault({ match: CREATE, action: { kind: 'hold' } });
      const [first, second] = [page(id), page(id, 'second')];
      expect((await first).counts).toMatchObject({ done: 3 });
      await fault.hit();
      expect(await rowStates(id)).toEqual(['claimed', 'claimed', 'claimed']);
      expect((await findHrEvent(directory.sql, joiner('E1').id))?.settledAt).toBeNull();
      await fault.release();
      expect((await second).counts).toMatchObject({ done: 3 });
      expect(await rowStates(id)).toEqual(['done', 'done', 'done']);
      expect(await hrEventsOf(directory.sql, 'E1')).toMatchObject([
        { state: 'done', outcome: { summary: 'salesforce: done\nsecond: done' } },
      ]);
      for (const number of people)
        expect([await org.usersOf(number), await other.usersOf(number)]).toMatchObject([[{}], [{}]]);
    } finally {
      await other.close();
    }
  });

  it('that is cancelled in between is for the lanes', async () => {
    await saveDemoApplication(directory.sql, createSealer(secretKey), org.url, { name: 'second' });
    const id = await staged([joiner('E1')]);
    await begin(id);
    await page(id);
    const { endImport } = createImportPageActivities(dependencies);
    await new MockActivityEnvironment().run(endImport, { import: id, state: 'cancelled' as const });
    expect(await rowStates(id)).toEqual(['handed']);
    expect((await unsignalledHrEvents(directory.sql, 0, 10)).map((event) => event.id)).toEqual([joiner('E1').id]);
  });
});

/** Each has one account, that is on record, with the permission set of IT, known as ours. */
async function everyoneHasOne(employeeNumbers: string[]): Promise<void> {
  for (const number of employeeNumbers) {
    const users = await org.usersOf(number);
    expect(users, number).toHaveLength(1);
    const nativeId = users[0]?.Id ?? '';
    expect(await findAccount(directory.sql, number, 'salesforce')).toMatchObject({ nativeId });
    expect(await org.permissionSetsOf(nativeId)).toContain('Developer_Tools');
    expect(await managedEntitlements(directory.sql, number, 'salesforce')).toContainEqual(
      expect.objectContaining({ name: 'Developer_Tools' }),
    );
  }
}
