/** Plans in the directory: pages that may come twice, a hash over what was read, and nothing changed once it is made. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanItem } from '#domain/plan-item.ts';
import { summarise, totalsOf } from '#domain/plan-summary.ts';
import {
  claimedTwice,
  createPlan,
  findPlan,
  findPlanItem,
  finishPlan,
  listPlans,
  markApplied,
  plannedApplications,
  plannedPeople,
  planSha256,
  readPlanItems,
  replacePlanItems,
} from '#directory/plans.ts';
import { nextPeoplePages, peopleOfPage } from '#directory/people-pages.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

let directory: FreshDirectory;
beforeAll(async () => {
  directory = await freshDirectory();
});
afterAll(() => directory.close());

const item = (employeeNumber: string, more: Partial<PlanItem> = {}): PlanItem => ({
  employeeNumber,
  person: 'Ada',
  application: 'salesforce',
  cause: 'mover',
  username: 'ada',
  operations: [{ kind: 'create', changes: [], entitlements: [], reason: 'no account yet' }],
  skipped: [],
  rules: {},
  warnings: [],
  licences: [],
  calls: 2,
  ...more,
});
const newPlan = () => createPlan(directory.sql, { all: true }, 'test');
const itemsOf = async (plan: number) => {
  const items: PlanItem[] = [];
  for await (const page of readPlanItems(directory.sql, plan)) items.push(...page);
  return items;
};
const summary = summarise(totalsOf(1, [item('P1')]), {}, []);

describe('a plan', () => {
  it('tells of accounts that people of different pages are to be linked to', async () => {
    const plan = await newPlan();
    const linked = (employeeNumber: string, nativeId: string, application = 'salesforce') =>
      item(employeeNumber, {
        application,
        account: { nativeId, username: `user ${nativeId}`, status: 'active' },
        operations: [{ kind: 'link', changes: [], entitlements: [], reason: 'found' }],
      });
    await replacePlanItems(directory.sql, plan, ['P1', 'P2'], [linked('P2', '1'), linked('P1', '2')]);
    await replacePlanItems(directory.sql, plan, ['P3'], [linked('P3', '1'), linked('P3', '2', 'other')]);
    expect(await claimedTwice(directory.sql, plan, 10)).toEqual([
      { application: 'salesforce', username: 'user 1', employeeNumbers: ['P2', 'P3'] },
    ]);
  });

  it('replaces a page that comes again, and leaves the others', async () => {
    const plan = await newPlan();
    await replacePlanItems(
      directory.sql,
      plan,
      ['P1', 'P2'],
      [item('P1'), item('P2'), item('P2', { application: 'other' })],
    );
    await replacePlanItems(directory.sql, plan, ['P3'], [item('P3')]);
    await replacePlanItems(directory.sql, plan, ['P1', 'P2'], [item('P2', { username: 'new' })]);
    expect(await itemsOf(plan)).toEqual([item('P2', { username: 'new' }), item('P3')]);
    await replacePlanItems(directory.sql, plan, ['P1', 'P2'], []);
    expect(await itemsOf(plan)).toEqual([item('P3')]);
  });

  it('is read in order, over more than a page, and its hash is over just that', async () => {
    const plan = await newPlan();
    const numbers = Array.from({ length: 450 }, (_, index) => `P${1_000 + index}`);
    const items = numbers.map((number) => item(number));
    await replacePlanItems(directory.sql, plan, numbers, items.toReversed());
    expect(await itemsOf(plan)).toEqual(items);
    const sorted = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(sorted)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .toSorted(([a], [b]) => (a < b ? -1 : 1))
                .map(([key, inner]) => [key, sorted(inner)]),
            )
          : value;
    const text = items.map((one) => `${JSON.stringify(sorted(one))}\n`).join('');
    let pages = 0;
    expect(await planSha256(directory.sql, plan, () => (pages += 1))).toBe(
      createHash('sha256').update(text).digest('hex'),
    );
    expect(pages).toBe(3);
  });

  it('is not changed once it is made, and is applied once', async () => {
    const plan = await newPlan();
    await replacePlanItems(directory.sql, plan, ['P1'], [item('P1')]);
    expect(await markApplied(directory.sql, plan, 'test')).toBe(false);
    await finishPlan(directory.sql, plan, { state: 'made', summary, sha256: 'abc' });
    await finishPlan(directory.sql, plan, { state: 'failed', summary });
    await replacePlanItems(directory.sql, plan, ['P1', 'P2'], [item('P2')]);
    expect(await itemsOf(plan)).toEqual([item('P1')]);
    expect(await markApplied(directory.sql, plan, 'test')).toBe(true);
    expect(await markApplied(directory.sql, plan, 'another')).toBe(false);
    expect(await findPlan(directory.sql, plan)).toMatchObject({
      state: 'made',
      sha256: 'abc',
      summary,
      appliedBy: 'test',
    });
    expect((await listPlans(directory.sql, 1))[0]?.id).toBe(plan);
  });

  it('tells what it changes of whom', async () => {
    const plan = await newPlan();
    const idle = { operations: [], warnings: ['look here'] };
    await replacePlanItems(
      directory.sql,
      plan,
      ['P1', 'P2', 'P3'],
      [
        item('P1', { application: 'b' }),
        item('P1', { application: 'a' }),
        item('P1', { application: 'c', ...idle }),
        item('P2', idle),
        item('P3'),
      ],
    );
    expect(await plannedPeople(directory.sql, plan, '', 10)).toEqual(['P1', 'P3']);
    expect(await plannedPeople(directory.sql, plan, 'P1', 10)).toEqual(['P3']);
    expect(await plannedApplications(directory.sql, plan, 'P1')).toEqual(['a', 'b']);
    expect(await findPlanItem(directory.sql, plan, 'P2', 'salesforce')).toEqual(item('P2', idle));
    expect(await findPlanItem(directory.sql, plan, 'P2', 'another')).toBeUndefined();
  });
});

describe('people in pages', () => {
  it('come each once, in order, all or those named', async () => {
    const numbers = Array.from({ length: 25 }, (_, index) => `PG${100 + index}`);
    await directory.sql`insert into person ${directory.sql(numbers.map((number) => ({ employee_number: number, status: 'active', profile: '{}' })))}`;
    const all = async (only: string[] | null, pages: number) => {
      const seen: string[][] = [];
      for (let after = ''; ;) {
        const next = await nextPeoplePages(directory.sql, { after, size: 4, pages, only });
        if (next.length === 0) return seen;
        for (const page of next)
          seen.push((await peopleOfPage(directory.sql, page, only)).map(({ employeeNumber }) => employeeNumber));
        after = next.at(-1)?.upTo ?? after;
      }
    };
    for (const pages of [1, 2, 10]) {
      const seen = await all(null, pages);
      expect(seen.flat()).toEqual(numbers);
      expect(seen.map(({ length }) => length)).toEqual([4, 4, 4, 4, 4, 4, 1]);
    }
    expect(await all(['PG101', 'PG110', 'PG120', 'PG121', 'PG122', 'nobody'], 10)).toEqual([
      ['PG101', 'PG110', 'PG120', 'PG121'],
      ['PG122'],
    ]);
  });
});
