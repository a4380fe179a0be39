/** Users made by jobs of Bulk API 2.0: nothing is lost, nobody is made twice, whatever fails and wherever a worker dies. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BulkProgress, Connector, NewAccount, RowOutcome } from '#connectors/connector.ts';
import type { Attributes } from '#domain/account.ts';
import { csvFiles } from '#connectors/salesforce/bulk-csv.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';
import { connect, failureOf, newAccount } from './salesforce-org.ts';

const UPLOAD = { method: 'PUT', path: '/batches' };
const CLOSE = { method: 'PATCH', path: '/jobs/ingest/' };
const DOWN = { kind: 'status', status: 503, body: [{ errorCode: 'SERVER_UNAVAILABLE', message: 'down' }] };

describe('salesforce in bulk', () => {
  let org: SimulatedOrg;
  let connector: Required<Connector>;
  /** The job as the caller keeps it. */
  let job: string | undefined;
  beforeEach(async () => {
    job = undefined;
    org = await startSimulatedOrg();
    await org.setLicence('Salesforce', 20_000);
    connector = connect(org, { timeoutMs: 30_000 });
    await connector.listEntitlements();
    await org.clearLog();
  });
  afterEach(() => org.close());

  const people = (count: number): NewAccount[] => Array.from({ length: count }, (_, index) => newAccount(index + 1));
  const withField = (number: number, attributes: Attributes): NewAccount => {
    const account = newAccount(number);
    return { ...account, attributes: { ...account.attributes, ...attributes } };
  };
  const create = (accounts: NewAccount[], more: Partial<BulkProgress> = {}, signal?: AbortSignal) =>
    connector.createInBulk(
      accounts,
      {
        ...(job === undefined ? {} : { job }),
        onJob: async (begun) => {
          job = begun;
        },
        ...more,
      },
      signal ? { signal } : {},
    );
  const made = () =>
    org.query<{ Id: string; Username: string }>("SELECT Id, Username FROM User WHERE EmployeeNumber LIKE 'N%'");
  const kinds = (outcomes: RowOutcome[]) => outcomes.map((outcome) => (outcome.ok ? 'made' : outcome.error.kind));
  const hold = (state: 'UploadComplete' | 'InProgress' | null, afterRows = 0) =>
    org.tell('/bulk', { hold: state, afterRows });
  const fault = (match: object, action: object) => org.addFault({ match, action });
  const stateOf = async () =>
    (await org.asAdministrator(`/jobs/ingest/${job}`, {})) as { state: string; numberRecordsProcessed: number };

  it('makes a thousand users for four calls, and one each time it asks whether they are made', async () => {
    const outcomes = await create(people(1_000));
    const calls = await org.apiCalls();
    const byName = new Map((await made()).map(({ Id, Username }) => [Username, Id]));
    expect(outcomes).toEqual(
      people(1_000).map(({ attributes }) => ({ ok: true, nativeId: byName.get(String(attributes['Username'])) })),
    );
    const polls = calls.filter(({ method, path }) => method === 'GET' && /ingest\/\w+$/.test(path));
    expect(calls.length - polls.length).toBe(4);
    expect(polls.length).toBeLessThanOrEqual(3);
  });

  it('says of each refused row why, as a collection would', async () => {
    await connector.create([newAccount(2)]);
    const accounts = [
      newAccount(1),
      newAccount(2),
      withField(3, { TimeZoneSidKey: 'Nowhere/Land' }),
      withField(4, { Alias: 'much too long' }),
      withField(5, { Email: 'nobody' }),
      { ...newAccount(6), entitlements: [{ type: 'profile', name: 'No Such Profile' }] },
    ];
    const inBulk = await create(accounts);
    const alone = connect(org);
    const refused = await alone.create(accounts.slice(1));
    expect(inBulk[0]).toMatchObject({ ok: true });
    expect(inBulk.slice(1)).toEqual(refused);
    expect(kinds(refused)).toEqual(['conflict', 'invalid-data', 'invalid-data', 'invalid-data', 'invalid-data']);
  });

  it('says which licence ran out', async () => {
    await org.setLicence('Salesforce', (await org.licencesUsed('Salesforce')) + 1);
    const outcomes = await create(people(2));
    expect(outcomes[1]).toMatchObject({ error: { kind: 'capacity', resource: 'user-license Salesforce' } });
  });

  it('tells two rows with one username apart: the second is not sent', async () => {
    const twin = withField(2, { Username: 'PERSON1@joinery-demo.example ' });
    const outcomes = await create([newAccount(1), twin, withField(3, { Username: null })]);
    expect(kinds(outcomes)).toEqual(['made', 'conflict', 'invalid-data']);
    expect(await made()).toHaveLength(1);
  });

  it('hands over no row when its job can not be remembered', async () => {
    const onJob = () => Promise.reject(new Error('the directory is away'));
    await expect(create(people(1), { onJob })).rejects.toThrow('away');
    expect((await org.requests()).filter(({ method }) => method === 'PUT')).toEqual([]);
    expect(await made()).toEqual([]);
  });

  it.each([
    ['is refused with 503', DOWN],
    ['breaks before it is taken', { kind: 'cut', when: 'before-commit' }],
    ['is taken, and its answer lost', { kind: 'cut', when: 'after-commit' }],
  ])('loses nobody when the upload %s', async (_, action) => {
    await fault(UPLOAD, action);
    expect(await failureOf(create(people(5)))).toMatchObject({ kind: 'transient' });
    expect(kinds(await create(people(5)))).toEqual(Array.from({ length: 5 }, () => 'made'));
    expect(await made()).toHaveLength(5);
  });

  it.each([
    ['before', 'before-commit'],
    ['after', 'after-commit'],
  ])('goes on where closing the job broke %s it was done', async (_, when) => {
    await fault(CLOSE, { kind: 'cut', when });
    expect(await failureOf(create(people(5)))).toMatchObject({ kind: 'transient' });
    expect(kinds(await create(people(5)))).toEqual(Array.from({ length: 5 }, () => 'made'));
    expect(await made()).toHaveLength(5);
  });

  it.each(['UploadComplete', 'InProgress'] as const)(
    'leaves a job that is %s at work when it is left, and a successor makes nobody twice',
    async (state) => {
      await hold(state, 200);
      const stop = new AbortController();
      const asked = await fault({ method: 'GET', path: '/jobs/ingest/' }, { kind: 'hold' });
      const left = failureOf(create(people(600), {}, stop.signal));
      await asked.hit();
      stop.abort();
      expect(await left).toMatchObject({ kind: 'transient' });
      await asked.release();
      expect((await stateOf()).state).toBe(state);
      await hold(null);
      expect(kinds(await create(people(600)))).toEqual(Array.from({ length: 600 }, () => 'made'));
      expect(await made()).toHaveLength(600);
    },
  );

  it('reads the results again when they broke, or the session ended', async () => {
    await fault({ path: '/successfulResults' }, { kind: 'reset-mid-body' });
    expect(await failureOf(create(people(50)))).toMatchObject({ kind: 'transient' });
    await fault({ path: '/successfulResults' }, { kind: 'expire-session' });
    expect(kinds(await create(people(50)))).toEqual(Array.from({ length: 50 }, () => 'made'));
    expect(await made()).toHaveLength(50);
  });

  it('tells of a job that is stopped what it has done, and what it did not come to', async () => {
    await hold('InProgress', 200);
    const stop = new AbortController();
    const asked = await fault({ method: 'GET', path: '/jobs/ingest/' }, { kind: 'hold' });
    const left = failureOf(create(people(600), {}, stop.signal));
    await asked.hit();
    stop.abort();
    await left;
    await asked.release();
    await expect.poll(async () => (await stateOf()).numberRecordsProcessed).toBe(200);
    const outcomes = kinds(await create(people(600), { stop: true }));
    expect(outcomes.filter((one) => one === 'made')).toHaveLength(200);
    expect(outcomes.filter((one) => one === 'transient')).toHaveLength(400);
    expect((await stateOf()).state).toBe('Aborted');
    await connector.forgetBulk(job ?? '');
    await expect(stateOf()).rejects.toThrow('NOT_FOUND');
    await hold(null);
    expect(await made()).toHaveLength(200);
  });

  it('says why a job failed as a whole, of rows that may be tried elsewhere', async () => {
    const [outcome] = await create([withField(1, { No_Such_Field: 'x' })]);
    expect(outcome).toMatchObject({ ok: false, error: { kind: 'transient' } });
    expect(outcome?.ok === false && outcome.error.message).toContain('Field name not found : No_Such_Field');
    expect(await made()).toEqual([]);
  });

  it('hands over every text as it is', async () => {
    const texts = [
      'plain',
      'with "quotes", commas; semicolons|pipes^carets`ticks\tand tabs',
      'two\nlines',
      '=HYPERLINK("https://evil.example")',
      '@SUM(1+1)*cmd|/C calc',
      '-1+1',
      'Zoë Ångström 名前 🙂 \u202eright to left',
      "O'Brien \\ backslash",
      '"',
      '0042',
      'true',
    ];
    const accounts = texts.map((text, index) => withField(index + 1, { Title: text }));
    accounts.push(withField(50, { Title: null }), newAccount(51), withField(52, { Title: 'left\r\nright' }));
    const outcomes = await create(accounts);
    const ids = outcomes.map((outcome) => (outcome.ok ? outcome.nativeId : ''));
    const titles = (await connector.read(ids)).map((account) => account?.attributes['Title']);
    expect(titles).toEqual([...texts, null, null, 'left\nright']);
  });

  it('keeps what a default fills apart from what is emptied, and refuses what would mean to empty', async () => {
    const outcomes = await create([
      withField(1, { CommunityNickname: 'one' }),
      newAccount(2),
      withField(3, { Department: '#N/A' }),
      withField(4, { Department: '' }),
    ]);
    expect(kinds(outcomes)).toEqual(['made', 'made', 'invalid-data', 'made']);
    const rows = await org.query<{ CommunityNickname: string; Department: string | null }>(
      "SELECT CommunityNickname, Department FROM User WHERE EmployeeNumber IN ('N1', 'N2', 'N4') ORDER BY EmployeeNumber",
    );
    expect(rows[0]?.CommunityNickname).toBe('one');
    expect(rows[1]?.CommunityNickname).not.toBe('');
    expect(rows[2]?.Department).toBeNull();
  });

  it('is divided by bytes into files that each say every column', () => {
    const rows: Attributes[] = [{ A: 'é'.repeat(10) }, { B: 'x'.repeat(20) }, { A: 'y' }, { A: 'z'.repeat(500) }];
    const files = csvFiles(rows, 50);
    expect(files.map(({ rows: places }) => places)).toEqual([[0, 1], [2], [3]]);
    expect(files.every(({ text }) => text.startsWith('A,B\n'))).toBe(true);
    expect(files.slice(0, 2).map(({ text }) => Buffer.byteLength(text) <= 50)).toEqual([true, true]);
  });
});
