/** What the report and a person's page tell of imports, read back from a real one. */
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { untilImported } from '#client/import-progress.ts';
import { stagePeople } from '#client/import-staging.ts';
import { cancelImport, startImport } from '#client/imports.ts';
import { showPerson } from '#client/people.ts';
import { readReport, type ReportQuery, type ReportRow } from '#client/report.ts';
import { toCsv, toTable } from '#client/report-format.ts';
import { findImport } from '#directory/imports.ts';
import { importNumbersOf } from '#directory/person-imports.ts';
import { openWorld, type World } from '../support/world.ts';

const VISIBLE = { timeout: 10_000, interval: 50 };
const PEOPLE = 205;

let world: World;
let id = 0;
let other = 0;

const place = () => ({ directory: world.directory, temporal: world.client, taskQueue: world.taskQueue });

async function started(rows: string[]): Promise<number> {
  const head = 'employeeNumber,startDate,givenName,familyName,email,department,country,title';
  const staged = await stagePeople(Readable.from([Buffer.from([head, ...rows].join('\n'))]), {
    directory: world.directory,
    defaultTimeZone: 'UTC',
    source: 'file people.csv',
    today: '2026-11-24',
    by: 'cli:test',
    options: {},
  });
  expect(await startImport(place(), { id: staged.id, by: 'cli:test' })).toEqual({ result: 'done' });
  return staged.id;
}

async function imported(rows: string[]): Promise<number> {
  const made = await started(rows);
  await untilImported(place(), made, () => undefined);
  return made;
}

async function report(query: ReportQuery, importsOf?: (user: string) => Promise<number[]>): Promise<ReportRow[]> {
  const rows: ReportRow[] = [];
  for await (const row of readReport(world.client, query, importsOf)) rows.push(row);
  return rows;
}

const line = (number: string, title = '') =>
  `${number},2026-01-01,Ada,Byron ${number},${number}@joinery-demo.example,Sales,GB,${title}`;

beforeAll(async () => {
  world = await openWorld('real-time');
  await world.org.addFault({
    match: { body: 'P7@joinery-demo.example'.toLowerCase() },
    times: 'always',
    action: {
      kind: 'row-error',
      username: 'p7@joinery-demo.example',
      statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
      message: 'no such person',
    },
  });
  id = await imported(Array.from({ length: PEOPLE }, (_, index) => line(`P${index + 1}`)));
  other = await imported([line('Q1')]);
  await vi.waitFor(async () => expect(await report({ user: 'Q1' })).not.toEqual([]), VISIBLE);
  await vi.waitFor(async () => expect(await report({ user: 'P1' })).not.toEqual([]), VISIBLE);
}, 120_000);
afterAll(() => world.close());

describe('the report of imports', () => {
  it('tells everybody of every page, each with what was done and under which event', async () => {
    const rows = (await report({})).filter(({ workflowId }) => workflowId === `import:${id}`);
    expect(new Set(rows.map(({ employeeNumber }) => employeeNumber)).size).toBe(PEOPLE);
    const created = rows.filter(({ operation, outcome }) => operation === 'create' && outcome === 'done');
    expect(created).toHaveLength(PEOPLE - 1);
    const last = rows.filter(({ employeeNumber }) => employeeNumber === `P${PEOPLE}`);
    expect(last.map(({ operation, outcome }) => `${operation} ${outcome}`)).toEqual(['create done', 'grant done']);
    expect(last[0]).toMatchObject({
      workflowType: 'bulkImport',
      person: `Ada Byron P${PEOPLE}`,
      application: 'salesforce',
      username: `p${PEOPLE}@joinery-demo.example`,
      eventId: expect.stringMatching(/^file:/) as string,
    });
  });

  it('tells one person’s entries, the failure with its reason', async () => {
    const [failed, ...others] = await report({ user: 'P7' });
    expect(others).toEqual([]);
    expect(failed).toMatchObject({ operation: 'create', outcome: 'failed', employeeNumber: 'P7' });
    expect(failed?.failure?.message).toContain('no such person');
  });

  it('looks only through the imports in which somebody is, when it is told which', async () => {
    const asked: string[] = [];
    const importsOf = (user: string) => {
      asked.push(user);
      return importNumbersOf(world.directory, user);
    };
    const rows = await report({ user: 'Q1' }, importsOf);
    expect(rows.map(({ workflowId }) => workflowId)).toEqual([`import:${other}`, `import:${other}`]);
    expect(asked).toEqual(['Q1']);
    expect(await report({ user: 'Q1' }, () => Promise.resolve([id]))).toEqual([]);
    expect(await report({ user: 'Q1' }, () => Promise.resolve([]))).toEqual([]);
    expect(await importNumbersOf(world.directory, 'P1')).toEqual([id]);
  });

  it('heeds the application and the time asked for', async () => {
    expect(await report({ user: 'P1', application: 'elsewhere' })).toEqual([]);
    expect(await report({ user: 'P1', application: 'salesforce' })).toHaveLength(2);
    expect(await report({ user: 'P1', until: '2026-01-01' })).toEqual([]);
    expect(await report({ user: 'P1', since: '2999-01-01' })).toEqual([]);
  });

  it('has what a page did that stopped half way, also when the import is cancelled before it is tried again', async () => {
    const forbidden = { kind: 'status', status: 403, body: [{ errorCode: 'INSUFFICIENT_ACCESS', message: 'not you' }] };
    await world.org.addFault({
      match: { method: 'POST', path: '/composite', body: '"PermissionSetId"' },
      times: 'always',
      action: forbidden,
    });
    const stopped = await started([line('R1')]);
    await vi.waitFor(async () => expect((await findImport(world.directory, stopped))?.state).toBe('paused'), VISIBLE);
    await world.org.clearFaults();
    expect(await cancelImport(place(), { id: stopped, by: 'cli:test', reason: 'enough' })).toEqual({ result: 'done' });
    await vi.waitFor(
      async () => expect((await findImport(world.directory, stopped))?.state).toBe('cancelled'),
      VISIBLE,
    );
    const rows = await report({ user: 'R1' }, () => Promise.resolve([stopped]));
    expect(rows.filter(({ workflowId }) => workflowId === `import:${stopped}`)).toMatchObject([
      { operation: 'create', outcome: 'done', username: 'r1@joinery-demo.example' },
    ]);
  });

  it('is a table and CSV like any other', async () => {
    const text = async (lines: AsyncIterable<string>) => {
      let all = '';
      for await (const one of lines) all += one;
      return all;
    };
    expect(await text(toTable(readReport(world.client, { user: 'P1' })))).toMatch(
      /Ada Byron P1 \(P1\) +salesforce +create +done/,
    );
    expect(await text(toCsv(readReport(world.client, { user: 'P1' })))).toContain(`bulkImport,import:${id},`);
  });
});

describe('a person', () => {
  it('is shown with the imports that had something for them, and what became of it', async () => {
    const imports = async (number: string) => (await showPerson(world.directory, world.client, number))?.imports;
    expect(await imports('P1')).toMatchObject([
      {
        import: id,
        source: 'file people.csv',
        line: 2,
        state: 'done',
        results: [{ application: 'salesforce', outcome: 'done', failure: null }],
      },
    ]);
    expect(await imports('P7')).toMatchObject([
      {
        state: 'failed',
        results: [{ outcome: 'failed', failure: expect.stringContaining('no such person') as string }],
      },
    ]);
    expect(await imports('Q1')).toMatchObject([{ import: other, line: 2 }]);
  });
});
