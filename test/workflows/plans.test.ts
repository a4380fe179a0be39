/** Plans: what is read is what is done, once, and nothing that changed since. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanItem } from '#domain/plan-item.ts';
import type { PlanSelection } from '#domain/plan-summary.ts';
import { applyPlan, planOutcome, startPlan, untilMade } from '#client/plans.ts';
import { createRelay } from '#client/relay.ts';
import { untilSettled } from '#client/settled.ts';
import { planEventIds } from '#client/plan-events.ts';
import { readReport } from '#client/report.ts';
import { listApplications, saveApplication } from '#directory/applications.ts';
import { readPlanItems, type PlanRecord } from '#directory/plans.ts';
import { planWorkflowId } from '#workflows/ids.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld('real-time');
});
afterAll(() => world.close());

const newPerson = () => `AP${randomBytes(5).toString('hex')}`;
const joiner = (employeeNumber: string, profile: object = {}) => ({
  id: `${employeeNumber}-1`,
  type: 'joiner' as const,
  employeeNumber,
  effectiveDate: '2026-01-01',
  profile: {
    givenName: 'Ada',
    familyName: `Byron${employeeNumber}`,
    email: `${employeeNumber}@joinery-demo.example`,
    department: 'Sales',
    country: 'GB',
    ...profile,
  },
});

/** People who are at work, with an account each. */
async function employed(count: number, profile: object = {}): Promise<string[]> {
  const people = Array.from({ length: count }, newPerson).toSorted();
  await world.submit(...people.map((person) => joiner(person, profile)));
  await Promise.all(people.map((person) => world.untilIdle(person)));
  return people;
}

/** HR's record is changed where no event tells of it, as an import into the directory does. */
async function changeProfile(employeeNumber: string, profile: object): Promise<void> {
  await world.directory`
    update person set profile = profile || ${world.directory.json(profile as never)} where employee_number = ${employeeNumber}`;
}

async function changeInOrg(employeeNumber: string, fields: object): Promise<void> {
  const [user] = await world.org.usersOf(employeeNumber);
  await world.org.asAdministrator(`/sobjects/User/${user?.Id}`, { method: 'PATCH', body: JSON.stringify(fields) });
}

async function plan(selection: PlanSelection): Promise<PlanRecord & { items: PlanItem[] }> {
  const { directory, client: temporal, taskQueue } = world;
  const started = await startPlan({ directory, temporal, taskQueue }, { selection, by: 'test' });
  if (started.result === 'refused') throw new Error(started.why);
  const made = await untilMade({ directory, temporal }, started.id, () => undefined);
  if (!made) throw new Error(`plan ${started.id} is gone`);
  const items: PlanItem[] = [];
  for await (const page of readPlanItems(directory, made.id)) items.push(...page);
  return { ...made, items };
}

async function apply(id: number, sha256?: string) {
  const applied = await applyPlan(world.directory, { id, by: 'test', sha256 });
  const log = { info: () => undefined, warn: (facts: object) => console.warn(facts) };
  await createRelay({ directory: world.directory, temporal: world.client, taskQueue: world.taskQueue, log }).drain();
  await untilSettled(world.directory, await planEventIds(world.directory, id), () => undefined);
  return { applied, outcome: await planOutcome(world.directory, id) };
}

const kinds = (items: PlanItem[]) => items.map(({ operations }) => operations.map(({ kind }) => kind).join(' '));

