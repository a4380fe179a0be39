/** Turns of a transfer and of its return: what dies, is locked or is refused on the way is neither lost nor piled up. */
import { randomBytes } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LaneEvent } from '#domain/lane.ts';
import type { TransferRule } from '#domain/ownership.ts';
import { addRefused, type Refused } from '#activities/moving-records.ts';
import { createOwnershipActivities } from '#activities/ownership.ts';
import { createReturnActivities } from '#activities/return-ownership.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { recordAccount } from '#directory/accounts.ts';
import { changePerson } from '#directory/people.ts';
import { markMoved, noteMoves } from '#directory/record-moves.ts';
import { createSealer } from '#directory/sealing.ts';
import { buildDependencies } from '#worker/dependencies.ts';
import { newAccount, onlyId } from '../connectors/salesforce-org.ts';
import { saveDemoApplication } from '../support/demo-application.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';

const [LEAVER, SUCCESSOR] = ['person1@joinery-demo.example', 'person2@joinery-demo.example'];
const TO_SUCCESSOR = [`user:${SUCCESSOR}`];
const KEY = { application: 'salesforce', eventId: 'leave', employeeNumber: 'E1' };

let directory: FreshDirectory;
let org: SimulatedOrg;
let dependencies: ReturnType<typeof buildDependencies>;
let leaver: string;
let successor: string;

beforeEach(async () => {
  directory = await freshDirectory();
  org = await startSimulatedOrg();
  const secretKey = randomBytes(32);
  await saveDemoApplication(directory.sql, createSealer(secretKey), org.url);
  dependencies = buildDependencies({
    databaseUrl: directory.url,
    secretKey,
    oldSecretKeys: [],
    smtpUrl: 'smtp://127.0.0.1:9',
    mailFrom: 'joinery@joinery-demo.example',
    defaultTimeZone: 'UTC',
  });
  const { connector } = await dependencies.connections.openAnyway('salesforce');
  if (!connector.create) throw new Error('salesforce creates accounts');
  leaver = onlyId(await connector.create([newAccount(1)]));
  successor = onlyId(await connector.create([newAccount(2)]));
  await changePerson(directory.sql, { employeeNumber: 'E1', status: 'active', profile: { familyName: 'One' } });
  await recordAccount(directory.sql, {
    employeeNumber: 'E1',
    application: 'salesforce',
    nativeId: leaver,
    username: LEAVER,
    status: 'active',
  });
});
afterEach(async () => {
  await Promise.all([dependencies.close(), org.close()]);
  await directory.close();
});

type Transfer = ReturnType<typeof createOwnershipActivities>['transferOwnership'];
type Return = ReturnType<typeof createReturnActivities>['returnOwnership'];

const event = (type: LaneEvent['type']): LaneEvent => ({
  id: KEY.eventId,
  employeeNumber: KEY.employeeNumber,
  person: 'One',
  acceptedAt: '2026-01-01T00:00:00.000Z',
  dueAt: '2026-01-01T00:00:00.000Z',
  type,
  sequence: 1,
  immediate: false,
  amendments: [],
});
const plan = { changes: [], entitlements: [], reason: 'test' };

const transfer = (rules: TransferRule[], after?: string): ReturnType<Transfer> =>
  new MockActivityEnvironment().run<Parameters<Transfer>, Awaited<ReturnType<Transfer>>, Transfer>(
    createOwnershipActivities(dependencies).transferOwnership,
    {
      event: event('leaver'),
      application: KEY.application,
      operation: { kind: 'transfer', ...plan, transfer: rules },
      ...(after ? { progress: { place: 0, after, refused: [] } } : {}),
    },
  );
const giveBack = (): ReturnType<Return> =>
  new MockActivityEnvironment().run<Parameters<Return>, Awaited<ReturnType<Return>>, Return>(
    createReturnActivities(dependencies).returnOwnership,
    { event: event('joiner'), application: KEY.application, operation: { kind: 'return', ...plan } },
  );

const accounts = (count: number, owner = LEAVER) => org.makeRecords({ object: 'Account', count, owner });
const ACCOUNTS = [{ objects: ['Account'], to: TO_SUCCESSOR }];
const write = { method: 'PATCH', sobject: 'Account' };
/** The first page has a locked row, which is sent again; the pages after it have a row that is refused for good. */
async function lockOneThenRefuseOneOfEachPage(): Promise<void> {
  const rowError = { kind: 'row-error', row: 0, message: 'not this one' };
  await org.addFault({ match: write, action: { ...rowError, statusCode: 'UNABLE_TO_LOCK_ROW' } });
  const refused = { ...rowError, statusCode: 'FIELD_CUSTOM_VALIDATION_EXCEPTION' };
  await org.addFault({ match: write, skip: 1, times: 'always', action: refused });
}
const loseAnswers = () =>
  org.addFault({ match: write, times: 'always', action: { kind: 'cut', when: 'after-commit' } });
const endFaults = () => fetch(`${org.url}/simulator/faults`, { method: 'DELETE' });

async function manifest(): Promise<{ noted: number; moved: number; returned: number } | undefined> {
  const [row] = await directory.sql<{ noted: number; moved: number; returned: number }[]>`
    select count(*)::int as noted, count(moved_at)::int as moved, count(returned_at)::int as returned from record_move`;
  return row;
}

