/** Pages of imports on real parts: rows are staged as a file does it, and pages run as activities against an org of their own. */
import { randomBytes } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { createImportPageActivities } from '#activities/import-pages.ts';
import type { ImportPageResult } from '#activities/import-request.ts';
import type { HrAmend, HrChange } from '#domain/hr-event.ts';
import type { ImportScope, Verdict } from '#domain/import.ts';
import { findAccount } from '#directory/accounts.ts';
import { managedEntitlements } from '#directory/grants.ts';
import { unpackEntries } from '#directory/packed-entries.ts';
import { createSealer } from '#directory/sealing.ts';
import { buildDependencies } from '#worker/dependencies.ts';
import { saveDemoApplication } from './demo-application.ts';
import { freshDirectory, type FreshDirectory } from './directory.ts';
import { startSimulatedOrg, type SimulatedOrg } from './simulator.ts';

export const FIND = { method: 'POST', path: '/composite', body: 'UserLogin' };
export const CREATE = { method: 'POST', path: '/composite/sobjects', body: '"Username"' };
export const GRANT = { method: 'POST', path: '/composite', body: '"PermissionSetId"' };
export const secretKey = randomBytes(32);

export let directory: FreshDirectory;
export let org: SimulatedOrg;
export let dependencies: ReturnType<typeof buildDependencies>;

/** Each test of the file has an empty directory, an org of its own, and an application for it. */
export function onFreshPages(): void {
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
}

export function openDependencies() {
  return buildDependencies({
    databaseUrl: directory.url,
    secretKey,
    oldSecretKeys: [],
    smtpUrl: 'smtp://127.0.0.1:9',
    mailFrom: 'joinery@joinery-demo.example',
    defaultTimeZone: 'UTC',
  });
}

export const numbered = (number: number) => `E${String(number).padStart(4, '0')}`;
export const emailOf = (employeeNumber: string) => `${employeeNumber.toLowerCase()}@joinery-demo.example`;

export function joiner(employeeNumber: string, profile: Record<string, string> = {}): HrChange {
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

export function mover(
  employeeNumber: string,
  profile: Record<string, string>,
  id = `file:${employeeNumber}:mover`,
): HrChange {
  return { id, type: 'mover', employeeNumber, effectiveDate: '2026-01-02', profile };
}

interface StagedRow {
  events: (HrChange | HrAmend)[];
  verdict?: Verdict;
  level?: number;
}

/** Stages these rows as a file does. Answers the import's number. */
export async function staged(rows: (StagedRow | HrChange)[]): Promise<number> {
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

export function begin(id: number): Promise<ImportScope> {
  const { beginImport } = createImportPageActivities(dependencies);
  return new MockActivityEnvironment().run(beginImport, { import: id }) as Promise<ImportScope>;
}

export function page(id: number, application = 'salesforce', with_ = dependencies): Promise<ImportPageResult> {
  const { importPage } = createImportPageActivities(with_);
  const request = { import: id, application, after: 0, upTo: 200 };
  return new MockActivityEnvironment().run(importPage, request) as Promise<ImportPageResult>;
}

export async function run(rows: (StagedRow | HrChange)[]): Promise<ImportPageResult & { id: number }> {
  const id = await staged(rows);
  await begin(id);
  return { id, ...(await page(id)) };
}

export const rowStates = async (id: number) =>
  (await directory.sql<{ state: string }[]>`select state from import_row where import = ${id} order by line`).map(
    ({ state }) => state,
  );

export const told = ({ entries }: ImportPageResult) =>
  unpackEntries(entries).map((entry) => [entry.employeeNumber, entry.operation, entry.outcome]);

/** Each has one account, that is on record, with the permission set of IT, known as ours. */
export async function everyoneHasOne(employeeNumbers: string[]): Promise<void> {
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
