/**
 * Usernames: people who are called the same, names that are taken elsewhere, and who keeps which name. On the real parts,
 * like the stories.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultPayloadConverter } from '@temporalio/common';
import type { Application } from '#domain/application.ts';
import type { HrChange } from '#domain/hr-event.ts';
import type { ReportEntry } from '#domain/report-entry.ts';
import { findApplication, saveApplication } from '#directory/applications.ts';
import { findAccount, forgetAccount } from '#directory/accounts.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;

beforeEach(async () => {
  world = await openWorld('time-skipping');
});
afterEach(() => world.close());

const joiner = (employeeNumber: string, day: number, name: [string, string] = ['Ada', 'Byron']): HrChange => ({
  id: `${employeeNumber}-join-${day}`,
  type: 'joiner',
  employeeNumber,
  effectiveDate: world.day(day),
  profile: {
    givenName: name[0],
    familyName: name[1],
    email: `${employeeNumber.toLowerCase()}@joinery-demo.example`,
    department: 'Sales',
    country: 'GB',
  },
});

const BY_NAME = 'lower(ascii(givenName + "." + familyName))';

/** Usernames that follow from people's names. */
async function nameBased(more: Partial<Application> = {}, onCreateOnly = true): Promise<void> {
  const application = await findApplication(world.directory, 'salesforce');
  if (!application) throw new Error('no application');
  const mappings = application.mappings.map((mapping) =>
    mapping.attribute === 'Username'
      ? {
          attribute: 'Username',
          expression: `${BY_NAME} + "@acme.example"`,
          alternatives: [`${BY_NAME} + string(number) + "@acme.example"`],
          onCreateOnly,
        }
      : mapping,
  );
  await saveApplication(world.directory, { ...application, mappings, ...more });
}

async function joined(...events: HrChange[]): Promise<void> {
  await world.submit(...events);
  for (const { employeeNumber } of events) await world.untilIdle(employeeNumber);
}

const usernameOf = async (employeeNumber: string) => (await world.org.usersOf(employeeNumber))[0]?.Username;

/** What the history says of an operation on the account. */
async function entriesOf(employeeNumber: string, operation: string): Promise<ReportEntry[]> {
  const events = (await world.histories(employeeNumber)).flatMap(({ events: all }) => all ?? []);
  return events
    .flatMap(({ activityTaskCompletedEventAttributes: completed }) => completed?.result?.payloads ?? [])
    .flatMap(
      (payload) => defaultPayloadConverter.fromPayload<{ entries?: ReportEntry[] } | undefined>(payload)?.entries ?? [],
    )
    .filter((entry) => entry.operation === operation);
}

const setTo = (entry: ReportEntry | undefined, name: string) =>
  entry?.changes.find(({ attribute }) => attribute === name)?.new;

/** What Salesforce says of a name that is taken in an org of somebody else. */
const takenElsewhere = {
  kind: 'row-error',
  statusCode: 'DUPLICATE_USERNAME',
  message: 'Duplicate Username.<br>The username already exists in this or another Salesforce organization.',
  fields: ['Username'],
};
const creating = (body: string) => ({ method: 'POST', path: '/composite/sobjects$', body });

describe('two people of the same name', () => {
  it('who join at once get one name each, one of them with a number', async () => {
    await nameBased();
    await joined(joiner('E1', -1), joiner('E2', -1));
    const names = new Set([await usernameOf('E1'), await usernameOf('E2')]);
    expect(names).toEqual(new Set(['ada.byron@acme.example', 'ada.byron2@acme.example']));
    for (const id of ['E1-join--1', 'E2-join--1']) expect((await world.event(id)).state).toBe('done');
  });

  it('are told apart in the directory and in the report, which says what was taken', async () => {
    await nameBased();
    await joined(joiner('E1', -1));
    await joined(joiner('E2', -1));
    expect(await findAccount(world.directory, 'E2', 'salesforce')).toMatchObject({
      username: 'ada.byron2@acme.example',
    });
    const [entry] = await entriesOf('E2', 'create');
    expect(entry).toMatchObject({ username: 'ada.byron2@acme.example', outcome: 'done' });
    expect(entry?.reason).toBe('no account yet; taken: Username ada.byron@acme.example, CommunityNickname ada.byron');
    expect(setTo(entry, 'Username')).toBe('ada.byron2@acme.example');
    expect(setTo(entry, 'CommunityNickname')).toBe('ada.byron2');
  });

  it('keep their names when they move, leave and come back', async () => {
    await nameBased({}, false);
    await joined(joiner('E1', -9));
    await joined(joiner('E2', -9));
    const [user] = await world.org.usersOf('E2');
    const after = async (event: HrChange) => {
      await joined(event);
      expect(await world.event(event.id)).toMatchObject({ state: 'done' });
      return world.org.usersOf('E2');
    };
    const change = { employeeNumber: 'E2', effectiveDate: world.day(-8) };
    const moved = { ...change, id: 'm', type: 'mover', profile: { department: 'IT' } } as const;
    expect(await after(moved)).toMatchObject([{ Username: 'ada.byron2@acme.example', Department: 'IT' }]);
    expect(await after({ ...change, id: 'l', type: 'leaver' })).toMatchObject([{ IsActive: false }]);
    expect(await after(joiner('E2', -2))).toMatchObject([
      { Id: user?.Id, Username: 'ada.byron2@acme.example', IsActive: true },
    ]);
  });
});

