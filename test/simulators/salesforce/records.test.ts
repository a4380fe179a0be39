import { describe, expect, it } from 'vitest';

import { requestToken, send, useOrg } from './harness.ts';

describe('the owner of a record', () => {
  const org = useOrg();
  const user = async (profile: string, fields = {}): Promise<string> =>
    org().createUser({ ProfileId: await org().idOf('Profile', 'Name', profile), ...fields });
  const queue = (name: string): Promise<string> => org().idOf('Group', 'DeveloperName', name);
  const create = async (object: string, fields: object): Promise<string> => {
    const reply = await org().call('POST', `/sobjects/${object}`, fields);
    return reply.status === 201 ? reply.body.id : String(reply.body[0]?.errorCode);
  };
  const LEAD = { LastName: 'Doe', Company: 'Acme' };

  it.each([
    ['Account', { Name: 'Acme' }, 'Sales User', 'Minimum Access - Salesforce'],
    ['Contact', { LastName: 'Doe' }, 'Support User', 'Identity User'],
    ['Lead', LEAD, 'Sales User', 'Support User'],
    ['Opportunity', { Name: 'Big', StageName: 'Prospecting', CloseDate: '2030-01-31' }, 'Sales User', 'Support User'],
    ['Case', { Subject: 'Broken' }, 'Support User', 'Sales User'],
    ['Task', { Subject: 'Call' }, 'Operations User', 'Identity User'],
  ])('of %s is an active user who may read it', async (object, fields, reader, other) => {
    expect(await create(object, { ...fields, OwnerId: await user(other) })).toBe('TRANSFER_REQUIRES_READ');
    const first = await user(reader);
    const id = await create(object, { ...fields, OwnerId: first });
    const give = async (OwnerId: string): Promise<unknown> =>
      (await org().call('PATCH', `/sobjects/${object}/${id}`, { OwnerId })).body[0]?.errorCode ?? 'given';
    expect(await give(await user(other))).toBe('TRANSFER_REQUIRES_READ');
    expect(await give(await user(reader, { IsActive: false }))).toBe('INACTIVE_OWNER_OR_USER');
    expect(await give(await user(reader))).toBe('given');
  });

  it('may be a permission set away from reading', async () => {
    const OwnerId = await user('Support User');
    const PermissionSetId = await org().idOf('PermissionSet', 'Name', 'Sales_Console');
    const reads = { ParentId: PermissionSetId, SobjectType: 'Lead', PermissionsRead: true };
    await org().call('POST', '/sobjects/ObjectPermissions', reads);
    expect(await create('Lead', { ...LEAD, OwnerId })).toBe('TRANSFER_REQUIRES_READ');
    await org().call('POST', '/sobjects/PermissionSetAssignment', { AssigneeId: OwnerId, PermissionSetId });
    expect(await create('Lead', { ...LEAD, OwnerId })).toMatch(/^00Q/);
  });

  it('may be a queue where the queue is for such records, and never of accounts, contacts and opportunities', async () => {
    const leads = await queue('Inbound_Leads');
    const id = await create('Lead', { ...LEAD, OwnerId: leads });
    expect(id).toMatch(/^00Q/);
    expect(await create('Lead', { ...LEAD, OwnerId: await queue('Support_Queue') })).toBe('INVALID_OPERATION');
    expect(await create('Lead', { ...LEAD, OwnerId: await queue('All_Staff') })).toBe('INVALID_OPERATION');
    expect(await create('Task', { OwnerId: await queue('Back_Office_Tasks') })).toMatch(/^00T/);
    expect(await create('Account', { Name: 'Acme', OwnerId: leads })).toBe('MALFORMED_ID');
    const refused = await org().call('DELETE', `/sobjects/Group/${leads}`);
    expect(refused.body[0]).toMatchObject({ errorCode: 'DELETE_FAILED' });
    const [owner] = await org().values(`SELECT Owner.Name, Owner.Type FROM Lead WHERE Id = '${id}'`, 'Owner');
    expect(owner).toMatchObject({ Name: 'Inbound Leads', Type: 'Group' });
    expect(await org().values("SELECT Id FROM Lead WHERE Owner.Type = 'Group'", 'Id')).toEqual([id]);
  });

  it('stays the owner when deactivated', async () => {
    const OwnerId = await user('Sales User');
    const id = await create('Account', { Name: 'Acme', OwnerId });
    await org().call('PATCH', `/sobjects/User/${OwnerId}`, { IsActive: false });
    expect(await org().values(`SELECT OwnerId FROM Account WHERE Id = '${id}'`, 'OwnerId')).toEqual([OwnerId]);
    expect((await org().call('PATCH', `/sobjects/Account/${id}`, { Phone: '1' })).status).toBe(204);
  });

  it('is the one who may change it, next to those who may change everything', async () => {
    const Username = 'seller@acme.example';
    const seller = await user('Standard User', { Username });
    await org().admin('POST', '/connected-apps', { clientId: 'seller', clientSecret: 's', runAs: Username });
    const login = { grant_type: 'client_credentials', client_id: 'seller', client_secret: 's' };
    const token = String((await requestToken(org().url, login)).body.access_token);
    const change = async (id: string): Promise<unknown> => {
      const headers = { authorization: `Bearer ${token}` };
      const reply = await org().call('PATCH', `/sobjects/Account/${id}`, { Phone: '1' }, headers);
      return reply.body[0]?.errorCode ?? 'changed';
    };
    const [own, other] = [
      await create('Account', { Name: 'Own', OwnerId: seller }),
      await create('Account', { Name: 'Other' }),
    ];
    expect([await change(own), await change(other)]).toEqual(['changed', 'INSUFFICIENT_ACCESS_OR_READONLY']);
  });
});

