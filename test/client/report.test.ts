/** The report, read back from real histories. */
import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readReport, type ReportQuery, type ReportRow } from '#client/report.ts';
import { toCsv, toTable } from '#client/report-format.ts';
import { openWorld, type World } from '../support/world.ts';

/** Visibility follows the histories some milliseconds later. */
const VISIBLE = { timeout: 10_000, interval: 50 };

/** What assigns permission sets. */
const GRANT = { method: 'POST', path: '/composite', body: 'PermissionSetId' };

let world: World;
const run = randomBytes(4).toString('hex');
const ada = `A${run}`;
const kurt = `K${run}`;
const mary = `M${run}`;
const boss = `B${run}`;
const olga = `O${run}`;

/** Leaves undone what this person is stuck at. */
async function skipped(employeeNumber: string): Promise<void> {
  const task = await world.untilTask();
  expect(task.employeeNumber).toBe(employeeNumber);
  await world.answer('skip', task.id, { note: 'not needed' });
  await world.untilIdle(employeeNumber);
}

beforeAll(async () => {
  world = await openWorld('real-time');
  const profile = {
    givenName: 'Ada',
    familyName: 'Byron',
    email: `${ada}@joinery-demo.example`,
    department: 'Sales',
    timeZone: 'Europe/London',
    country: 'GB',
  };
  const change = { employeeNumber: ada };
  await world.submit(
    { ...change, id: `${ada}-1`, type: 'joiner', effectiveDate: world.day(-30), profile },
    {
      ...change,
      id: `${ada}-2`,
      type: 'mover',
      effectiveDate: world.day(-20),
      profile: { department: 'IT', title: 'Programmer' },
    },
    { ...change, id: `${ada}-3`, type: 'leaver', effectiveDate: world.day(-10) },
  );
  const refused = { ...profile, email: `${kurt}@joinery-demo.example`, timeZone: 'Pacific/Chatham' };
  await world.submit({
    id: `${kurt}-1`,
    type: 'joiner',
    employeeNumber: kurt,
    effectiveDate: world.day(-1),
    profile: refused,
  });
  await skipped(kurt);
  await world.untilIdle(ada);

  const join = (employeeNumber: string, more: Record<string, string> = {}) =>
    world.submit({
      id: `${employeeNumber}-1`,
      type: 'joiner',
      employeeNumber,
      effectiveDate: world.day(-3),
      profile: { ...profile, email: `${employeeNumber}@joinery-demo.example`, ...more },
    });
  await join(mary, { managerEmployeeNumber: boss });
  await world.untilIdle(mary);
  await join(boss);
  await world.untilIdle(boss);
  await world.org.addFault({
    match: { body: 'Refused by a rule' },
    action: { kind: 'row-error', statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION', message: 'no such title' },
  });
  await world.submit({
    id: `${mary}-2`,
    type: 'mover',
    employeeNumber: mary,
    effectiveDate: world.day(-2),
    profile: { title: 'Refused by a rule' },
  });
  await skipped(mary);
  await vi.waitFor(async () => expect((await report({ user: ada })).at(-1)?.workflowType).toBe('leaver'), VISIBLE);
  await vi.waitFor(async () => expect(await report({ user: kurt })).not.toEqual([]), VISIBLE);
  await vi.waitFor(async () => expect(await report({ user: boss })).not.toEqual([]), VISIBLE);
  await vi.waitFor(async () => expect((await report({ user: mary })).at(-1)?.workflowType).toBe('mover'), VISIBLE);
});
afterAll(() => world.close());

async function runsOf(employeeNumber: string): Promise<number> {
  return (await world.client.workflow.count(`EndUser = '${employeeNumber}'`)).count;
}

async function report(query: ReportQuery): Promise<ReportRow[]> {
  const rows: ReportRow[] = [];
  for await (const row of readReport(world.client, query)) rows.push(row);
  return rows;
}

describe('the report', () => {
  it('tells a person’s whole story in order', async () => {
    const rows = await report({ user: ada, application: 'salesforce' });
    expect(rows.map(({ workflowType, operation, outcome }) => `${workflowType}: ${operation} ${outcome}`)).toEqual([
      'joiner: create done',
      'joiner: grant done',
      'mover: revoke done',
      'mover: update done',
      'mover: grant done',
      'leaver: freeze done',
      'leaver: revoke done',
      'leaver: deactivate done',
    ]);
  });

  it('tells old and new values, and which run of which lane did it', async () => {
    const update = (await report({ user: ada })).find(({ operation }) => operation === 'update');
    expect(update).toMatchObject({
      workflowId: `person:${ada}`,
      eventId: `${ada}-2`,
      person: 'Ada Byron',
      username: `${ada}@joinery-demo.example`.toLowerCase(),
    });
    expect(update?.changes).toContainEqual({ attribute: 'Department', old: 'Sales', new: 'IT' });
    expect(update?.runId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('tells what failed, why, and what to do', async () => {
    const failed = (await report({ user: kurt })).filter(({ outcome }) => outcome === 'failed');
    expect(failed).toMatchObject([
      {
        application: 'salesforce',
        operation: 'create',
        failure: {
          kind: 'invalid-data',
          message: expect.stringContaining('Time Zone'),
          remedy: expect.stringContaining('profile'),
        },
      },
    ]);
  });

  it('names the account that a failed step was about', async () => {
    const rows = await report({ user: mary, application: 'salesforce' });
    const account = rows.find(({ operation }) => operation === 'create');
    expect(rows.find(({ outcome }) => outcome === 'failed')).toMatchObject({
      operation: 'update',
      workflowType: 'mover',
      username: account?.username,
      nativeId: account?.nativeId,
    });
    expect(account?.nativeId).toBeTruthy();
  });

  it('tells what one person’s run did to another, unless one person is asked for', async () => {
    const inBossesRun = (await report({ since: world.day(0) })).filter(
      ({ workflowId }) => workflowId === `person:${boss}`,
    );
    expect(inBossesRun).toContainEqual(
      expect.objectContaining({ employeeNumber: mary, operation: 'update', eventId: `${boss}-1` }),
    );
    const own = await report({ user: boss });
    expect(own.map(({ operation }) => operation)).toContain('create');
    expect(new Set(own.map(({ employeeNumber }) => employeeNumber))).toEqual(new Set([boss]));
  });

  it('is cut at instants: since is included, until is not', async () => {
    const all = await report({ user: ada });
    const cut = all.find(({ operation }) => operation === 'update')!.at;
    const from = await report({ user: ada, since: cut });
    const before = await report({ user: ada, until: cut });
    expect(from[0]).toMatchObject({ operation: 'update', at: cut });
    expect(before.every(({ at }) => at < cut)).toBe(true);
    expect([...before, ...from]).toEqual(all);
  });

  it('tells of a run that is still at work', async () => {
    const profile = { givenName: 'Olga', familyName: 'Ladyzhenskaya', department: 'Sales', country: 'GB' };
    const email = `${olga}@joinery-demo.example`;
    await world.submit({
      id: `${olga}-1`,
      type: 'joiner',
      employeeNumber: olga,
      effectiveDate: world.day(-1),
      profile: { ...profile, email, timeZone: 'Europe/London' },
    });
    await world.untilIdle(olga);
    const grant = await world.org.addFault({ match: GRANT, action: { kind: 'hold' } });
    const id = `${olga}-2`;
    const change = { employeeNumber: olga, effectiveDate: world.day(-1), profile: { department: 'Shipping' } };
    await world.submit({ id, type: 'mover', ...change });
    await grant.hit();
    const operations = async () =>
      (await report({ user: olga, since: world.day(0) }))
        .filter(({ eventId }) => eventId === id)
        .map(({ operation }) => operation);
    await vi.waitFor(async () => expect(await operations()).toEqual(['revoke', 'update']), VISIBLE);
    await grant.release();
    await world.untilIdle(olga);
    expect(await operations()).toEqual(expect.arrayContaining(['revoke', 'update', 'grant']));
  });

  it('tells once what a run did that was reset', async () => {
    const told = await report({ user: kurt });
    const handle = world.client.workflow.getHandle(`person:${kurt}`);
    const { runId } = await handle.describe();
    const last = (await handle.fetchHistory()).events?.findLast(
      ({ workflowTaskCompletedEventAttributes: completed }) => completed,
    );
    await world.client.workflowService.resetWorkflowExecution({
      namespace: world.namespace,
      workflowExecution: { workflowId: `person:${kurt}`, runId },
      reason: 'test',
      requestId: `${kurt}-reset`,
      workflowTaskFinishEventId: last?.eventId ?? null,
    });
    await world.untilIdle(kurt);
    await vi.waitFor(async () => expect(await runsOf(kurt)).toBe(2), VISIBLE);
    expect(await report({ user: kurt })).toEqual(told);
  });

  it('is limited to what is asked', async () => {
    expect(await report({ user: ada, application: 'none' })).toEqual([]);
    expect(await report({ user: ada, since: world.day(1) })).toEqual([]);
    expect(await report({ user: ada, until: world.day(-1) })).toEqual([]);
    expect((await report({ user: ada, since: world.day(0), until: world.day(1) })).length).toBeGreaterThan(5);
    const applications = new Set(
      (await report({ user: ada, application: 'mail' })).map(({ application }) => application),
    );
    expect([...applications]).toEqual(['mail']);
  });

  it('takes no query for an answer', async () => {
    await expect(report({ user: "x' OR EndUser != '" })).rejects.toThrow('quote');
  });
});

describe('a failure in the report', () => {
  const event = { id: 'e1', employeeNumber: 'E1', person: 'Ada Byron' };
  const refusal = (type: string) => ({ message: 'no', applicationFailureInfo: { type } });
  const lastTry = { message: 'activity timed out', timeoutFailureInfo: {}, cause: refusal('throttled') };

  it.each([
    ['a defect', { activityTaskFailedEventAttributes: { failure: refusal('TypeError') } }, 'bug', 'no'],
    ['a refusal', { activityTaskFailedEventAttributes: { failure: refusal('capacity') } }, 'capacity', 'no'],
    ['time that ran out', { activityTaskTimedOutEventAttributes: { failure: lastTry } }, 'throttled', 'no'],
    [
      'no answer at all',
      { activityTaskTimedOutEventAttributes: { failure: { message: 'timed out', timeoutFailureInfo: {} } } },
      'transient',
      'sendNotices: timed out',
    ],
  ])('is told as the run itself tells it: %s', async (_, end, kind, message) => {
    const [row] = await reportOf('sendNotices', { event, kinds: ['welcome'] }, end);
    expect(row).toMatchObject({
      application: 'mail',
      operation: 'notify',
      outcome: 'failed',
      employeeNumber: 'E1',
      subjects: ['welcome'],
      failure: { kind, message },
    });
  });

  it('does not need to know what was asked', async () => {
    const end = { activityTaskFailedEventAttributes: { failure: refusal('bug') } };
    expect(await reportOf('openEvent', undefined, end)).toMatchObject([{ outcome: 'failed', reason: 'openEvent' }]);
  });

  type End = Record<string, { failure: object }>;

  /** The report of one run in which this activity ended so: what no simulator can be made to do within a test. */
  async function reportOf(activity: string, request: object | undefined, end: End): Promise<ReportRow[]> {
    const payloads = request ? [defaultPayloadConverter.toPayload(request)] : [];
    const scheduled = { activityType: { name: activity }, input: { payloads } };
    const ended = Object.fromEntries(
      Object.entries(end).map(([name, value]) => [name, { ...value, scheduledEventId: 5 }]),
    );
    const events = [
      { eventId: 5, activityTaskScheduledEventAttributes: scheduled },
      { eventId: 7, eventTime: { seconds: 1_795_000_000 }, ...ended },
    ];
    const client = {
      options: world.client.options,
      workflow: {
        async *list() {
          yield { workflowId: 'person:E1', runId: 'r', type: 'joiner', startTime: new Date(0) };
        },
        getHandle: () => ({ fetchHistory: async () => ({ events }) }),
      },
    };
    const rows: ReportRow[] = [];
    for await (const row of readReport(client as unknown as Client, {})) rows.push(row);
    return rows;
  }
});

describe('the report as text', () => {
  const row: ReportRow = {
    at: '2026-11-24T10:00:00.000Z',
    workflowId: 'person:E1',
    runId: 'r',
    workflowType: 'mover',
    eventId: 'e1',
    employeeNumber: 'E1',
    person: '=HYPERLINK("http://evil")',
    application: 'salesforce',
    operation: 'update',
    outcome: 'done',
    changes: [{ attribute: 'Title', old: null, new: 'a "b", c\nd' }],
    subjects: ['+1'],
    reason: '-x',
  };
  async function* rows(...differences: Partial<ReportRow>[]) {
    for (const difference of differences.length > 0 ? differences : [{}]) yield { ...row, ...difference };
  }
  const text = async (lines: AsyncIterable<string>) => {
    let all = '';
    for await (const line of lines) all += line;
    return all;
  };

  it('as CSV is quoted, and no cell is a formula', async () => {
    const [heading, ...lines] = (await text(toCsv(rows()))).split('\r\n');
    expect(heading).toMatch(/^at,person,employee number,/);
    const line = lines.join('\r\n');
    expect(line).toContain(`"'=HYPERLINK(""http://evil"")"`);
    expect(line).toContain("'+1");
    expect(line).toContain("'-x");
    expect(line).toContain('"Title:  → a ""b"", c\nd"');
  });

  it.each([
    ['=1', "'=1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', `"'\r=1"`],
    ['a=1', 'a=1'],
  ])('as CSV has no formula: %j', async (reason, cell) => {
    expect(await text(toCsv(rows({ reason, changes: [] })))).toContain(`,'+1,,${cell},,,e1,`);
  });

  it('as a table is one line an entry, whatever the values hold', async () => {
    const table = await text(toTable(rows({ person: 'Ada\u001b[2J' })));
    expect(table).toMatch(/^2026-11-24T10:00:00.000Z .*E1.*salesforce.*update.*done.*a "b", c d\n$/);
    expect(table).not.toContain('\u001b');
  });

  it('as a table is aligned, and says why', async () => {
    const failure = { kind: 'capacity', message: 'no licence', remedy: 'buy one' } as const;
    const lines = await text(
      toTable(
        rows(
          { person: 'A Name That Is Longer Than Most Columns', application: 'an-application-name', subjects: ['here'] },
          { person: 'Ada', application: 'mail', operation: 'notify', outcome: 'failed', subjects: ['here'], failure },
          { person: 'Bo', outcome: 'skipped', subjects: [], changes: [], reason: 'here because' },
        ),
      ),
    );
    const columns = lines
      .trimEnd()
      .split('\n')
      .map((line) => line.indexOf('here'));
    expect(new Set(columns).size).toBe(1);
    expect(lines).toContain('no licence (buy one)');
  });
});
