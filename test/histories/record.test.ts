/**
 * Records the histories that replay.test.ts replays. Run it after adding a story, with another folder name for a new
 * version of the workflows, and keep the old folders: JOINERY_RECORD=v1 npx vitest run test/histories/record.test.ts
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { describe, expect, it, vi } from 'vitest';
import { ALL_TOGGLES } from '#domain/application.ts';
import { stagePeople } from '#client/import-staging.ts';
import { pauseImport, resumeImport, startImport } from '#client/imports.ts';
import { applyPlan, startPlan } from '#client/plans.ts';
import { giveRecordsBack } from '#client/records.ts';
import { findImport } from '#directory/imports.ts';
import { importWorkflowId, planWorkflowId, returnRecordsWorkflowId } from '#workflows/ids.ts';
import { openWorld, type World } from '../support/world.ts';

const version = process.env['JOINERY_RECORD'];
const folder = new URL(`./${version}/`, import.meta.url);

const profile = { givenName: 'Ada', familyName: 'Byron', email: 'ada@joinery-demo.example', department: 'Sales', timeZone: 'Europe/London', country: 'GB' };
const person = { employeeNumber: 'E1' };

/** Each answers the ids of the workflows that took part beside the person's lane. */
const stories: Record<string, (world: World) => Promise<string[] | void>> = {
  async 'joins-moves-leaves'(world) {
    await world.submit(
      { ...person, id: 'e1', type: 'joiner', effectiveDate: world.day(-3), profile },
      { ...person, id: 'e2', type: 'mover', effectiveDate: world.day(10), profile: { department: 'IT' } },
      { ...person, id: 'e3', type: 'leaver', effectiveDate: world.day(30) },
    );
  },
  async 'waits-and-is-amended'(world) {
    await world.submit({ ...person, id: 'e1', type: 'joiner', effectiveDate: world.day(30), profile });
    await world.temporal.sleep('2 days');
    await world.submit({ ...person, id: 'e2', type: 'amend', target: 'e1', effectiveDate: world.day(40) });
  },
  async 'waits-and-is-rescinded'(world) {
    await world.submit({ ...person, id: 'e1', type: 'joiner', effectiveDate: world.day(30), profile });
    await world.temporal.sleep('2 days');
    await world.submit({ ...person, id: 'e2', type: 'rescind', target: 'e1' });
  },
  async 'is-overtaken-by-an-earlier-event'(world) {
    await world.submit(
      { ...person, id: 'e1', type: 'joiner', effectiveDate: world.day(-1), profile },
      { ...person, id: 'e2', type: 'leaver', effectiveDate: world.day(60) },
    );
    await world.temporal.sleep('1 day');
    await world.submit({ ...person, id: 'e3', type: 'mover', effectiveDate: world.day(20), profile: { title: 'Manager' } });
  },
  async 'is-cancelled-by-an-immediate-leaver'(world) {
    const create = await world.org.addFault({ match: { method: 'POST', body: 'TimeZoneSidKey' }, action: { kind: 'hold' } });
    await world.submit({ ...person, id: 'e1', type: 'joiner', effectiveDate: world.day(-1), profile });
    await create.hit();
    await world.submit({ ...person, id: 'e2', type: 'leaver', effectiveDate: world.day(0), immediate: true });
    await vi.waitFor(async () => expect(JSON.stringify(await world.histories('E1'))).toContain('CancelRequested'));
    await create.release();
  },
  async 'is-stuck-and-skipped'(world) {
    await world.submit({ ...person, id: 'e1', type: 'joiner', effectiveDate: world.day(-1), profile: { ...profile, timeZone: 'Pacific/Chatham' } });
    const { id } = await world.untilTask();
    await world.answer('retry', id);
    await vi.waitFor(async () => expect((await world.answer('skip', id, { note: 'not needed' })).result).toBe('answered'));
  },
  async 'is-stuck-and-superseded'(world) {
    await world.submit({ ...person, id: 'e1', type: 'joiner', effectiveDate: world.day(-1), profile: { ...profile, timeZone: 'Pacific/Chatham' } });
    await world.untilTask();
    await world.submit({ ...person, id: 'e2', type: 'leaver', effectiveDate: world.day(0) });
  },
  async 'waits-for-a-licence'(world) {
    await world.org.setLicence('Salesforce', 0);
    await world.submit({ ...person, id: 'e1', type: 'joiner', effectiveDate: world.day(-1), profile });
    await world.untilTask();
    await world.org.setLicence('Salesforce', 500);
    return [(await world.watch()).workflowId];
  },
  async 'leaves-records-is-blocked-and-returns'(world) {
    await world.submit({ ...person, id: 'e0', type: 'joiner', employeeNumber: 'E0', effectiveDate: world.day(-2), profile: { ...profile, email: 'boss@joinery-demo.example' } });
    await world.untilIdle('E0');
    await world.submit({ ...person, id: 'e1', type: 'joiner', effectiveDate: world.day(-1), profile: { ...profile, managerEmployeeNumber: 'E0' } });
    await world.untilIdle('E1');
    await world.org.makeRecords({ object: 'Account', count: 3, owner: 'ada@joinery-demo.example' });
    await world.org.block('ada@joinery-demo.example', 'default-lead-owner');
    await world.submit(
      { ...person, id: 'e2', type: 'leaver', effectiveDate: world.day(0) },
      { ...person, id: 'e3', type: 'joiner', effectiveDate: world.day(5), profile },
    );
    await world.untilTask();
    await world.org.unblock();
    await world.temporal.sleep('7 days');
    await world.answer('retry', (await world.untilTask()).id);
    await world.untilIdle('E1');
    const asked = { employeeNumber: 'E1', application: 'salesforce', by: 'test' };
    await giveRecordsBack({ directory: world.directory, temporal: world.client, taskQueue: world.taskQueue }, asked);
    return [returnRecordsWorkflowId('E1', 'salesforce')];
  },
  async 'is-planned-for-and-the-plan-carried-out'(world) {
    const { directory, client: temporal, taskQueue } = world;
    await world.submit({ ...person, id: 'e1', type: 'joiner', effectiveDate: world.day(-1), profile });
    await world.untilIdle('E1');
    await directory`update person set profile = profile || '{"title": "Manager"}'`;
    const plan = await startPlan({ directory, temporal, taskQueue }, { selection: { all: true }, by: 'test' });
    if (plan.result === 'refused') throw new Error(plan.why);
    await temporal.workflow.getHandle(planWorkflowId(plan.id)).result();
    await applyPlan(directory, { id: plan.id, by: 'test', sha256: undefined });
    await world.signalAgain(`plan:${plan.id}:E1`);
    return [planWorkflowId(plan.id)];
  },
  async 'is-imported-with-others-by-blocks-and-pages-with-a-pause'(world) {
    const { directory, client: temporal, taskQueue } = world;
    await world.submit({ ...person, id: 'e1', type: 'joiner', effectiveDate: world.day(-1), profile });
    await world.untilIdle('E1');
    const others = ['E2', 'E3', 'E4'].map((number) => `${number},2026-01-01,Lang,${number}@joinery-demo.example,Sales,GB,,E1`);
    const head = 'employeeNumber,startDate,familyName,email,department,country,title,managerEmployeeNumber';
    const file = [head, 'E1,,Byron,ada@joinery-demo.example,Sales,GB,Director,', ...others].join('\n');
    const { id } = await stagePeople(Readable.from([Buffer.from(file)]), {
      directory, defaultTimeZone: 'UTC', source: 'file people.csv', today: world.day(0), by: 'test', options: { bulkFrom: 1 },
    });
    const place = { directory, temporal, taskQueue };
    await startImport(place, { id, by: 'test' });
    await pauseImport(place, { id, by: 'test', reason: 'month end' });
    await vi.waitFor(async () => expect((await findImport(directory, id))?.state).toBe('paused'), { timeout: 20_000 });
    await resumeImport(place, { id, by: 'test' });
    const ended = await temporal.workflow.getHandle(importWorkflowId(id)).result();
    expect(ended).toMatchObject({ state: 'done', applications: { salesforce: { done: 4 } } });
    return [importWorkflowId(id)];
  },
  async 'leaves-and-keeps-access'(world) {
    await world.submit({ ...person, id: 'e1', type: 'joiner', effectiveDate: world.day(-2), profile });
    await world.untilIdle('E1');
    const toggles = world.directory.json({ ...ALL_TOGGLES, deleteUser: false } as never);
    await world.directory`update application set toggles = ${toggles}, version = version + 1`;
    await world.submit({ ...person, id: 'e2', type: 'leaver', effectiveDate: world.day(0) });
  },
};

describe.runIf(version)('recording', () => {
  it.each(Object.keys(stories))('%s', async (name) => {
    const transfer = [{ objects: ['Account'], to: ['manager'] }];
    const world = await openWorld('time-skipping', { application: { transfer } });
    try {
      const others = (await stories[name]?.(world)) ?? [];
      await world.untilIdle('E1');
      await mkdir(folder, { recursive: true });
      const histories = await world.histories('E1');
      for (const id of others) histories.push(await world.client.workflow.getHandle(id).fetchHistory());
      for (const [index, history] of histories.entries()) {
        await writeFile(new URL(`${name}.${index + 1}.json`, folder), withoutMachine(historyToJSON(history)));
      }
    } finally {
      await world.close();
    }
  });
});

/** A history without what tells of the machine it was recorded on. */
function withoutMachine(json: string): string {
  const plain = JSON.stringify(JSON.parse(json), (key, value: unknown) => {
    if (key === 'stackTrace') return '';
    return key === 'identity' || key === 'workerInstanceKey' ? 'recorder' : value;
  });
  return `${plain}\n`;
}
