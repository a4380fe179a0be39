/** Salesforce: what keeps a user from being deactivated is told before it is tried, and where to mend it when it is refused. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connector } from '#connectors/connector.ts';
import { ConnectorError } from '#connectors/errors.ts';
import { asBlocked } from '#connectors/salesforce/blocked.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';
import { connect, newAccount, onlyId } from './salesforce-org.ts';

const LEAVER = 'person1@joinery-demo.example';

describe('salesforce blockers', () => {
  let org: SimulatedOrg;
  let connector: Required<Connector>;
  let leaver: string;
  let other: string;
  beforeEach(async () => {
    org = await startSimulatedOrg();
    connector = connect(org);
    leaver = onlyId(await connector.create([newAccount(1)]));
    other = onlyId(await connector.create([newAccount(2)]));
  });
  afterEach(() => org.close());

  const set = async (id: string, attributes: Record<string, string>) =>
    onlyId(await connector.update([{ nativeId: id, attributes, entitlements: [] }]));
  const blockers = async () => (await connector.blockers([leaver]))[0];
  const deactivate = async () => (await connector.deactivate([leaver]))[0];

  it('are none for somebody whom nothing needs', async () => {
    expect(await connector.blockers([leaver, other])).toEqual([[], []]);
    expect(await deactivate()).toMatchObject({ ok: true });
  });

  it('are approvals that wait for the user, by name', async () => {
    const [acme] = await org.makeRecords({ object: 'Account', count: 1, fields: { Name: 'Acme' } });
    await org.makeRecords({
      object: 'ProcessInstanceWorkitem',
      count: 1,
      owner: LEAVER,
      fields: { TargetObjectId: acme },
    });
    expect(await blockers()).toMatchObject([{ blocks: true, label: 'approver of 1 pending approval (Acme)' }]);
    await org.makeRecords({ object: 'ProcessInstanceWorkitem', count: 6, owner: LEAVER });
    expect(await blockers()).toMatchObject([
      {
        label: expect.stringMatching(/^approver of 7 pending approvals \(Acme, .* and 2 more\)$/),
        remedy: expect.stringContaining('Setup, Mass Transfer Approval Requests'),
      },
    ]);
    expect(await deactivate()).toMatchObject({
      error: { kind: 'blocked', remedy: expect.stringContaining('Approval') },
    });
  });

  it('are active users whose delegated approver it is', async () => {
    await set(other, { DelegatedApproverId: leaver });
    expect(await blockers()).toMatchObject([{ blocks: true, label: 'delegated approver of 1 active user (Person 2)' }]);
    await connector.deactivate([other]);
    expect(await blockers()).toEqual([]);
  });

  it('are active users who name it in a hierarchy field, each field by its label', async () => {
    for (const [name, label] of [
      ['Reviewer__c', 'Reviewer'],
      ['Mentor__c', 'Mentor'],
    ])
      await org.tell('/fields', { object: 'User', name, label, type: 'hierarchy' });
    await set(other, { Reviewer__c: leaver, Mentor__c: leaver });
    expect(await blockers()).toEqual([
      {
        blocks: true,
        label: 'Reviewer of 1 active user (Person 2)',
        remedy: 'in Setup, Users, give them another Reviewer',
      },
      {
        blocks: true,
        label: 'Mentor of 1 active user (Person 2)',
        remedy: 'in Setup, Users, give them another Mentor',
      },
    ]);
    expect(await deactivate()).toMatchObject({
      error: { kind: 'blocked', remedy: expect.stringContaining('everybody whose Reviewer is this user') },
    });
  });

  it('are not those whose manager it is', async () => {
    await set(other, { ManagerId: leaver });
    expect(await blockers()).toEqual([]);
    expect(await deactivate()).toMatchObject({ ok: true });
  });

  it('are the rights that nobody else has', async () => {
    const [ada, us] = await connector
      .find([{ attribute: 'Username', values: ['admin@joinery-demo.example', 'integration@joinery-demo.example'] }])
      .then((found) => found.toSorted((a, b) => a.username.localeCompare(b.username)));
    const idOfUs = us?.nativeId ?? '';
    expect(await connector.blockers([idOfUs])).toEqual([[]]);
    onlyId(await connector.deactivate([ada?.nativeId ?? '']));
    expect(await connector.blockers([idOfUs])).toMatchObject([
      [
        { blocks: true, label: 'the only active user with Manage Users' },
        { blocks: true, label: 'the only active user with Modify All Data' },
      ],
    ]);
  });

  it('tell, without blocking, of dashboards and scheduled jobs that will stop', async () => {
    await org.makeRecords({ object: 'Dashboard', count: 2, owner: LEAVER });
    await org.makeRecords({ object: 'Dashboard', count: 1, owner: LEAVER, fields: { Type: 'LoggedInUser' } });
    await org.makeRecords({ object: 'CronTrigger', count: 1, owner: LEAVER, fields: { Name: 'Nightly sync' } });
    await org.makeRecords({ object: 'CronTrigger', count: 1, owner: LEAVER, fields: { State: 'COMPLETE' } });
    expect(await blockers()).toMatchObject([
      {
        blocks: false,
        label: 'running user of 2 dashboards (Dashboard 1, Dashboard 2): no data will be shown any more',
      },
      {
        blocks: false,
        label: 'owner of 1 scheduled job (Nightly sync): nothing will run any more',
        remedy: expect.stringContaining('Setup, Scheduled Jobs'),
      },
    ]);
    expect(await deactivate()).toMatchObject({ ok: true });
  });

  it('are told of each of many in one call, in the order asked', async () => {
    await connector.blockers([leaver]);
    await set(other, { DelegatedApproverId: leaver });
    await org.makeRecords({ object: 'Dashboard', count: 1, owner: 'person2@joinery-demo.example' });
    await org.clearLog();
    const labels = (await connector.blockers([other, 'garbage', leaver.slice(0, 15)])).map((some) =>
      some.map(({ label }) => label.split(' ')[0]),
    );
    expect(labels).toEqual([['running'], [], ['delegated']]);
    expect(await org.apiCalls()).toHaveLength(1);
    expect(await connector.blockers([])).toEqual([]);
  });

  it('stay below the longest URL for 200 accounts, however many hierarchy fields there are', async () => {
    for (let number = 1; number <= 3; number++)
      await org.tell('/fields', { object: 'User', name: `Level_${number}__c`, type: 'hierarchy' });
    const ids = await org.makeRecords({ object: 'User', count: 200 });
    await set(other, { Level_3__c: ids[199] ?? '' });
    await org.clearLog();
    const found = await connector.blockers(ids);
    const urls = (await org.apiCalls())
      .filter(({ path }) => path.includes('/composite'))
      .flatMap(({ body }) => (JSON.parse(body) as { compositeRequest: { url: string }[] }).compositeRequest)
      .map(({ url }) => url.length);
    expect(Math.max(...urls)).toBeLessThan(16_384);
    expect(found).toHaveLength(200);
    expect(found.flat()).toMatchObject([{ label: 'Level 3 of 1 active user (Person 2)' }]);
    expect(found[199]).toHaveLength(1);
  });

  it('say what can not be seen, and fail when asking later may help', async () => {
    await connector.blockers([leaver]);
    const answer = (errorCode: string) => ({
      match: { path: '/composite' },
      action: { kind: 'status', status: 200, body: composite(errorCode) },
    });
    await org.addFault(answer('INVALID_TYPE'));
    expect(await blockers()).toMatchObject([
      { blocks: false, label: 'pending approvals can not be seen (INVALID_TYPE)' },
    ]);
    await org.addFault(answer('QUERY_TIMEOUT'));
    await expect(blockers()).rejects.toMatchObject({ kind: 'transient' });
  });
});

describe('a refusal to deactivate says where in Setup', () => {
  it.each([
    ['You cannot disable the Web to Lead Default Creator.', 'Web-to-Lead (Default Lead Creator)'],
    ['You cannot deactivate a user who is the default owner of cases', 'Support Settings'],
    ['You cannot deactivate the Default Workflow User', 'Process Automation Settings'],
    ['The user is the default lead owner', 'Lead Settings'],
    [
      'Cannot inactivate user that is the value of a hierarchy field: Reviewer. : Jane Doe',
      'Users, for everybody whose Reviewer is',
    ],
    ['This user is an approver in an approval process.', 'Approval Processes'],
    ['The user is used in an active lead assignment rule', 'Lead Assignment Rules'],
    ['The user is used in an escalation rule', 'Escalation Rules'],
    ['The user is used in an auto-response rule', 'Auto-Response Rules'],
    ['The user is used in a field update', 'Field Updates'],
    ['The user is the sole recipient of an email alert', 'Email Alerts'],
    ['The user is the customer portal administrator', 'Customer Portal Settings'],
    ['You cannot deactivate your own user record.', 'sign in as a user of its own'],
    ['Something nobody has seen yet', 'the message says where'],
  ])('%s', (message, place) => {
    expect(asBlocked(refusal('invalid-data', message))).toMatchObject({
      kind: 'blocked',
      message,
      remedy: expect.stringContaining(place),
    });
  });

  it('for each of several reasons', () => {
    const { remedy } = asBlocked(refusal('invalid-data', 'the default owner of cases and the Default Workflow User'));
    expect(remedy).toMatch(/Support Settings .*; Process Automation Settings/);
  });

  it('for the last administrator, and leaves what is not about the user as it is', () => {
    expect(asBlocked(refusal('permission', 'You cannot disable', 'CANNOT_DISABLE_LAST_ADMIN'))).toMatchObject({
      kind: 'blocked',
      remedy: expect.stringContaining('System Administrator'),
    });
    for (const kind of ['permission', 'transient', 'throttled', 'bug'] as const)
      expect(asBlocked(refusal(kind, 'no')).kind).toBe(kind);
  });
});

/** Answers to the five queries, the first of which is refused. */
function composite(errorCode: string): object {
  const refused = { referenceId: 'approvals', httpStatusCode: 400, body: [{ errorCode, message: 'no' }] };
  const others = ['users', 'administrators', 'dashboards', 'jobs'].map((referenceId) => ({
    referenceId,
    httpStatusCode: 200,
    body: { done: true, records: [] },
  }));
  return { compositeResponse: [refused, ...others] };
}

function refusal(
  kind: ConstructorParameters<typeof ConnectorError>[0],
  message: string,
  code?: string,
): ConnectorError {
  return new ConnectorError(kind, message, code ? { code } : {});
}
