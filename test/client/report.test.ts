/** The report, read back from real histories. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readReport, type ReportQuery, type ReportRow } from '#client/report.ts';
import { toCsv, toTable } from '#client/report-format.ts';
import { openWorld, type World } from '../support/world.ts';

/** Visibility follows the histories some milliseconds later. */
const VISIBLE = { timeout: 10_000, interval: 50 };

let world: World;
const run = randomBytes(4).toString('hex');
const ada = `A${run}`;
const kurt = `K${run}`;

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
  await Promise.all([world.untilIdle(ada), world.untilIdle(kurt)]);
  await vi.waitFor(async () => expect((await report({ user: ada })).at(-1)?.workflowType).toBe('leaver'), VISIBLE);
  await vi.waitFor(async () => expect(await report({ user: kurt })).not.toEqual([]), VISIBLE);
});
afterAll(() => world.close());

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
  async function* rows() {
    yield row;
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

  it('as a table is one line an entry', async () => {
    expect(await text(toTable(rows()))).toMatch(/^2026-11-24T10:00:00.000Z .*E1.*salesforce.*update.*done/);
  });
});
