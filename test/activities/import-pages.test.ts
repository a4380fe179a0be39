/** Pages of an import: one account for each row whatever happens, at the price of a script, and nobody's trouble another's. */
import { randomBytes } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createImportPageActivities } from '#activities/import-pages.ts';
import type { ImportPageResult } from '#activities/import-request.ts';
import type { HrAmend, HrChange } from '#domain/hr-event.ts';
import type { ImportScope, Verdict } from '#domain/import.ts';
import { accountsOf, findAccount } from '#directory/accounts.ts';
import { managedEntitlements } from '#directory/grants.ts';
import { findHrEvent, hrEventsOf } from '#directory/hr-events.ts';
import { findPerson } from '#directory/people.ts';
import { createSealer } from '#directory/sealing.ts';
import { unpackEntries } from '#runtime/packed-entries.ts';
import { buildDependencies } from '#worker/dependencies.ts';
import { saveDemoApplication } from '../support/demo-application.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';

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
});