describe('a plan', () => {
  it('shows what a mover would do to each of them, changes nothing, and is then carried out', async () => {
    const people = await employed(3);
    const [moves = '', promoted = '', same = ''] = people;
    await changeProfile(moves, { department: 'IT' });
    await changeProfile(promoted, { title: 'Director' });
    const made = await plan({ people });
    expect(made).toMatchObject({ state: 'made', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(made.items.map(({ employeeNumber }) => employeeNumber)).toEqual([moves, promoted]);
    expect(made.items[1]).toMatchObject({
      operations: [{ kind: 'update', changes: [{ attribute: 'Title', old: null, new: 'Director' }] }],
      rules: { Title: expect.any(String) },
    });
    expect(made.summary).toMatchObject({ people: 3, warnings: [] });
    expect((await world.org.usersOf(promoted))[0]?.Title).toBeNull();

    const mailsBefore = (await world.mails()).length;
    const { outcome } = await apply(made.id);
    expect(outcome).toMatchObject({ people: 2, states: { done: 2 }, skipped: [], bad: [], tasks: [] });
    expect((await world.org.usersOf(promoted))[0]?.Title).toBe('Director');
    expect((await world.org.usersOf(moves))[0]?.Department).toBe('IT');
    expect((await world.org.usersOf(same))[0]?.Department).toBe('Sales');
    expect((await world.mails()).length).toBe(mailsBefore);

    // As a mover would have done: nothing is left for one.
    expect((await plan({ people })).items).toEqual([]);
    await world.submit({
      id: `${moves}-m`,
      type: 'mover',
      employeeNumber: moves,
      effectiveDate: '2026-02-01',
      profile: {},
    });
    await world.untilIdle(moves);
    expect((await world.event(`${moves}-m`)).outcome?.summary).not.toMatch(/salesforce: (update|grant|revoke)/);
  });

  it('makes accounts, grants what comes with them, and counts the licences together', async () => {
    const people = Array.from({ length: 4 }, newPerson).toSorted();
    await world.directory`insert into person ${world.directory(people.map((number) => ({ employee_number: number, status: 'active', profile: world.directory.json(joiner(number).profile) })))}`;
    const used = await world.org.licencesUsed('Salesforce');
    await world.org.setLicence('Salesforce', used + 3);
    const made = await plan({ people, applications: ['salesforce'] });
    expect(new Set(kinds(made.items)).size).toBe(1);
    expect(kinds(made.items)[0]).toMatch(/^create grant/);
    expect(made.summary).toMatchObject({
      operations: 8,
      applications: {
        salesforce: {
          people: 4,
          operations: { create: 4, grant: 4 },
          licences: { 'user-license Salesforce': 4 },
          licencesFree: { 'user-license Salesforce': 3 },
        },
      },
      warnings: ['salesforce: it takes 4 user-license Salesforce, and 3 are free'],
    });
    await world.org.setLicence('Salesforce', 500);
    expect((await apply(made.id)).outcome).toMatchObject({ states: { done: 4 }, skipped: [] });
    for (const person of people) expect(await world.org.usersOf(person)).toHaveLength(1);
  });

  it('is for the people of a group, and names the applications that it leaves out', async () => {
    const [inside = ''] = await employed(2, { department: 'Research' });
    const [outside = ''] = await employed(1);
    await world.directory`insert into person_group (name, label, rule) values ('research', 'Research', 'department == "Research"')`;
    await changeProfile(inside, { title: 'Fellow' });
    await changeProfile(outside, { title: 'Fellow' });
    const [application] = await listApplications(world.directory);
    if (!application) throw new Error('no application');
    await saveApplication(world.directory, { ...application, name: 'idle', enabled: false });
    const made = await plan({ group: 'research' });
    await world.directory`delete from application where name = 'idle'`;
    expect(made.items.map(({ employeeNumber }) => employeeNumber)).toEqual([inside]);
    expect(made.summary).toMatchObject({ people: 2, warnings: ['idle is left out: it is not enabled'] });
  });

  it('is made by a run that tells how far it is, and ends failed when it is cancelled', async () => {
    const [person = ''] = await employed(1);
    await changeProfile(person, { title: 'Fellow' });
    const reading = await world.org.addFault({
      match: { method: 'POST', path: '/composite$' },
      action: { kind: 'hold' },
    });
    const { directory, client: temporal, taskQueue } = world;
    const started = await startPlan(
      { directory, temporal, taskQueue },
      { selection: { people: [person] }, by: 'test' },
    );
    if (started.result === 'refused') throw new Error(started.why);
    await reading.hit();
    expect(await applyPlan(directory, { id: started.id, by: 'test' })).toEqual({
      result: 'refused',
      why: `plan ${started.id} is still being made`,
    });
    await temporal.workflow.getHandle(planWorkflowId(started.id)).cancel();
    const progress: number[] = [];
    const ended = await untilMade({ directory, temporal }, started.id, ({ people }) => progress.push(people));
    await reading.release();
    await world.org.clearFaults();
    expect(ended).toMatchObject({
      state: 'failed',
      summary: { failure: 'it was cancelled in Temporal before it was made' },
    });
    expect(await applyPlan(directory, { id: started.id, by: 'test' })).toMatchObject({ result: 'refused' });
  });

  it.each([
    [{ people: ['nobody-1'] }, 'nobody is known by nobody-1'],
    [{ group: 'no such group' }, 'there is no group no such group'],
    [{ all: true as const, applications: ['no-such'] }, 'there is no application no-such'],
  ])('is refused at once where it can not be made: %o', async (selection, why) => {
    const { directory, client: temporal, taskQueue } = world;
    expect(await startPlan({ directory, temporal, taskQueue }, { selection, by: 'test' })).toEqual({
      result: 'refused',
      why,
    });
  });
});

describe('between plan and apply', () => {
  it('what changed in the application is refused, that operation only', async () => {
    const [person = ''] = await employed(1);
    await changeProfile(person, { department: 'IT' });
    const made = await plan({ people: [person] });
    expect(kinds(made.items)[0]).toMatch(/update grant/);
    await changeInOrg(person, { Department: 'Marketing' });
    const { outcome } = await apply(made.id);
    expect(outcome.skipped).toEqual([
      {
        employeeNumber: person,
        lines: [expect.stringContaining(', skipped: Department was Sales when the plan was made and is Marketing now')],
      },
    ]);
    const [user] = await world.org.usersOf(person);
    expect(user?.Department).toBe('Marketing');
    const granted =
      made.items[0]?.operations
        .find(({ kind }) => kind === 'grant')
        ?.entitlements.filter(({ type }) => type === 'permission-set') ?? [];
    expect(granted.length).toBeGreaterThan(0);
    expect(await world.org.permissionSetsOf(user?.Id ?? '')).toEqual(
      expect.arrayContaining(granted.map(({ name }) => name)),
    );
    const rows = [];
    for await (const row of readReport(world.client, { user: person })) rows.push(row);
    expect(rows.filter(({ eventId, outcome: how }) => eventId.startsWith('plan:') && how === 'skipped')).toMatchObject([
      { operation: 'update', reason: 'Department was Sales when the plan was made and is Marketing now' },
    ]);
  });

  it('what the directory wants otherwise is refused, saying what', async () => {
    const [person = ''] = await employed(1);
    await changeProfile(person, { title: 'Director' });
    const made = await plan({ people: [person] });
    await changeProfile(person, { title: 'President' });
    const { outcome } = await apply(made.id);
    expect(outcome.skipped[0]?.lines).toEqual([
      'salesforce: update, skipped: Title would now become President, and Director by the plan',
    ]);
    expect((await world.org.usersOf(person))[0]?.Title).toBeNull();
  });

  it('what was done by others is not done again', async () => {
    const [person = ''] = await employed(1);
    await changeProfile(person, { title: 'Director' });
    const made = await plan({ people: [person] });
    await changeInOrg(person, { Title: 'Director' });
    expect((await apply(made.id)).outcome.skipped[0]?.lines).toEqual([
      'salesforce: update, skipped: already done, or not needed any more',
    ]);
  });

  it('an application that was disabled is left alone', async () => {
    const [person = ''] = await employed(1);
    await changeProfile(person, { title: 'Director' });
    const made = await plan({ people: [person] });
    await world.directory`update application set enabled = false, version = version + 1 where name = 'salesforce'`;
    const { outcome } = await apply(made.id);
    await world.directory`update application set enabled = true, version = version + 1 where name = 'salesforce'`;
    expect(outcome.skipped[0]?.lines).toEqual(['salesforce: update, skipped: the application is not enabled any more']);
    expect((await world.org.usersOf(person))[0]?.Title).toBeNull();
  });

  it('a person who left stays gone', async () => {
    const [person = ''] = await employed(1);
    await changeProfile(person, { title: 'Director' });
    const made = await plan({ people: [person] });
    await world.submit({ id: `${person}-l`, type: 'leaver', employeeNumber: person, effectiveDate: '2026-02-01' });
    await world.untilIdle(person);
    const { outcome } = await apply(made.id);
    expect(outcome).toMatchObject({ states: { done: 1 }, bad: [] });
    expect((await world.org.usersOf(person))[0]).toMatchObject({ IsActive: false, Title: null });
  });
});

describe('applying', () => {
  it('happens once, and says what happened when it is asked again', async () => {
    const [person = ''] = await employed(1);
    await changeProfile(person, { title: 'Director' });
    const made = await plan({ people: [person] });
    expect((await apply(made.id)).applied).toMatchObject({ result: 'applied', plan: { appliedBy: 'test' } });
    await changeInOrg(person, { Title: 'Intern' });
    const again = await apply(made.id);
    expect(again.applied).toMatchObject({ result: 'known', plan: { appliedBy: 'test' } });
    expect(again.outcome).toMatchObject({ states: { done: 1 } });
    expect((await world.org.usersOf(person))[0]?.Title).toBe('Intern');
    const audited =
      await world.directory`select action from audit where subject = ${`plan ${made.id}`} order by sequence`;
    expect(audited.map((row) => row['action'])).toEqual(['plan started', 'plan applied']);
  });

  it('is refused of another plan than the one that was read', async () => {
    const [person = ''] = await employed(1);
    await changeProfile(person, { title: 'Director' });
    const made = await plan({ people: [person] });
    expect((await apply(made.id, '0'.repeat(64))).applied).toMatchObject({
      result: 'refused',
      why: expect.stringContaining(made.sha256 ?? 'none'),
    });
    expect((await apply(made.id, made.sha256?.toUpperCase())).applied.result).toBe('applied');
  });

  it('does it once though two ask at the same time', async () => {
    const [person = ''] = await employed(1);
    await changeProfile(person, { title: 'Director' });
    const { id } = await plan({ people: [person] });
    const results = await Promise.all([1, 2, 3].map(() => applyPlan(world.directory, { id, by: 'test' })));
    expect(results.map(({ result }) => result).toSorted()).toEqual(['applied', 'known', 'known']);
    expect((await apply(id)).outcome.states).toEqual({ done: 1 });
  });

  it('waits with a task where the application refuses, and tells what was left undone once', async () => {
    const [person = ''] = await employed(1);
    await changeProfile(person, { department: 'IT' });
    const made = await plan({ people: [person] });
    await changeInOrg(person, { Department: 'Marketing' });
    const body = [{ errorCode: 'INSUFFICIENT_ACCESS_OR_READONLY', message: 'not for you' }];
    const match = { method: 'POST', path: '/composite', body: '"AssigneeId"' };
    await world.org.addFault({ match, times: 'always', action: { kind: 'status', status: 403, body } });
    const { outcome } = await apply(made.id);
    expect(outcome).toMatchObject({
      states: { signalled: 1 },
      tasks: [{ employeeNumber: person, operation: 'grant' }],
    });
    await world.org.clearFaults();
    await world.answer('retry', outcome.tasks[0]?.id ?? 0);
    await world.untilIdle(person);
    const ended = await planOutcome(world.directory, made.id);
    expect(ended).toMatchObject({ states: { done: 1 }, tasks: [] });
    expect(ended.skipped[0]?.lines).toEqual([expect.stringContaining('Department was Sales when the plan was made')]);
  });
});
