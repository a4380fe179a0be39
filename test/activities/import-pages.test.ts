/** Pages of an import: at the price of a script, and nobody’s trouble another’s. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { findAccount } from '#directory/accounts.ts';
import { managedEntitlements } from '#directory/grants.ts';
import { findPerson } from '#directory/people.ts';
import { createSealer } from '#directory/sealing.ts';
import { unpackEntries } from '#directory/packed-entries.ts';
import { findHrEvent } from '#directory/hr-events.ts';
import { importCounts, retryFailed } from '#directory/import-work.ts';
import { changeStoredApplication, saveDemoApplication } from '../support/demo-application.ts';
import {
  emailOf,
  CREATE,
  secretKey,
  directory,
  org,
  onFreshPages,
  numbered,
  joiner,
  mover,
  staged,
  begin,
  page,
  run,
  rowStates,
  told,
  everyoneHasOne,
} from '../support/import-pages.ts';

onFreshPages();

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
    expect(calls.length).toBe(3);
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