describe('leads, contacts and cases', () => {
  const org = useOrg();
  const errors = async (object: string, fields: object): Promise<unknown> =>
    (await org().call('POST', `/sobjects/${object}`, fields)).body[0]?.errorCode;

  it('have the required fields and the lengths of Salesforce', async () => {
    const lead = await org().call('POST', '/sobjects/Lead', {});
    expect(lead.body[0]).toMatchObject({ errorCode: 'REQUIRED_FIELD_MISSING', fields: ['LastName', 'Company'] });
    expect(await errors('Contact', { FirstName: 'Jane' })).toBe('REQUIRED_FIELD_MISSING');
    const email = `${'x'.repeat(70)}@acme.example`;
    expect(await errors('Lead', { LastName: 'Doe', Company: 'Acme', Email: email })).toBe('STRING_TOO_LONG');
    expect(await errors('Contact', { LastName: 'Doe', Birthdate: '1990-02-30' })).toBe('JSON_PARSER_ERROR');
    expect(await errors('Lead', { LastName: 'Doe', Company: 'Acme', IsConverted: true })).toBe(
      'INVALID_FIELD_FOR_INSERT_UPDATE',
    );
  });

  it('show an address as one value too', async () => {
    const { body } = await org().call('POST', '/sobjects/Contact', { LastName: 'Doe', MailingCity: 'Basel' });
    const [address] = await org().values(
      `SELECT MailingAddress FROM Contact WHERE Id = '${body.id}'`,
      'MailingAddress',
    );
    expect(address).toMatchObject({ city: 'Basel', street: null });
    const row = await org().call('GET', `/sobjects/Contact/${body.id}`);
    expect(row.body).toMatchObject({ MailingCity: 'Basel', OtherAddress: null, HasOptedOutOfEmail: false });
  });

  it('count cases, and know when one was closed', async () => {
    const { body } = await org().call('POST', '/sobjects/Case', { Subject: 'Broken' });
    await org().call('PATCH', `/sobjects/Case/${body.id}`, { Status: 'Closed' });
    const row = await org().call('GET', `/sobjects/Case/${body.id}`);
    expect(row.body).toMatchObject({
      CaseNumber: '00001001',
      IsClosed: true,
      ClosedDate: expect.stringContaining('T'),
    });
  });

  it('cannot be changed any more once the lead was converted', async () => {
    const { body } = await org().call('POST', '/sobjects/Lead', {
      LastName: 'Doe',
      Company: 'Acme',
      Email: 'd@acme.example',
    });
    const path = `/sobjects/Lead/${body.id}`;
    const byHand = await org().call('PATCH', path, { Status: 'Closed - Converted' });
    expect(byHand.body[0]).toMatchObject({ errorCode: 'INVALID_STATUS' });
    const { accountId, contactId } = await org().admin('POST', '/converted-leads', { id: body.id });
    expect((await org().call('GET', path)).body).toMatchObject({
      IsConverted: true,
      ConvertedAccountId: accountId,
      ConvertedContactId: contactId,
    });
    const contact = await org().call('GET', `/sobjects/Contact/${String(contactId)}`);
    expect(contact.body).toMatchObject({ LastName: 'Doe', AccountId: accountId, Email: 'd@acme.example' });
    const refused = await org().call('PATCH', path, { Title: 'Boss' });
    expect([refused.status, refused.body[0]?.errorCode]).toEqual([400, 'CANNOT_UPDATE_CONVERTED_LEAD']);
  });

  it('go with their account, unless cases hold it', async () => {
    const account = (await org().call('POST', '/sobjects/Account', { Name: 'Acme' })).body.id;
    const contact = (await org().call('POST', '/sobjects/Contact', { LastName: 'Doe', AccountId: account })).body.id;
    const open = (await org().call('POST', '/sobjects/Case', { AccountId: account })).body.id;
    const held = await org().call('DELETE', `/sobjects/Account/${account}`);
    expect(held.body[0]).toMatchObject({ errorCode: 'DELETE_FAILED' });
    await org().call('DELETE', `/sobjects/Case/${open}`);
    expect((await org().call('DELETE', `/sobjects/Account/${account}`)).status).toBe(204);
    const gone = await org().call('PATCH', `/sobjects/Contact/${contact}`, { Title: 'x' });
    expect([gone.status, gone.body[0]?.errorCode]).toEqual([404, 'ENTITY_IS_DELETED']);
    const bin = await org().call(
      'GET',
      `/queryAll?q=${encodeURIComponent('SELECT Id FROM Contact WHERE IsDeleted = true')}`,
    );
    expect(bin.body.records).toMatchObject([{ Id: contact }]);
  });

  it('are locked by somebody else when a test says so', async () => {
    const ids = (await org().admin('POST', '/records', { object: 'Contact', count: 3 })).ids as string[];
    const message = 'unable to obtain exclusive access to this record';
    const error = { statusCode: 'UNABLE_TO_LOCK_ROW', message, fields: [] };
    await org().admin('POST', '/faults', { action: { kind: 'row-error', id: ids[1], ...error } });
    const records = ids.map((id) => ({ attributes: { type: 'Contact' }, id, Title: 'x' }));
    const { body } = await org().call('PATCH', '/composite/sobjects', { records });
    expect(body).toMatchObject([{ success: true }, { id: ids[1], success: false, errors: [error] }, { success: true }]);
    expect((await org().call('PATCH', '/composite/sobjects', { records })).body[1]).toMatchObject({ success: true });
  });
});