describe('a username that is taken in another org', () => {
  it('gives way to the next one, and to the one after that', async () => {
    for (const name of ['"e1@', '"e12@']) await world.org.addFault({ match: creating(name), action: takenElsewhere });
    await joined(joiner('E1', -1));
    expect(await usernameOf('E1')).toBe('e13@joinery-demo.example');
    const [entry] = await entriesOf('E1', 'create');
    expect(entry?.reason).toMatch(/taken: Username e1@joinery-demo.example, Username e12@joinery-demo.example$/);
  });

  it('like all of its alternatives is a task, which says how many were tried and what helps', async () => {
    await world.org.addFault({ match: creating('"Username"'), times: 'always', action: takenElsewhere });
    await world.submit(joiner('E1', -1));
    expect(await world.untilTask()).toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining('all 20 names were tried, from e1@joinery-demo.example to e120@'),
    });
    const creates = (await world.org.apiCalls()).filter(({ path }) => path.endsWith('/composite/sobjects'));
    expect(creates).toHaveLength(20);
  });
});

describe('an answer that is lost', () => {
  it('after a name with a number was set leaves one account, told by the name it has', async () => {
    await nameBased();
    await joined(joiner('E1', -1));
    const lost = { kind: 'cut', when: 'after-commit' };
    await world.org.addFault({ match: creating('"CommunityNickname":"ada.byron2"'), action: lost });
    await joined(joiner('E2', -1));
    expect(await world.org.usersOf('E2')).toMatchObject([{ Username: 'ada.byron2@acme.example' }]);
    expect(await findAccount(world.directory, 'E2', 'salesforce')).toMatchObject({
      username: 'ada.byron2@acme.example',
    });
    const [entry] = await entriesOf('E2', 'create');
    expect(setTo(entry, 'Username')).toBe('ada.byron2@acme.example');
    expect(setTo(entry, 'CommunityNickname')).toBe('ada.byron2');
  });
});

describe('a sandbox', () => {
  it('has its suffix behind every username, the numbered ones too', async () => {
    await nameBased({ usernameSuffix: '.uat' });
    await joined(joiner('E1', -9));
    await joined(joiner('E2', -9));
    expect(await usernameOf('E1')).toBe('ada.byron@acme.example.uat');
    expect(await usernameOf('E2')).toBe('ada.byron2@acme.example.uat');
  });

  it('has its accounts found by usernames with the suffix', async () => {
    const correlation = [{ attribute: 'Username', expression: `${BY_NAME} + "@acme.example"` }];
    await nameBased({ usernameSuffix: '.uat', correlation });
    await joined(joiner('E1', -9));
    await forgetAccount(world.directory, 'E1', 'salesforce');
    await joined({
      id: 'm',
      type: 'mover',
      employeeNumber: 'E1',
      effectiveDate: world.day(-1),
      profile: { title: 'X' },
    });
    expect(await entriesOf('E1', 'link')).toHaveLength(1);
    expect(await world.org.usersOf('E1')).toMatchObject([{ Username: 'ada.byron@acme.example.uat', Title: 'X' }]);
  });
});

describe('somebody whose name changes to one that is taken', () => {
  it('gets it with a number, and is known by it', async () => {
    await nameBased({}, false);
    await joined(joiner('E1', -9), joiner('E2', -9, ['Grace', 'Hopper']));
    const profile = { givenName: 'Ada', familyName: 'Byron' };
    await joined({ id: 'm', type: 'mover', employeeNumber: 'E2', effectiveDate: world.day(-1), profile });
    expect(await usernameOf('E2')).toBe('ada.byron2@acme.example');
    expect(await findAccount(world.directory, 'E2', 'salesforce')).toMatchObject({
      username: 'ada.byron2@acme.example',
    });
    const [entry] = await entriesOf('E2', 'update');
    expect(entry?.changes[0]).toEqual({
      attribute: 'Username',
      old: 'grace.hopper@acme.example',
      new: 'ada.byron2@acme.example',
    });
    expect(entry?.reason).toBe('the profile differs; taken: Username ada.byron@acme.example');
  });
});
