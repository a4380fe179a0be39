/** Tasks and pauses as the directory keeps them: one open task per event and application, first come first served. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  applicationState,
  listApplicationStates,
  PAUSED_BY_JOINERY,
  pauseApplication,
  recordUsage,
  resumeApplication,
} from '#directory/application-states.ts';
import { saveApplication } from '#directory/applications.ts';
import { countLater, countMoving, settleHrEvent, storeHrEvents } from '#directory/hr-events.ts';
import {
  applicationsWaitedFor,
  closeTask,
  countAttempt,
  countWaiting,
  escalateTask,
  findTask,
  listTasks,
  openTask,
  openTasksOf,
  waitingFor,
  type NewTask,
} from '#directory/tasks.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { PLAIN_APPLICATION } from '../support/plain-application.ts';

let directory: FreshDirectory;

beforeAll(async () => {
  directory = await freshDirectory();
  for (const name of ['crm', 'desk']) await saveApplication(directory.sql, { ...PLAIN_APPLICATION, name });
});
beforeEach(async () => {
  await directory.sql`truncate hr_event, task, application_state`;
});
afterAll(() => directory.close());

const LICENCE = 'user-license Salesforce';

/** The task of an event of that person, which is stored with it. */
async function stuck(eventId: string, more: Partial<NewTask> & { dueAt?: string } = {}): Promise<NewTask> {
  const { dueAt = '2026-01-01T00:00:00Z', ...task } = more;
  const employeeNumber = more.employeeNumber ?? 'E1';
  const body = { id: eventId, type: 'joiner' as const, employeeNumber, effectiveDate: '2026-01-01', profile: {} };
  const event = { ...body, target: null, dueAt, body, bodySha256: eventId, source: 'test' };
  await storeHrEvents(directory.sql, [event]);
  return {
    workflowId: `person:${employeeNumber}`,
    eventId,
    employeeNumber,
    person: 'Ada Byron',
    application: 'crm',
    operation: 'create',
    kind: 'capacity',
    message: 'crm: no licence is left',
    remedy: 'free one',
    resource: LICENCE,
    ...task,
  };
}

