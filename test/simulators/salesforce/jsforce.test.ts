import { Connection } from 'jsforce';
import { beforeEach, describe, expect, it } from 'vitest';

import { useOrg } from './harness.ts';

describe('jsforce', () => {
  const org = useOrg();
  let connection: Connection;

  beforeEach(async () => {
    const loginUrl = org().url;
    const oauth2 = { clientId: 'joinery-demo', clientSecret: 'joinery-demo-secret', loginUrl };
    connection = new Connection({ version: '67.0', loginUrl, oauth2 });
    await connection.authorize({ grant_type: 'client_credentials' });
  });

  it('knows who it is', async () => {
    expect(await connection.identity()).toMatchObject({ username: 'integration@joinery-demo.example' });
  });

  it('creates, updates, reads and finds a user', async () => {
    const created = await connection.sobject('User').create(await org().user({ LastName: 'Force' }));
    expect(created).toMatchObject({ success: true, id: expect.stringMatching(/^005/) });
    const id = created.id ?? '';
    expect(await connection.sobject('User').update({ Id: id, Title: 'CTO' })).toMatchObject({ success: true });
    expect(await connection.sobject('User').retrieve(id)).toMatchObject({ Title: 'CTO' });
    const found = await connection.query<{ Id: string }>("SELECT Id FROM User WHERE LastName = 'Force'");
    expect(found.records.map((row) => row.Id)).toEqual([id]);
    expect(connection.limitInfo.apiUsage?.limit).toBe(100_000);
  });

  it('creates many with one result each', async () => {
    const results = await connection.sobject('User').create([await org().user(), await org().user({ Email: 'bad' })]);
    expect(results.map((row) => row.success)).toEqual([true, false]);
  });

  it('reads an error as its code and message', async () => {
    const body = await org().user({ Alias: 'abcdefghi' });
    await expect(connection.sobject('User').create(body)).rejects.toMatchObject({
      errorCode: 'STRING_TOO_LONG',
      message: 'Alias: data value too large: abcdefghi (max length=8)',
    });
  });

  it('upserts by an external id, with a value that needs encoding by the caller', async () => {
    await org().admin('POST', '/fields', {
      object: 'User',
      name: 'Provisioning_Id__c',
      externalId: true,
      unique: true,
    });
    const fields = { ...(await org().user()), Provisioning_Id__c: encodeURIComponent('a/b?c') };
    const first = await connection.sobject('User').upsert(fields, 'Provisioning_Id__c');
    expect(first).toMatchObject({ success: true, created: true });
    const second = await connection.sobject('User').upsert(fields, 'Provisioning_Id__c');
    expect(second).toMatchObject({ id: first.id, created: false });
    expect(await org().idOf('User', 'Provisioning_Id__c', 'a/b?c')).toBe(first.id);
  });

  it('reads what a duplicate rule found, and can insist', async () => {
    await org().admin('POST', '/duplicate-rules', { object: 'Contact', on: true, allowSave: true });
    const contact = { LastName: 'Doe', Email: 'jane@acme.example' };
    const first = await connection.sobject('Contact').create(contact);
    const found = { matchResults: [{ matchRecords: [{ record: { Id: first.id } }] }] };
    await expect(connection.sobject('Contact').create(contact)).rejects.toMatchObject({
      errorCode: 'DUPLICATES_DETECTED',
      data: { duplicateResut: found },
    });
    const [row] = await connection.sobject('Contact').create([contact]);
    expect(row).toMatchObject({
      success: false,
      errors: [{ statusCode: 'DUPLICATES_DETECTED', duplicateResult: found }],
    });
    const headers = { 'Sforce-Duplicate-Rule-Header': 'allowSave=true' };
    expect(await connection.sobject('Contact').create(contact, { headers })).toMatchObject({ success: true });
  });

  it('reads groups of rows', async () => {
    await org().admin('POST', '/records', { object: 'Lead', count: 3, owner: 'Inbound_Leads' });
    const { records } = await connection.query(
      'SELECT Owner.Name queue, COUNT(Id) leads FROM Lead GROUP BY Owner.Name',
    );
    expect(records).toMatchObject([{ queue: 'Inbound Leads', leads: 3 }]);
  });

  it("tells Salesforce's maintenance page from an answer", async () => {
    await org().admin('POST', '/faults', { match: { method: 'POST' }, action: { kind: 'maintenance-page' } });
    await expect(connection.sobject('Account').create({ Name: 'Acme' })).rejects.toMatchObject({
      errorCode: 'ERROR_HTTP_503',
    });
  });

  it('loads rows in bulk, and queries them', async () => {
    const loaded = await connection.bulk2.loadAndWaitForResults({
      object: 'Contact',
      operation: 'insert',
      input: [{ LastName: 'Loaded' }, { LastName: 'x'.repeat(81) }],
      pollInterval: 10,
    });
    expect(loaded.successfulResults).toMatchObject([{ sf__Created: 'true', LastName: 'Loaded' }]);
    expect(loaded.failedResults).toMatchObject([{ sf__Error: expect.stringMatching(/^STRING_TOO_LONG:/) }]);
    expect(loaded.unprocessedRecords).toEqual([]);
    const stream = await connection.bulk2.query('SELECT LastName FROM Contact', { pollInterval: 10 });
    expect(await stream.toArray()).toEqual([{ LastName: 'Loaded' }]);
  });

  it('deletes an assignment', async () => {
    const AssigneeId = await org().createUser();
    const PermissionSetId = await org().idOf('PermissionSet', 'Name', 'HR_Records');
    const { id } = await connection.sobject('PermissionSetAssignment').create({ AssigneeId, PermissionSetId });
    expect(await connection.sobject('PermissionSetAssignment').destroy(id ?? '')).toMatchObject({ success: true });
  });
});
