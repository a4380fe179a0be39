import { parse } from 'csv-parse/sync';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { bulkOf } from './bulk-harness.ts';
import { connect, useOrg } from './harness.ts';

describe('query jobs', () => {
  const org = useOrg();
  const bulk = bulkOf(org);
  const create = async (query: string, fields: object = {}): Promise<string> => {
    const { status, body } = await org().call('POST', '/jobs/query', { operation: 'query', query, ...fields });
    expect(status).toBe(200);
    return body.id;
  };
  const complete = async (query: string, fields: object = {}): Promise<string> => {
    const id = await create(query, fields);
    await bulk.until(`/jobs/query/${id}`, 'JobComplete');
    return id;
  };
  const results = async (
    id: string,
    query = '',
  ): Promise<{ rows: string[][]; locator: string | null; count: string | null }> => {
    const response = await bulk.text(`/jobs/query/${id}/results${query}`);
    expect(response.status).toBe(200);
    return {
      rows: parse(await response.text()),
      locator: response.headers.get('sforce-locator'),
      count: response.headers.get('sforce-numberofrecords'),
    };
  };
  const makeContacts = async (count: number): Promise<void> => {
    const rows = Array.from({ length: count }, (_, i) => `Row ${String(i).padStart(4, '0')}`);
    await bulk.run({ object: 'Contact', operation: 'insert' }, ['LastName', ...rows]);
  };

  it('are told as Salesforce tells them, and give their rows as CSV', async () => {
    await org().call('POST', '/sobjects/Contact', { LastName: 'O"Hara, Jr.', Title: 'CTO' });
    await org().admin('POST', '/bulk', { hold: 'UploadComplete' });
    const query = 'select lastname, Title, Owner.UserName, isdeleted, CreatedDate, AccountId from contact';
    const { body } = await org().call('POST', '/jobs/query', { operation: 'query', query });
    expect(body).toEqual({
      id: expect.stringMatching(/^750\w{15}$/),
      operation: 'query',
      object: 'Contact',
      createdById: expect.stringMatching(/^005/),
      createdDate: expect.stringMatching(/\+0000$/),
      systemModstamp: expect.stringMatching(/\+0000$/),
      state: 'UploadComplete',
      concurrencyMode: 'Parallel',
      contentType: 'CSV',
      apiVersion: 67,
      lineEnding: 'LF',
      columnDelimiter: 'COMMA',
      jobType: 'V2Query',
    });
    expect((await org().call('GET', `/jobs/query/${body.id}/results`)).body).toMatchObject([
      { errorCode: 'INVALIDJOBSTATE' },
    ]);
    await org().admin('POST', '/bulk', { hold: null });
    expect(await bulk.until(`/jobs/query/${body.id}`, 'JobComplete')).toMatchObject({
      numberRecordsProcessed: 1,
      retries: 0,
    });
    const text = await (await bulk.text(`/jobs/query/${body.id}/results`)).text();
    const [header, row] = text.split('\n');
    expect(header).toBe('"LastName","Title","Owner.Username","IsDeleted","CreatedDate","AccountId"');
    expect(row).toMatch(/^"O""Hara, Jr\.","CTO","integration@joinery-demo\.example","false","[\d-]+T[\d:.]+Z",""$/);
  });

  it('give their rows in sets, each naming the next until the last', async () => {
    await makeContacts(25);
    const id = await complete('SELECT LastName FROM Contact ORDER BY LastName');
    const names: string[] = [];
    const counts: (string | null)[] = [];
    let locator: string | null = '';
    while (locator !== 'null') {
      const set = await results(id, `?maxRecords=10${locator === '' ? '' : `&locator=${locator}`}`);
      const [header, ...rows] = set.rows;
      expect(header).toEqual(['LastName']);
      names.push(...rows.map(([name = '']) => name));
      counts.push(set.count);
      locator = set.locator;
    }
    expect(counts).toEqual(['10', '10', '5']);
    expect(names).toEqual(Array.from({ length: 25 }, (_, i) => `Row ${String(i).padStart(4, '0')}`));
    expect(await results(id)).toMatchObject({ locator: 'null', count: '25' });
  });

  it('give only a header where there are no rows', async () => {
    const id = await complete("SELECT Id, Name FROM Account WHERE Name = 'Nobody'");
    expect(await results(id)).toEqual({ rows: [['Id', 'Name']], locator: 'null', count: '0' });
  });

  it('refuse a locator or a size that is none', async () => {
    await makeContacts(2);
    const id = await complete('SELECT Id FROM Contact');
    for (const query of ['?locator=nonsense', '?locator=MTAwMDA', '?maxRecords=0', '?maxRecords=many']) {
      expect((await bulk.text(`/jobs/query/${id}/results${query}`)).status).toBe(400);
    }
  });

  it('show the rows of the moment they were worked on, with deleted ones for queryAll', async () => {
    await makeContacts(2);
    await org().call('DELETE', `/sobjects/Contact/${await org().idOf('Contact', 'LastName', 'Row 0000')}`);
    const live = await complete('SELECT LastName FROM Contact');
    const all = await complete('SELECT LastName FROM Contact', { operation: 'queryAll' });
    await org().call('POST', '/sobjects/Contact', { LastName: 'Later' });
    expect((await results(live)).rows).toEqual([['LastName'], ['Row 0001']]);
    expect((await results(all)).rows).toEqual([['LastName'], ['Row 0000'], ['Row 0001']]);
  });

  it('take another delimiter and line ending', async () => {
    await makeContacts(1);
    const id = await complete('SELECT LastName, Title FROM Contact', { columnDelimiter: 'TAB', lineEnding: 'CRLF' });
    expect(await (await bulk.text(`/jobs/query/${id}/results`)).text()).toBe(
      '"LastName"\t"Title"\r\n"Row 0000"\t""\r\n',
    );
  });

  it('are not opened for what Bulk API 2.0 cannot query', async () => {
    const refusal = async (query: unknown): Promise<unknown> =>
      (await org().call('POST', '/jobs/query', { operation: 'query', query })).body[0]?.errorCode;
    expect(await refusal('SELECT Foo FROM Contact')).toBe('INVALID_FIELD');
    expect(await refusal('SELECT Id FROM Nothing')).toBe('INVALID_TYPE');
    expect(await refusal('SELECT Id FROM')).toBe('MALFORMED_QUERY');
    expect(await refusal('SELECT COUNT() FROM Contact')).toBe('MALFORMED_QUERY');
    expect(await refusal('SELECT Id FROM Contact LIMIT 5 OFFSET 5')).toBe('MALFORMED_QUERY');
    expect(await refusal('SELECT LastName FROM Contact GROUP BY LastName')).toBe('MALFORMED_QUERY');
    expect(await refusal('SELECT Id, (SELECT Id FROM Contacts) FROM Account')).toBe('MALFORMED_QUERY');
    expect(await refusal(undefined)).toBe('INVALIDJOB');
    await complete("SELECT Id FROM Contact WHERE LastName = 'a \\' group by count( offset'");
  });

  it('are aborted, deleted and listed like ingest jobs, apart from them', async () => {
    await org().admin('POST', '/bulk', { hold: 'UploadComplete' });
    const id = await create('SELECT Id FROM Contact');
    const patch = (state: string): Promise<{ status: number }> => org().call('PATCH', `/jobs/query/${id}`, { state });
    expect((await patch('UploadComplete')).status).toBe(400);
    expect((await patch('Aborted')).status).toBe(200);
    expect((await patch('Aborted')).status).toBe(400);
    expect((await org().call('GET', '/jobs/query')).body).toMatchObject({
      done: true,
      records: [{ id, state: 'Aborted' }],
    });
    expect((await org().call('GET', '/jobs/ingest')).body).toMatchObject({ records: [] });
    expect((await org().call('GET', `/jobs/ingest/${id}`)).status).toBe(404);
    expect((await org().call('DELETE', `/jobs/query/${id}`)).status).toBe(204);
    expect((await org().call('GET', `/jobs/query/${id}`)).status).toBe(404);
  });

  it('are listed 1,000 at a time', async () => {
    await org().admin('POST', '/bulk', { hold: 'UploadComplete' });
    for (let n = 0; n < 1001; n++) await create('SELECT Id FROM Contact');
    const first = (await org().call('GET', '/jobs/query')).body;
    expect(first).toMatchObject({ done: false, nextRecordsUrl: expect.stringContaining('queryLocator=1000') });
    expect(first.records).toHaveLength(1000);
    const next = (await org().call('GET', first.nextRecordsUrl.replace('/services/data/v67.0', ''))).body;
    expect(next).toMatchObject({ done: true, nextRecordsUrl: null });
    expect(next.records).toHaveLength(1);
  });

  it('are told in the limits of the day', async () => {
    await makeContacts(1);
    await complete('SELECT Id FROM Contact');
    expect((await org().call('GET', '/limits')).body).toMatchObject({
      DailyBulkApiBatches: { Max: 15_000, Remaining: 14_999 },
      DailyBulkV2QueryJobs: { Max: 10_000, Remaining: 9999 },
    });
  });
});

describe('jobs that are left alone', () => {
  const org = useOrg();
  const DAY = 24 * 60 * 60 * 1000;
  afterEach(() => {
    vi.useRealTimers();
  });

  it('end when they were open for a day, and are forgotten a week after they ended', async () => {
    const { id } = (await org().call('POST', '/jobs/ingest', { object: 'Contact', operation: 'insert' })).body;
    const start = Date.now();
    const seenAfter = async (time: number): Promise<unknown> => {
      vi.useFakeTimers({ toFake: ['Date'], now: start + time });
      const { status, body } = await (await connect(org().url)).call('GET', `/jobs/ingest/${id}`);
      return status === 200 ? body['state'] : status;
    };
    expect(await seenAfter(DAY - 60_000)).toBe('Open');
    expect(await seenAfter(DAY + 60_000)).toBe('Failed');
    expect(await seenAfter(8 * DAY)).toBe('Failed');
    expect(await seenAfter(8 * DAY + 120_000)).toBe(404);
  });
});
