/** A file of people becomes accounts: page by page, stopped and gone on with, each person once whatever dies. */
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { importProgress, untilImported, type ImportEnd } from '#client/import-progress.ts';
import { stagePeople } from '#client/import-staging.ts';
import { cancelImport, pauseImport, resumeImport, retryImport, startImport } from '#client/imports.ts';
import type { ImportOptions } from '#domain/import.ts';
import { importCounts } from '#directory/import-work.ts';
import { findImport } from '#directory/imports.ts';
import { importWorkflowId } from '#workflows/ids.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
let prefix = '';
let files = 0;

const by = 'cli:test';
const place = () => ({ directory: world.directory, temporal: world.client, taskQueue: world.taskQueue });

/** Stages this many new people, those of a department under a manager who comes before them. */
async function staged(count: number, options: ImportOptions = {}): Promise<number> {
  prefix = `F${++files}X`;
  const lines = Array.from({ length: count }, (_, index) => {
    const number = `${prefix}${index}`;
    const manager = index < 10 ? '' : `${prefix}${index % 10}`;
    return `${number},2026-01-01,Ada,Byron ${number},${number}@joinery-demo.example,IT,GB,${manager}`;
  });
  const head = 'employeeNumber,startDate,givenName,familyName,email,department,country,managerEmployeeNumber';
  const input = Readable.from([Buffer.from([head, ...lines].join('\n'))]);
  const made = await stagePeople(input, {
    directory: world.directory,
    defaultTimeZone: 'UTC',
    source: 'file people.csv',
    today: '2026-11-24',
    by,
    options,
  });
  expect(made).toMatchObject({ state: 'staged', counts: { new: count } });
  return made.id;
}

/** Until it holds, at most twenty seconds. */
const soon = <T>(holds: () => T | Promise<T>): Promise<T> => vi.waitFor(holds, { timeout: 20_000 });
const until = (id: number): Promise<ImportEnd> => untilImported(place(), id, () => undefined);

/** How many users there are of each employee number of the file. */
async function usersByNumber(): Promise<Map<string, number>> {
  const users = await world.org.query<{ EmployeeNumber: string; ManagerId: string | null }>(
    `SELECT EmployeeNumber, ManagerId FROM User WHERE EmployeeNumber LIKE '${prefix}%'`,
  );
  const counts = new Map<string, number>();
  for (const { EmployeeNumber: number } of users) counts.set(number, (counts.get(number) ?? 0) + 1);
  return counts;
}

async function expectEveryoneOnce(count: number): Promise<void> {
  const users = await usersByNumber();
  expect([...users].filter(([, times]) => times !== 1)).toEqual([]);
  expect(users.size).toBe(count);
}

const audited = async (id: number) =>
  (await world.directory`select action from audit where subject = ${`import ${id}`} order by sequence`).map(
    (row) => row['action'] as string,
  );

/** What makes users: Salesforce has done it, and the answer waits. */
const CREATION = { method: 'POST', path: '/composite/sobjects$', body: 'TimeZoneSidKey' };
/** The session is over, and nobody gets another. */
const REFUSED = [
  {
    match: { path: '/services/data/' },
    times: 'always',
    action: {
      kind: 'status',
      status: 401,
      body: [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }],
    },
  },
  {
    match: { path: '/oauth2/token' },
    times: 'always',
    action: {
      kind: 'status',
      status: 400,
      body: { error: 'invalid_grant', error_description: 'authentication failure' },
    },
  },
];

/** Nothing of the import keeps other events of its people waiting. */
async function expectNobodyHeld(id: number): Promise<void> {
  expect(await world.directory`select id from hr_event where import = ${id} and settled_at is null`).toEqual([]);
}