/** The manifest as a transfer leaves it. */
async function noted(recordIds: string[]): Promise<void> {
  const move = { object: 'Account', oldOwner: leaver, newOwner: successor, newOwnerName: 'Two' };
  await noteMoves(
    directory.sql,
    KEY,
    recordIds.map((recordId) => ({ ...move, recordId, name: recordId })),
  );
}

describe('a transfer', () => {
  it('finds in a later turn what moved when its worker died', async () => {
    const [first = '', ...page] = (await accounts(31)).toSorted();
    const { connector } = await dependencies.connections.openAnyway('salesforce');
    await noted(page);
    await connector.ownership?.move(
      'Account',
      page.map((recordId) => ({ recordId, owner: successor })),
    );
    const { entries } = await transfer(ACCOUNTS, first);
    expect(entries).toMatchObject([{ outcome: 'done', subjects: ['30 Account to Two'] }]);
    expect(await manifest()).toMatchObject({ noted: 30, moved: 30 });
  });

  it('keeps in the manifest what moved while all its answers were lost', async () => {
    const [first = ''] = (await accounts(31)).toSorted();
    await loseAnswers();
    await expect(transfer(ACCOUNTS, first)).rejects.toThrow('salesforce');
    await endFaults();
    await transfer(ACCOUNTS, first);
    expect(await manifest()).toMatchObject({ noted: 30, moved: 30 });
  }, 60_000);

  it('tries locked rows again, and tells refused ones once however many pages they are on', async () => {
    await accounts(450);
    await lockOneThenRefuseOneOfEachPage();
    expect((await transfer(ACCOUNTS)).entries).toMatchObject([
      { outcome: 'done', subjects: [`448 Account to ${TO_SUCCESSOR.join().replace(':', ' ')}`] },
      { outcome: 'failed', subjects: ['2 Account'], failure: { kind: 'invalid-data' } },
    ]);
    expect(await manifest()).toMatchObject({ noted: 448, moved: 448 });
  });

  it('of a type that nobody can take over holds up no other', async () => {
    await accounts(2);
    await org.makeRecords({ object: 'Contact', count: 3, owner: LEAVER });
    const nobody = { objects: ['Account'], to: ['user:nobody@joinery-demo.example'] };
    const { entries } = await transfer([nobody, { objects: ['Contact'], to: TO_SUCCESSOR }]);
    expect(entries).toMatchObject([
      { outcome: 'done', subjects: [expect.stringMatching(/^3 Contact to /)] },
      {
        outcome: 'failed',
        subjects: ['all Account'],
        failure: { message: expect.stringContaining('nobody can take over Account of E1') },
      },
    ]);
  });

  it('waits when it can not ask who takes over, rather than passing the type over', async () => {
    await accounts(2);
    // The records are found, the next call asks for the owner.
    const match = { path: '/services/data/' };
    await org.addFault({ match, skip: 1, times: 'always', action: { kind: 'maintenance-page' } });
    await expect(transfer(ACCOUNTS)).rejects.toMatchObject({ nonRetryable: false });
  }, 60_000);
});

describe('a return', () => {
  async function left(count: number): Promise<void> {
    const recordIds = await accounts(count, SUCCESSOR);
    await noted(recordIds);
    await markMoved(directory.sql, KEY, 'Account', recordIds);
  }

  it('tries locked rows again, and tells refused ones once however many pages they are on', async () => {
    await left(450);
    await lockOneThenRefuseOneOfEachPage();
    expect((await giveBack()).entries).toMatchObject([
      { outcome: 'done', subjects: ['448 Account'] },
      { outcome: 'failed', subjects: ['2 Account'], failure: { kind: 'invalid-data' } },
    ]);
    expect(await manifest()).toMatchObject({ moved: 450, returned: 448 });
  });

  it('counts what was given back while its answers were lost', async () => {
    await left(30);
    await loseAnswers();
    await expect(giveBack()).rejects.toThrow('salesforce');
    await endFaults();
    expect((await giveBack()).entries).toMatchObject([{ outcome: 'done', subjects: ['30 Account'] }]);
  }, 60_000);
});

describe('what was refused', () => {
  const row = (recordId: string, message: string) => ({ recordId, error: new ConnectorError('invalid-data', message) });

  it('is told apart by type and message, not by the record', () => {
    const all: Refused[] = [];
    addRefused(all, 'Account', [row('a1', 'give a1: locked up'), row('a2', 'give a2: locked up')]);
    addRefused(all, 'Account', [row('a3', 'give a3: locked up'), row('a4', 'give a4: no city')]);
    addRefused(all, 'Lead', [row('l1', 'give l1: locked up')]);
    expect(all.map(({ object, count }) => [object, count])).toEqual([
      ['Account', 3],
      ['Account', 1],
      ['Lead', 1],
    ]);
  });

  it('stays small when every record gets a message of its own', () => {
    const all: Refused[] = [];
    for (let n = 0; n < 1_000; n++)
      addRefused(all, 'Account', [row(`a${n}`, `the city of number ${n * 7} is missing`)]);
    expect(all).toHaveLength(5);
    expect(all.reduce((sum, { count }) => sum + (count ?? 0), 0)).toBe(1_000);
  });
});