describe('records in numbers', () => {
  const org = useOrg();

  it('are made in one call, for a user or a queue, with fields of their own', async () => {
    const Username = 'owner@acme.example';
    const OwnerId = await org().createUser({ Username });
    const fields = { Name: 'Shop {n}', Industry: 'Retail' };
    const made = await org().admin('POST', '/records', { object: 'Account', count: 5000, owner: Username, fields });
    expect(made).toMatchObject({ count: 5000, ids: expect.arrayContaining([expect.stringMatching(/^001\w{15}$/)]) });
    expect(new Set(made.ids as string[]).size).toBe(5000);
    expect(await org().query(`SELECT COUNT() FROM Account WHERE OwnerId = '${OwnerId}'`)).toMatchObject({
      totalSize: 5000,
    });
    expect(await org().values("SELECT Industry FROM Account WHERE Name = 'Shop 4999'", 'Industry')).toEqual(['Retail']);
    await org().admin('POST', '/records', { object: 'Lead', count: 2, owner: 'Inbound_Leads' });
    expect(await org().query("SELECT COUNT() FROM Lead WHERE Owner.Type = 'Group'")).toMatchObject({ totalSize: 2 });
    await org().admin('POST', '/records', { object: 'User', count: 20 });
    expect(await org().admin('GET', '/state')).toMatchObject({ users: { total: 23 } });
  });

  it('follow the rules of any record', async () => {
    await org().createUser({ Username: 'gone@acme.example', IsActive: false });
    const order = { object: 'Account', count: 2, owner: 'gone@acme.example' };
    const reply = await send(`${org().url}/simulator/records`, 'POST', order);
    expect([reply.status, reply.body]).toEqual([400, { error: expect.stringContaining('INACTIVE_OWNER_OR_USER') }]);
    expect(await org().query('SELECT COUNT() FROM Account')).toMatchObject({ totalSize: 0 });
  });
});
