/** Pages of an import that are disturbed: by a worker’s death, by the lane, by another application. One account for each row all the same. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it } from 'vitest';
import type { ClosedEvent } from '#activities/events.ts';
import { createActivities } from '#activities/index.ts';
import { createImportPageActivities } from '#activities/import-pages.ts';
import type { ImportPageResult } from '#activities/import-request.ts';
import type { AccountPlan } from '#activities/plans.ts';
import { submitHrEvents } from '#client/intake.ts';
import type { HrChange } from '#domain/hr-event.ts';
import type { LaneEvent } from '#domain/lane.ts';
import { findAccount } from '#directory/accounts.ts';
import { findPerson } from '#directory/people.ts';
import { createSealer } from '#directory/sealing.ts';
import { findHrEvent, hrEventsOf, markSignalled, unsignalledHrEvents } from '#directory/hr-events.ts';
import { startSimulatedOrg } from '../support/simulator.ts';
import { changeStoredApplication, saveDemoApplication } from '../support/demo-application.ts';
import {
  emailOf,
  FIND,
  CREATE,
  GRANT,
  secretKey,
  directory,
  org,
  dependencies,
  onFreshPages,
  openDependencies,
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
    expect(told(result)).toHaveLength(everything.length);
    expect(told(result)).toEqual(expect.arrayContaining(everything));
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

describe('an account that appears while the page works', () => {
  it('after it was looked for is taken for what it is, and none is made beside it', async () => {
    const id = await staged(['E1', 'E2'].map((number) => joiner(number)));
    await begin(id);
    const held = await org.addFault({ match: FIND, action: { kind: 'hold' } });
    const working = page(id);
    await held.hit();
    const nativeId = await org.createUser({ Username: emailOf('E1'), EmployeeNumber: 'E1' });
    await held.release();
    expect((await working).counts).toMatchObject({ done: 2 });
    await everyoneHasOne(['E1', 'E2']);
    expect(await findAccount(directory.sql, 'E1', 'salesforce')).toMatchObject({ nativeId, username: emailOf('E1') });
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
      id,
      type,
      employeeNumber: 'E1',
      person: 'Ada',
      sequence: 0,
      dueAt: '2026-01-01T00:00:00Z',
      acceptedAt: '2026-01-01T00:00:00Z',
      immediate: true,
      amendments: [],
    };
    const another = openDependencies();
    const activities = createActivities(another);
    const environment = new MockActivityEnvironment();
    await environment.run((said: LaneEvent) => activities.openEvent(said), event);
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
    await environment.run((said: ClosedEvent) => activities.closeEvent(said), closed);
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

describe('the state in which an import ends', () => {
  it.each([
    { rows: ['failed', 'done'], run: 'failed', ends: 'partly-failed' },
    { rows: ['failed', 'done'], run: 'done', ends: 'partly-failed' },
    { rows: ['failed', 'failed'], run: 'failed', ends: 'failed' },
    { rows: ['done', 'handed'], run: 'done', ends: 'done' },
    { rows: ['failed', 'waiting'], run: 'cancelled', ends: 'cancelled' },
  ] as const)('of rows that are $rows is $ends, where its last run was $run', async ({ rows, run: state, ends }) => {
    const id = await staged(rows.map((_, index) => joiner(`E${index}`)));
    for (const [index, row] of rows.entries())
      await directory.sql`update import_row set state = ${row} where import = ${id} and line = ${index + 2}`;
    const { endImport } = createImportPageActivities(dependencies);
    await new MockActivityEnvironment().run(endImport, { import: id, state });
    expect(await directory.sql`select state from import where id = ${id}`).toEqual([{ state: ends }]);
  });
});