describe('an import', () => {
  beforeAll(async () => {
    world = await openWorld('real-time');
    await world.org.setLicence('Salesforce', 50_000);
  });
  afterEach(() => world.org.clearFaults());
  afterAll(() => world.close());

  it('of a thousand people gives each an account, managers first, in a few events a page', async () => {
    const id = await staged(1_000);
    expect(await startImport(place(), { id, by })).toEqual({ result: 'done' });
    expect(await startImport(place(), { id, by })).toMatchObject({ result: 'refused' });
    const seen: number[] = [];
    const ended = await untilImported(place(), id, ({ ended: rows }) => seen.push(rows));
    expect(ended).toMatchObject({ result: 'ended', import: { state: 'done', runBy: by } });
    await expectEveryoneOnce(1_000);
    const orphans = await world.org.query<{ EmployeeNumber: string }>(
      `SELECT EmployeeNumber FROM User WHERE EmployeeNumber LIKE '${prefix}%' AND ManagerId = null`,
    );
    expect(orphans).toHaveLength(10);
    expect(await importProgress(place(), id)).toMatchObject({ rows: 1_000, ended: 1_000, failed: 0 });
    const { events = [] } = await world.client.workflow.getHandle(importWorkflowId(id)).fetchHistory();
    const pages = (events ?? []).filter(
      ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === 'importPage',
    );
    expect(pages).toHaveLength(6);
    const answers = (events ?? []).flatMap(
      ({ activityTaskCompletedEventAttributes: completed }) => completed?.result?.payloads ?? [],
    );
    expect(Math.max(...answers.map(({ data }) => data?.length ?? 0))).toBeLessThan(100_000);
    expect((events ?? []).length).toBeLessThan(6 * 40);
    expect(await audited(id)).toEqual(['import started']);
  });

  it('that is paused rests after the pages at work, says so, and goes on where it stopped', async () => {
    const id = await staged(1_000);
    const creation = await world.org.addFault({ match: CREATION, action: { kind: 'hold' } });
    await startImport(place(), { id, by });
    await creation.hit();
    expect(await pauseImport(place(), { id, by, reason: 'month end' })).toEqual({ result: 'done' });
    await soon(async () =>
      expect((await importProgress(place(), id))?.pause).toMatchObject({ by, reason: 'month end' }),
    );
    await creation.release();
    await soon(async () => expect((await importCounts(world.directory, id)).states).not.toHaveProperty('claimed'));
    const rested = await importProgress(place(), id);
    expect(rested?.ended).toBeLessThan(1_000);
    expect((await usersByNumber()).size).toBe(rested?.ended);
    expect((await findImport(world.directory, id))?.state).toBe('paused');
    expect(await resumeImport(place(), { id, by })).toEqual({ result: 'done' });
    expect(await until(id)).toMatchObject({ result: 'ended', import: { state: 'done' } });
    await expectEveryoneOnce(1_000);
    expect(await audited(id)).toEqual(['import started', 'import paused', 'import resumed']);
  });

  it('that is cancelled ends after the pages at work; what is done stays done, and nobody is left in between', async () => {
    const id = await staged(1_000);
    const creation = await world.org.addFault({ match: CREATION, action: { kind: 'hold' } });
    await startImport(place(), { id, by });
    await creation.hit();
    expect(await cancelImport(place(), { id, by, reason: 'wrong file' })).toEqual({ result: 'done' });
    await creation.release();
    expect(await until(id)).toMatchObject({ result: 'ended', import: { state: 'cancelled' } });
    const { states } = await importCounts(world.directory, id);
    expect(states).toEqual({ done: expect.any(Number), waiting: expect.any(Number) });
    expect((await usersByNumber()).size).toBe(states.done);
    await expectNobodyHeld(id);
    expect(await resumeImport(place(), { id, by })).toMatchObject({
      result: 'refused',
      why: `import ${id} was cancelled`,
    });
  });

  it('that never ran can be cancelled, and is not run then', async () => {
    const id = await staged(3);
    expect(await pauseImport(place(), { id, by, reason: 'month end' })).toMatchObject({ result: 'refused' });
    expect(await cancelImport(place(), { id, by, reason: 'wrong file' })).toEqual({ result: 'done' });
    expect(await startImport(place(), { id, by })).toEqual({ result: 'refused', why: `import ${id} was cancelled` });
    expect(await usersByNumber()).toEqual(new Map());
    expect(await audited(id)).toEqual(['import cancelled']);
  });

  it.each([
    ['resumed', 'done'],
    ['cancelled', 'cancelled'],
  ] as const)('whose run is gone from Temporal is %s all the same', async (how, state) => {
    const id = await staged(500);
    const creation = await world.org.addFault({ match: CREATION, action: { kind: 'hold' } });
    await startImport(place(), { id, by });
    await creation.hit();
    await pauseImport(place(), { id, by, reason: 'month end' });
    await creation.release();
    await soon(async () => expect((await importCounts(world.directory, id)).states).not.toHaveProperty('claimed'));
    await world.client.workflow.getHandle(importWorkflowId(id)).terminate('by an operator');
    expect(await until(id)).toMatchObject({ result: 'lost', why: 'its run in Temporal ended: terminated' });
    const said = { id, by, reason: 'it is gone' };
    expect(await (how === 'resumed' ? resumeImport(place(), said) : cancelImport(place(), said))).toEqual({
      result: 'done',
    });
    expect(await until(id)).toMatchObject({ result: 'ended', import: { state } });
    if (how === 'resumed') await expectEveryoneOnce(500);
    await expectNobodyHeld(id);
  });

  it('is paused when the application refuses our credentials, and loses no row over it', async () => {
    const id = await staged(500);
    for (const fault of REFUSED) await world.org.addFault(fault);
    await startImport(place(), { id, by });
    await soon(async () =>
      expect((await importProgress(place(), id))?.pause).toMatchObject({
        by: 'joinery',
        reason: expect.stringContaining('salesforce'),
      }),
    );
    await world.org.clearFaults();
    expect((await world.watch()).resumed).toEqual(['salesforce']);
    await resumeImport(place(), { id, by });
    expect(await until(id)).toMatchObject({ result: 'ended', import: { state: 'done' } });
    await expectEveryoneOnce(500);
  });

  it('of which some failed is tried again for those alone', async () => {
    const id = await staged(30);
    await world.org.setLicence('Salesforce', (await world.org.licencesUsed('Salesforce')) + 20);
    await startImport(place(), { id, by });
    expect(await until(id)).toMatchObject({ result: 'ended', import: { state: 'partly-failed' } });
    expect(await importProgress(place(), id)).toMatchObject({ ended: 30, failed: 10 });
    await world.org.setLicence('Salesforce', 50_000);
    expect(await retryImport(place(), { id, by })).toEqual({ result: 'done' });
    expect(await until(id)).toMatchObject({ result: 'ended', import: { state: 'done' } });
    await expectEveryoneOnce(30);
    expect(await retryImport(place(), { id, by })).toEqual({ result: 'refused', why: `import ${id} is done` });
    expect(await audited(id)).toEqual(['import started', 'import retried']);
  });
});

