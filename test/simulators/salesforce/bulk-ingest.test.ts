import { describe, expect, it } from 'vitest';

import { bulkOf } from './bulk-harness.ts';
import { useOrg } from './harness.ts';

const insertContacts = { object: 'Contact', operation: 'insert' };

describe('ingest jobs', () => {
  const org = useOrg();
  const bulk = bulkOf(org);
  const countContacts = async (): Promise<number> => (await org().query('SELECT COUNT() FROM Contact')).totalSize;
  const failure = async (fields: object, csv: string): Promise<unknown> => {
    const id = await bulk.open(fields);
    await bulk.upload(id, csv);
    await bulk.close(id);
    return (await bulk.until(`/jobs/ingest/${id}`, 'Failed'))['errorMessage'];
  };

  it('insert what was uploaded, and tell which rows went well and which did not', async () => {
    const job = await bulk.run(insertContacts, [
      'LastName,Email',
      'Hopper,grace@acme.example',
      ',none@acme.example',
      'Bad,x',
    ]);
    expect(job).toMatchObject({ numberRecordsProcessed: 3, numberRecordsFailed: 2, retries: 0, state: 'JobComplete' });
    expect(await bulk.results(job.id, 'successfulResults')).toEqual([
      { sf__Id: expect.stringMatching(/^003/), sf__Created: 'true', LastName: 'Hopper', Email: 'grace@acme.example' },
    ]);
    expect(await bulk.results(job.id, 'failedResults')).toEqual([
      {
        sf__Id: '',
        sf__Error: 'REQUIRED_FIELD_MISSING:Required fields are missing: [LastName]:LastName --',
        LastName: '',
        Email: 'none@acme.example',
      },
      {
        sf__Id: '',
        sf__Error: 'INVALID_EMAIL_ADDRESS:Email: invalid email address: x:Email --',
        LastName: 'Bad',
        Email: 'x',
      },
    ]);
    expect(await bulk.results(job.id, 'unprocessedrecords')).toEqual([]);
    expect(await org().values("SELECT LastName FROM Contact WHERE Email = 'grace@acme.example'", 'LastName')).toEqual([
      'Hopper',
    ]);
  });

  it('are told as Salesforce tells them', async () => {
    const { body } = await org().call('POST', '/jobs/ingest', {
      ...insertContacts,
      contentType: 'CSV',
      lineEnding: 'LF',
    });
    const { body: caller } = await org().call(
      'GET',
      '/sobjects/User/' + (await org().idOf('User', 'Alias', 'joinery')),
    );
    expect(body).toEqual({
      id: expect.stringMatching(/^750\w{15}$/),
      operation: 'insert',
      object: 'Contact',
      createdById: caller['Id'],
      createdDate: expect.stringMatching(/\+0000$/),
      systemModstamp: expect.stringMatching(/\+0000$/),
      state: 'Open',
      concurrencyMode: 'Parallel',
      contentType: 'CSV',
      apiVersion: 67,
      contentUrl: `services/data/v67.0/jobs/ingest/${body.id}/batches`,
      lineEnding: 'LF',
      columnDelimiter: 'COMMA',
      jobType: 'V2Ingest',
    });
    const asked = (await org().call('GET', `/jobs/ingest/${body.id}`)).body;
    expect(asked).toMatchObject({
      id: body.id,
      state: 'Open',
      jobType: 'V2Ingest',
      retries: 0,
      numberRecordsProcessed: 0,
      apiActiveProcessingTime: 0,
      totalProcessingTime: 0,
    });
  });

  it('leave a field alone for an empty cell, and empty it for #N/A', async () => {
    const [kept, emptied] = await Promise.all(
      ['Kept', 'Emptied'].map(
        async (LastName) => (await org().call('POST', '/sobjects/Contact', { LastName, Title: 'CTO' })).body.id,
      ),
    );
    await bulk.run({ object: 'Contact', operation: 'update' }, ['Id,Title,Phone', `${kept},,1`, `${emptied},#N/A,2`]);
    expect(await org().values('SELECT Title FROM Contact ORDER BY Phone', 'Title')).toEqual(['CTO', null]);
  });

  it('upsert by an external id, which may not come twice among rows upserted at once', async () => {
    await org().admin('POST', '/fields', { object: 'Contact', name: 'Key__c', externalId: true, unique: true });
    const upsert = { object: 'Contact', operation: 'upsert', externalIdFieldName: 'Key__c' };
    await bulk.run(upsert, ['Key__c,LastName', 'a,One']);
    const job = await bulk.run(upsert, ['Key__c,LastName', 'a,Two', 'b,Three', 'B,Four', ',Five']);
    expect(await bulk.results(job.id, 'successfulResults')).toMatchObject([
      { sf__Created: 'false', Key__c: 'a' },
      { sf__Created: 'true', Key__c: 'b' },
    ]);
    expect((await bulk.results(job.id, 'failedResults')).map((row) => row['sf__Error'])).toEqual([
      'DUPLICATE_VALUE:Duplicate external id specified: B:Key__c --',
      'MISSING_ARGUMENT:Key__c not specified:--',
    ]);
    expect(await org().values('SELECT LastName FROM Contact ORDER BY Key__c', 'LastName')).toEqual(['Two', 'Three']);
  });

  it('upsert by Id, which creates what has none', async () => {
    const { id } = (await org().call('POST', '/sobjects/Contact', { LastName: 'Old' })).body;
    const upsert = { object: 'Contact', operation: 'upsert', externalIdFieldName: 'Id' };
    const job = await bulk.run(upsert, ['Id,LastName', `${id},New`, ',Made']);
    expect((await bulk.results(job.id, 'successfulResults')).map((row) => row['sf__Created'])).toEqual([
      'false',
      'true',
    ]);
    expect(await org().values('SELECT LastName FROM Contact ORDER BY LastName', 'LastName')).toEqual(['Made', 'New']);
  });

  it('want an id in every row to update, and none in a row to insert', async () => {
    const updated = await bulk.run({ object: 'Contact', operation: 'update' }, ['Id,LastName', ',None', '001,Short']);
    expect((await bulk.results(updated.id, 'failedResults')).map((row) => row['sf__Error'])).toEqual([
      'MISSING_ARGUMENT:Id not specified in an update call:--',
      'MALFORMED_ID:Contact ID: id value of incorrect type: 001:Id --',
    ]);
    const inserted = await bulk.run(insertContacts, ['Id,LastName', '003000000000001AAA,Own']);
    expect((await bulk.results(inserted.id, 'failedResults'))[0]?.['sf__Error']).toMatch(
      /^INVALID_FIELD_FOR_INSERT_UPDATE:/,
    );
  });

  it('delete by id, and tell the id of a row that could not be deleted', async () => {
    const { id } = (await org().call('POST', '/sobjects/Contact', { LastName: 'Gone' })).body;
    const job = await bulk.run({ object: 'Contact', operation: 'delete' }, ['Id', id, id]);
    expect(await bulk.results(job.id, 'successfulResults')).toEqual([{ sf__Id: id, sf__Created: 'false', Id: id }]);
    expect(await bulk.results(job.id, 'failedResults')).toEqual([
      { sf__Id: id, sf__Error: 'ENTITY_IS_DELETED:entity is deleted:--', Id: id },
    ]);
  });

  it('follow the same rules as single calls: seats, usernames, and no delete of users', async () => {
    await org().admin('POST', '/licenses', { name: 'Salesforce', total: 3 });
    const user = await org().user({ Username: 'first@acme.example' });
    const row = (username: string): string => Object.values({ ...user, Username: username }).join(',');
    const header = Object.keys(user).join(',');
    const job = await bulk.run({ object: 'User', operation: 'insert' }, [
      header,
      row('first@acme.example'),
      row('FIRST@acme.example'),
      row('second@acme.example'),
    ]);
    expect((await bulk.results(job.id, 'failedResults')).map((one) => one['sf__Error']?.slice(0, 40))).toEqual([
      'DUPLICATE_USERNAME:Duplicate Username.<b',
      'LICENSE_LIMIT_EXCEEDED:License Limit Exc',
    ]);
    const id = await org().idOf('User', 'Username', 'first@acme.example');
    const removed = await bulk.run({ object: 'User', operation: 'delete' }, ['Id', id]);
    expect(await bulk.results(removed.id, 'failedResults')).toMatchObject([
      { sf__Error: 'INVALID_TYPE_FOR_OPERATION:entity type User does not support delete:--' },
    ]);
  });

  it('read booleans and numbers from text, and refuse what is neither', async () => {
    const first = await org().createUser();
    const second = await org().createUser();
    const job = await bulk.run({ object: 'User', operation: 'update' }, [
      'Id,IsActive',
      `${first},FALSE`,
      `${second},no`,
    ]);
    expect(await bulk.results(job.id, 'failedResults')).toMatchObject([
      {
        sf__Id: second,
        sf__Error: 'INVALID_TYPE_ON_FIELD_IN_RECORD:Active: value not of required type: no:IsActive --',
      },
    ]);
    expect(await org().values(`SELECT IsActive FROM User WHERE Id = '${first}'`, 'IsActive')).toEqual([false]);
  });

  it('take another delimiter and line ending, and write the results with them', async () => {
    const id = await bulk.open({ ...insertContacts, columnDelimiter: 'SEMICOLON', lineEnding: 'CRLF' });
    await bulk.upload(id, 'LastName;Title\r\n"Semi;colon";"a ""b"""\r\n');
    await bulk.close(id);
    await bulk.until(`/jobs/ingest/${id}`, 'JobComplete');
    const text = await (await bulk.text(`/jobs/ingest/${id}/successfulResults`)).text();
    expect(text).toMatch(
      /^"sf__Id";"sf__Created";"LastName";"Title"\r\n"003\w{15}";"true";"Semi;colon";"a ""b"""\r\n$/,
    );
    expect(await org().values('SELECT Title FROM Contact', 'Title')).toEqual(['a "b"']);
  });

  it('fail as a whole when the file is not what the job was opened for', async () => {
    expect(await failure(insertContacts, 'LastName\r\nHopper\r\n')).toBe(
      'ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF',
    );
    expect(await failure({ ...insertContacts, lineEnding: 'CRLF' }, 'LastName\nHopper\n')).toBe(
      'ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is CRLF',
    );
    expect(await failure(insertContacts, 'LastName,Nothing\nHopper,1\n')).toBe(
      'InvalidBatch : Field name not found : Nothing',
    );
    expect(await failure(insertContacts, 'lastname\nHopper\n')).toBe('InvalidBatch : Field name not found : lastname');
    expect(await failure(insertContacts, 'LastName,LastName\nHopper,1\n')).toBe(
      'InvalidBatch : Duplicate field name : LastName',
    );
    expect(await failure(insertContacts, 'LastName\n')).toBe('InvalidBatch : Records not found');
    expect(await failure(insertContacts, 'LastName,Title\nHopper\n')).toContain('InvalidBatch : Failed to parse CSV');
    expect(await failure({ object: 'Contact', operation: 'delete' }, 'Id,Title\n003,1\n')).toContain(
      'must contain only ids',
    );
    expect(await countContacts()).toBe(0);
  });

  it('of a failed file give every row back as not processed', async () => {
    const id = await bulk.open(insertContacts);
    await bulk.upload(id, 'LastName,Nothing\nHopper,1\n');
    await bulk.close(id);
    await bulk.until(`/jobs/ingest/${id}`, 'Failed');
    expect(await bulk.results(id, 'unprocessedRecords')).toEqual([{ LastName: 'Hopper', Nothing: '1' }]);
    expect(await bulk.results(id, 'successfulResults')).toEqual([]);
  });

  it('can be aborted half way: what is done stays done, and the rest is given back', async () => {
    await org().admin('POST', '/bulk', { hold: 'InProgress', afterRows: 2 });
    const id = await bulk.open(insertContacts);
    await bulk.upload(id, 'LastName\nOne\nTwo\nThree\n');
    expect((await bulk.close(id)).body).toMatchObject({ state: 'UploadComplete' });
    await bulk.until(`/jobs/ingest/${id}`, 'InProgress');
    expect((await org().call('DELETE', `/jobs/ingest/${id}`)).body).toMatchObject([{ errorCode: 'INVALIDJOBSTATE' }]);
    expect((await org().call('PATCH', `/jobs/ingest/${id}`, { state: 'Aborted' })).body).toMatchObject({
      state: 'Aborted',
    });
    await org().admin('POST', '/bulk', { hold: null });
    expect(await bulk.results(id, 'successfulResults')).toMatchObject([{ LastName: 'One' }, { LastName: 'Two' }]);
    expect(await bulk.results(id, 'unprocessedrecords')).toEqual([{ LastName: 'Three' }]);
    expect(await countContacts()).toBe(2);
  });

  it('wait in line while they are held, and are not worked on before they are closed', async () => {
    await org().admin('POST', '/bulk', { hold: 'UploadComplete' });
    const id = await bulk.open(insertContacts);
    await bulk.upload(id, 'LastName\nOne\n');
    await bulk.close(id);
    expect(await bulk.until(`/jobs/ingest/${id}`, 'UploadComplete')).toMatchObject({ numberRecordsProcessed: 0 });
    expect(await (await bulk.text(`/jobs/ingest/${id}/failedResults`)).json()).toMatchObject([
      { errorCode: 'INVALIDJOBSTATE' },
    ]);
    await org().admin('POST', '/bulk', { hold: null });
    await bulk.until(`/jobs/ingest/${id}`, 'JobComplete');
    expect(await countContacts()).toBe(1);
  });

  it('refuse what their state does not allow', async () => {
    const id = await bulk.open(insertContacts);
    const patch = async (state: unknown): Promise<unknown> =>
      (await org().call('PATCH', `/jobs/ingest/${id}`, { state })).body[0]?.errorCode;
    expect(await patch('UploadComplete')).toBe('INVALIDJOBSTATE');
    expect(await patch('JobComplete')).toBe('INVALIDJOB');
    expect((await org().call('DELETE', `/jobs/ingest/${id}`)).body).toMatchObject([{ errorCode: 'INVALIDJOBSTATE' }]);
    expect((await bulk.upload(id, 'LastName\nOne\n')).status).toBe(201);
    expect((await bulk.upload(id, 'LastName\nTwo\n')).body).toMatchObject([{ errorCode: 'CLIENTINPUTERROR' }]);
    await bulk.close(id);
    expect((await bulk.upload(id, 'LastName\nTwo\n')).body).toMatchObject([{ errorCode: 'INVALIDJOBSTATE' }]);
    await bulk.until(`/jobs/ingest/${id}`, 'JobComplete');
    const aborted = await org().call('PATCH', `/jobs/ingest/${id}`, { state: 'Aborted' });
    expect(aborted.status).toBe(400);
    expect(aborted.body).toEqual([
      { errorCode: 'INVALIDJOBSTATE', message: 'InvalidJobState : Aborting already Completed Job not allowed' },
    ]);
    expect((await org().call('DELETE', `/jobs/ingest/${id}`)).status).toBe(204);
    expect((await org().call('GET', `/jobs/ingest/${id}`)).status).toBe(404);
    expect(await countContacts()).toBe(1);
  });

  it('are not opened for what cannot be done', async () => {
    const refusal = async (fields: object): Promise<unknown> =>
      (await org().call('POST', '/jobs/ingest', fields)).body[0];
    expect(await refusal({ object: 'Nothing', operation: 'insert' })).toEqual({
      errorCode: 'INVALIDJOB',
      message: 'InvalidJob : Unable to find object: Nothing',
    });
    expect(await refusal({ object: 'Contact', operation: 'upsert' })).toMatchObject({
      message: 'InvalidJob : External ID was blank for Contact. An External ID must be specified for upsert.',
    });
    expect(await refusal({ object: 'Contact', operation: 'upsert', externalIdFieldName: 'Email' })).toMatchObject({
      errorCode: 'INVALIDJOB',
    });
    expect(await refusal({ object: 'Contact', operation: 'merge' })).toMatchObject({ errorCode: 'INVALIDJOB' });
    expect(await refusal({ object: 'Contact' })).toMatchObject({ errorCode: 'INVALIDJOB' });
    expect(await refusal({ ...insertContacts, contentType: 'JSON' })).toMatchObject({ errorCode: 'INVALIDJOB' });
    expect(await refusal({ ...insertContacts, columnDelimiter: ',' })).toMatchObject({ errorCode: 'INVALIDJOB' });
    expect(await refusal({ ...insertContacts, operation: 'hardDelete' })).toMatchObject({
      errorCode: 'FEATURENOTENABLED',
    });
  });

  it('take CSV only, and 100 MB of it at most', async () => {
    const id = await bulk.open(insertContacts);
    expect((await bulk.upload(id, 'LastName\nOne\n', 'application/json')).status).toBe(415);
    const large = await bulk.upload(id, `LastName\n${'x'.repeat(100_000_000)}`);
    expect(large.status).toBe(400);
    expect(large.body).toMatchObject([{ errorCode: 'EXCEEDED_MAX_SIZE_REQUEST' }]);
    expect((await bulk.upload(id, `LastName\n${'x'.repeat(60_000_000)}`)).status).toBe(201);
  });

  it('belong to one version of the API and to whoever opened them', async () => {
    const id = await bulk.open(insertContacts);
    const other = await fetch(`${org().url}/services/data/v66.0/jobs/ingest/${id}`, {
      headers: { authorization: `Bearer ${org().token}` },
    });
    expect(other.status).toBe(409);
    await org().admin('POST', '/connected-apps', {
      clientId: 'second',
      clientSecret: 's',
      runAs: 'admin@joinery-demo.example',
    });
    const login = await fetch(`${org().url}/services/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'second', client_secret: 's' }),
    });
    const { access_token: token } = (await login.json()) as { access_token: string };
    const foreign = await org().call('GET', `/jobs/ingest/${id}`, undefined, { authorization: `Bearer ${token}` });
    expect(foreign.body).toMatchObject([{ errorCode: 'INSUFFICIENT_ACCESS' }]);
  });

  it('are listed with their type', async () => {
    const id = await bulk.open(insertContacts);
    expect((await org().call('GET', '/jobs/ingest')).body).toMatchObject({
      done: true,
      nextRecordsUrl: null,
      records: [{ id, state: 'Open', jobType: 'V2Ingest' }],
    });
    expect((await org().call('GET', '/jobs/ingest?jobType=Classic')).body).toMatchObject({ records: [] });
  });

  it('of many rows are worked on 200 at a time, in order', async () => {
    const rows = Array.from({ length: 2500 }, (_, i) => `Bulk ${i}`);
    const job = await bulk.run(insertContacts, ['LastName', ...rows]);
    expect((await bulk.results(job.id, 'successfulResults')).map((row) => row['LastName'])).toEqual(rows);
    expect(await countContacts()).toBe(2500);
  });

  it('are reached by faults: on the calls, by the object, and on single rows', async () => {
    const order = async (fault: object): Promise<unknown> => org().admin('POST', '/faults', fault);
    const id = await bulk.open(insertContacts);
    await order({
      match: { method: 'PUT', sobject: 'Contact' },
      action: { kind: 'status', status: 503, body: 'down' },
    });
    const response = await fetch(`${org().url}/services/data/v67.0/jobs/ingest/${id}/batches`, {
      method: 'PUT',
      body: 'x',
    });
    expect(response.status).toBe(503);
    const lock = {
      kind: 'row-error',
      row: 1,
      statusCode: 'UNABLE_TO_LOCK_ROW',
      message: 'unable to obtain exclusive access',
    };
    await order({ match: { path: '/batches', body: 'Two' }, action: lock });
    await bulk.upload(id, 'LastName\nOne\nTwo\nThree\n');
    await bulk.close(id);
    await bulk.until(`/jobs/ingest/${id}`, 'JobComplete');
    expect(await bulk.results(id, 'failedResults')).toEqual([
      { sf__Id: '', sf__Error: 'UNABLE_TO_LOCK_ROW:unable to obtain exclusive access:--', LastName: 'Two' },
    ]);
    expect(await countContacts()).toBe(2);
  });
});
