/** What opening an HR event makes of a person. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChangeType } from '#domain/hr-event.ts';
import type { LaneEvent } from '#domain/lane.ts';
import { createEventActivities } from '#activities/events.ts';
import { submitHrEvents } from '#client/intake.ts';
import { findPerson } from '#directory/people.ts';
import { buildDependencies } from '#worker/dependencies.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';

let directory: FreshDirectory;
let dependencies: ReturnType<typeof buildDependencies>;

beforeAll(async () => {
  directory = await freshDirectory();
  dependencies = buildDependencies({
    databaseUrl: directory.url,
    secretKey: randomBytes(32),
    oldSecretKeys: [],
    smtpUrl: 'smtp://127.0.0.1:1',
    mailFrom: 'joinery@joinery-demo.example',
    defaultTimeZone: 'UTC',
  });
});
afterAll(async () => {
  await dependencies.close();
  await directory.close();
});

/** Says it, and opens it as its lane does. */
async function happen(type: ChangeType, effectiveDate: string, id: string, amendments: string[] = []) {
  const profile = type === 'joiner' ? { familyName: 'Byron', email: 'ada@acme.example' } : { title: 'Clerk' };
  await say({ id, type, employeeNumber: 'E1', effectiveDate, profile });
  return async () => {
    const said = { id, type, employeeNumber: 'E1', person: 'Byron', amendments, immediate: false };
    const event: LaneEvent = { ...said, sequence: 1, dueAt: effectiveDate, acceptedAt: effectiveDate };
    await createEventActivities(dependencies).openEvent(event);
    return (await findPerson(directory.sql, 'E1'))?.startDate;
  };
}

async function say(event: object) {
  const options = { directory: directory.sql, defaultTimeZone: 'UTC', source: 'test' };
  expect(await submitHrEvents([event], options)).toMatchObject([{ result: 'accepted' }]);
}

describe('the first day of a person', () => {
  it('is the joiner’s as amended; no other event moves it, and a return begins anew', async () => {
    const hire = await happen('joiner', '2026-12-01', 'hire', ['later', 'title']);
    const amend = { type: 'amend', employeeNumber: 'E1', target: 'hire' };
    await say({ ...amend, id: 'later', effectiveDate: '2026-12-08' });
    await say({ ...amend, id: 'title', profile: { title: 'Chief' } });
    expect(await hire()).toBe('2026-12-08');
    expect(await (await happen('mover', '2027-01-01', 'move'))()).toBe('2026-12-08');
    expect(await (await happen('leaver', '2027-02-01', 'end'))()).toBe('2026-12-08');
    expect(await (await happen('joiner', '2028-03-01', 'back'))()).toBe('2028-03-01');
  });
});
