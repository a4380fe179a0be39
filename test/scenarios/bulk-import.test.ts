/** A file of people becomes accounts: page by page, stopped and gone on with, each person once whatever dies. */
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { importProgress, untilImported, type ImportEnd } from '#client/import-progress.ts';
import { stagePeople } from '#client/import-staging.ts';
import { cancelImport, pauseImport, resumeImport, retryImport, startImport } from '#client/imports.ts';
import type { ImportOptions } from '#domain/import.ts';
import { importCounts } from '#directory/import-work.ts';
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

describe('an import', () => {
  beforeAll(async () => {
    world = await openWorld('real-time');
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
    expect((events ?? []).length).toBeLessThan(6 * 40);
    expect(await audited(id)).toEqual(['import started']);
  });
});