describe('a task', () => {
  it('is open once per event and application, and says anew what is stuck under its number', async () => {
    const first = await stuck('e1');
    const { id, openedAt } = await openTask(directory.sql, first);
    await countAttempt(directory.sql, id);
    const other = { kind: 'invalid-data', message: 'crm: no such profile', remedy: null, resource: null } as const;
    const again = await openTask(directory.sql, { ...first, ...other, operation: 'grant' });
    expect(again).toMatchObject({ ...other, id, openedAt, operation: 'grant', attempts: 2, state: 'open' });

    const elsewhere = await openTask(directory.sql, { ...first, application: 'desk' });
    const next = await openTask(directory.sql, await stuck('e2'));
    expect(new Set([id, elsewhere.id, next.id]).size).toBe(3);
    expect((await openTasksOf(directory.sql, ['e1'])).map((task) => task.id)).toEqual([id, elsewhere.id]);
  });

  it('opened by two workers at once is one', async () => {
    const same = await stuck('e1');
    const opened = await Promise.all(Array.from({ length: 8 }, () => openTask(directory.sql, same)));
    expect(new Set(opened.map(({ id }) => id)).size).toBe(1);
  });

  it('keeps its first ending, and is not tried or escalated after it', async () => {
    const { id } = await openTask(directory.sql, await stuck('e1'));
    await closeTask(directory.sql, id, { state: 'skipped', by: 'key:ada', note: 'not needed' });
    const closed = await findTask(directory.sql, id);
    await closeTask(directory.sql, id, { state: 'mended', by: 'joinery', note: null });
    await countAttempt(directory.sql, id);
    expect(await escalateTask(directory.sql, id)).toBeUndefined();
    expect(await findTask(directory.sql, id)).toEqual(closed);
    expect(closed).toMatchObject({ state: 'skipped', closedBy: 'key:ada', note: 'not needed', attempts: 1 });
    expect(closed?.closedAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('that has ended is not opened again: what is stuck later is another one', async () => {
    const task = await stuck('e1');
    const first = await openTask(directory.sql, task);
    await closeTask(directory.sql, first.id, { state: 'resolved', by: 'x', note: null });
    const second = await openTask(directory.sql, task);
    expect(second.id).toBeGreaterThan(first.id);
    expect((await findTask(directory.sql, first.id))?.state).toBe('resolved');
  });

  it('is escalated once', async () => {
    const { id } = await openTask(directory.sql, await stuck('e1'));
    expect((await escalateTask(directory.sql, id))?.escalatedAt).toBeTruthy();
    expect(await escalateTask(directory.sql, id)).toBeUndefined();
  });

  it.each([
    ['done', 'mended'],
    ['partly-failed', 'superseded'],
    ['cancelled', 'superseded'],
  ] as const)('does not stay open when its event ends %s, though its run forgot it: %s', async (ended, state) => {
    const { id } = await openTask(directory.sql, await stuck('e1'));
    const other = await openTask(directory.sql, await stuck('e2'));
    await settleHrEvent(directory.sql, 'e1', ended, { summary: '', workflowId: 'person:E1', runId: 'r' });
    expect(await findTask(directory.sql, id)).toMatchObject({ state, closedBy: 'joinery' });
    expect((await findTask(directory.sql, other.id))?.state).toBe('open');
  });

  it('closed by somebody keeps that when its event ends', async () => {
    const { id } = await openTask(directory.sql, await stuck('e1'));
    await closeTask(directory.sql, id, { state: 'skipped', by: 'key:ada', note: 'no' });
    await settleHrEvent(directory.sql, 'e1', 'done', { summary: '', workflowId: 'person:E1', runId: 'r' });
    expect(await findTask(directory.sql, id)).toMatchObject({ state: 'skipped', closedBy: 'key:ada', note: 'no' });
  });

  it('is found by state, application, person and kind, oldest first, so many at most', async () => {
    const ids: number[] = [];
    for (const more of [
      {},
      { application: 'desk' },
      { employeeNumber: 'E2' },
      { kind: 'blocked' as const, resource: null },
    ])
      ids.push((await openTask(directory.sql, await stuck(`e${ids.length}`, more))).id);
    await closeTask(directory.sql, ids[0] ?? 0, { state: 'skipped', by: 'x', note: 'x' });
    const found = async (filter: Parameters<typeof listTasks>[1]) =>
      (await listTasks(directory.sql, filter)).map(({ id }) => ids.indexOf(id));
    expect(await found({})).toEqual([0, 1, 2, 3]);
    expect(await found({ state: 'open' })).toEqual([1, 2, 3]);
    expect(await found({ state: 'skipped' })).toEqual([0]);
    expect(await found({ application: 'desk' })).toEqual([1]);
    expect(await found({ employeeNumber: 'E2' })).toEqual([2]);
    expect(await found({ kind: 'blocked' })).toEqual([3]);
    expect(await found({ state: 'open', limit: 2 })).toEqual([1, 2]);
    expect(await found({ application: "crm' or true --" })).toEqual([]);
  });
});

describe('the queue for a licence', () => {
  it('is in the order in which people came, and a place in it stays when it is said anew', async () => {
    const tasks = [];
    for (const event of ['a', 'b', 'c']) tasks.push(await openTask(directory.sql, await stuck(event)));
    await openTask(directory.sql, await stuck('a', { message: 'still none' }));
    const queue = async (limit = 9) => (await waitingFor(directory.sql, 'crm', LICENCE, limit)).map(({ id }) => id);
    const [a, b, c] = tasks.map(({ id }) => id);
    expect(await queue()).toEqual([a, b, c]);
    expect(await queue(1)).toEqual([a]);
    const ahead = (before: number | null) => countWaiting(directory.sql, 'crm', LICENCE, before);
    expect([await ahead(a ?? 0), await ahead(b ?? 0), await ahead(c ?? 0), await ahead(null)]).toEqual([0, 1, 2, 3]);

    await closeTask(directory.sql, a ?? 0, { state: 'mended', by: 'joinery', note: null });
    expect(await queue()).toEqual([b, c]);
    expect(await ahead(c ?? 0)).toBe(1);
  });

  it('holds those alone who wait for this licence in this application', async () => {
    await openTask(directory.sql, await stuck('a'));
    await openTask(directory.sql, await stuck('b', { resource: 'permission-set-license SalesConsoleUser' }));
    await openTask(directory.sql, await stuck('c', { application: 'desk' }));
    await openTask(directory.sql, await stuck('d', { resource: null, kind: 'invalid-data' }));
    expect(await countWaiting(directory.sql, 'crm', LICENCE, null)).toBe(1);
    expect(await waitingFor(directory.sql, 'desk', LICENCE, 9)).toMatchObject([{ workflowId: 'person:E1' }]);
    expect(await applicationsWaitedFor(directory.sql)).toEqual(['crm', 'desk']);
  });

  it('is left by whoever is stuck at something else', async () => {
    await openTask(directory.sql, await stuck('a'));
    await openTask(directory.sql, await stuck('a', { kind: 'invalid-data', resource: null }));
    expect(await countWaiting(directory.sql, 'crm', LICENCE, null)).toBe(0);
    expect(await applicationsWaitedFor(directory.sql)).toEqual([]);
  });
});

describe('an event', () => {
  it('moves until it is settled, waits for its day, or waits for somebody', async () => {
    await stuck('moving');
    await stuck('later', { dueAt: '2999-01-01T00:00:00Z' });
    const task = await openTask(directory.sql, await stuck('waiting'));
    const ids = ['moving', 'later', 'waiting'];
    expect(await countMoving(directory.sql, ids)).toBe(1);
    expect(await countLater(directory.sql, ids)).toBe(1);
    await closeTask(directory.sql, task.id, { state: 'skipped', by: 'x', note: 'x' });
    expect(await countMoving(directory.sql, ids)).toBe(2);
    await settleHrEvent(directory.sql, 'moving', 'done', { summary: '', workflowId: '', runId: '' });
    expect(await countMoving(directory.sql, ids)).toBe(1);
  });
});

describe('a pause', () => {
  it('keeps the first reason, and ends once', async () => {
    expect(await pauseApplication(directory.sql, 'crm', 'cli:0', 'migration')).toBe(true);
    expect(await pauseApplication(directory.sql, 'crm', 'key:other', 'another reason')).toBe(false);
    const { pause } = await applicationState(directory.sql, 'crm');
    expect(pause).toMatchObject({ by: 'cli:0', reason: 'migration' });
    expect(pause?.since).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Math.abs(Date.parse(pause?.since ?? '') - Date.now())).toBeLessThan(60_000);
    expect(await resumeApplication(directory.sql, 'crm')).toBe(true);
    expect(await resumeApplication(directory.sql, 'crm')).toBe(false);
    expect(await applicationState(directory.sql, 'crm')).toMatchObject({ pause: null });
    expect(await pauseApplication(directory.sql, 'crm', 'cli:0', 'again')).toBe(true);
  });

  it('by a person takes over from Joinery, which then does not end it', async () => {
    await pauseApplication(directory.sql, 'crm', PAUSED_BY_JOINERY, 'invalid_grant');
    expect(await pauseApplication(directory.sql, 'crm', PAUSED_BY_JOINERY, 'invalid_grant again')).toBe(false);
    expect(await pauseApplication(directory.sql, 'crm', 'cli:0', 'migration')).toBe(true);
    expect(await pauseApplication(directory.sql, 'crm', PAUSED_BY_JOINERY, 'invalid_grant')).toBe(false);
    expect((await applicationState(directory.sql, 'crm')).pause).toMatchObject({ by: 'cli:0', reason: 'migration' });
    expect(await resumeApplication(directory.sql, 'crm', PAUSED_BY_JOINERY)).toBe(false);
    expect(await resumeApplication(directory.sql, 'crm')).toBe(true);
  });

  it('of one application is nobody else’s', async () => {
    await pauseApplication(directory.sql, 'crm', 'cli:0', 'migration');
    expect((await applicationState(directory.sql, 'desk')).pause).toBeNull();
  });
});

describe('what an application said of its API calls', () => {
  it('counts for fifteen minutes, and then is unknown', async () => {
    expect(await applicationState(directory.sql, 'crm')).toEqual({ application: 'crm', pause: null, usage: null });
    await recordUsage(directory.sql, 'crm', { used: 90, total: 100 });
    await recordUsage(directory.sql, 'crm', { used: 95, total: 100 });
    expect((await applicationState(directory.sql, 'crm')).usage).toEqual({ used: 95, total: 100 });
    const age = (minutes: number) =>
      directory.sql`update application_state set api_seen_at = now() - make_interval(mins => ${minutes})`;
    await age(14);
    expect((await applicationState(directory.sql, 'crm')).usage).toEqual({ used: 95, total: 100 });
    await age(16);
    expect((await applicationState(directory.sql, 'crm')).usage).toBeNull();
  });

  it('leaves a pause as it is, and a pause leaves it', async () => {
    await pauseApplication(directory.sql, 'crm', 'cli:0', 'migration');
    await recordUsage(directory.sql, 'crm', { used: 1, total: 100 });
    await resumeApplication(directory.sql, 'crm');
    await pauseApplication(directory.sql, 'crm', 'cli:0', 'second');
    expect(await listApplicationStates(directory.sql)).toMatchObject([
      { application: 'crm', pause: { reason: 'second' }, usage: { used: 1, total: 100 } },
    ]);
  });
});