describe('a worker killed, again and again, while pages are at work', () => {
  let worker: WorkerProcess;
  beforeAll(async () => {
    world = await openWorld('real-time', { worker: false });
    await world.org.setLicence('Salesforce', 50_000);
    worker = await startWorkerProcess(world);
  });
  afterAll(async () => {
    await worker.kill();
    await world.close();
  });

  it('leaves nobody out and makes nobody twice', async () => {
    const id = await staged(1_000);
    const moments = [
      CREATION,
      { method: 'POST', path: '/composite', body: 'PermissionSetId' },
      { method: 'POST', path: '/composite$' },
    ];
    const faults = [await world.org.addFault({ match: CREATION, action: { kind: 'hold' } })];
    await startImport(place(), { id, by });
    for (const [index] of moments.entries()) {
      await faults[index]?.hit();
      await worker.kill();
      const next = moments[index + 1];
      if (next) faults.push(await world.org.addFault({ match: next, action: { kind: 'hold' } }));
      await faults[index]?.release();
      expect(await importProgress(place(), id)).toMatchObject({ rows: 1_000, rowsPerSecond: 0, pause: null });
      worker = await startWorkerProcess(world);
    }
    expect(await until(id)).toMatchObject({ result: 'ended', import: { state: 'done' } });
    await expectEveryoneOnce(1_000);
    await expectNobodyHeld(id);
  }, 180_000);
});
