import { describe, expect, it } from 'vitest';

import { type Body, useOrg } from './harness.ts';

describe('collections', () => {
  const org = useOrg();
  const userRecord = async (fields = {}): Promise<object> => ({
    attributes: { type: 'User' },
    ...(await org().user(fields)),
  });
  const post = async (records: object[], allOrNone = false): Promise<Body> =>
    (await org().call('POST', '/composite/sobjects', { allOrNone, records })).body;
  const countUsers = async (): Promise<number> => (await org().query('SELECT COUNT() FROM User')).totalSize;

  it('answer each row on its own, in order, with statusCode and not errorCode', async () => {
    const before = await countUsers();
    const results = await post([await userRecord(), await userRecord({ Email: 'bad' }), await userRecord()]);
    expect(results).toEqual([
      { id: expect.stringMatching(/^005/), success: true, errors: [] },
      {
        success: false,
        errors: [
          { statusCode: 'INVALID_EMAIL_ADDRESS', message: 'Email: invalid email address: bad', fields: ['Email'] },
        ],
      },
      { id: expect.stringMatching(/^005/), success: true, errors: [] },
    ]);
    expect(await countUsers()).toBe(before + 2);
  });

  it('with allOrNone keep nothing when one row fails', async () => {
    const before = await countUsers();
    const results = await post([await userRecord(), await userRecord({ Email: 'bad' })], true);
    expect(results).toMatchObject([
      {
        success: false,
        errors: [
          {
            statusCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK',
            message: 'Record rolled back because not all records were valid and the request was using AllOrNone header',
            fields: [],
          },
        ],
      },
      { success: false, errors: [{ statusCode: 'INVALID_EMAIL_ADDRESS' }] },
    ]);
    expect(results[0]).not.toHaveProperty('id');
    expect(await countUsers()).toBe(before);
    const licences = await org().values(
      "SELECT UsedLicenses FROM UserLicense WHERE Name = 'Salesforce'",
      'UsedLicenses',
    );
    expect(licences).toEqual([before]);
  });

  it('find a duplicate within the same request', async () => {
    const results = await post([
      await userRecord({ Username: 'a@b.example' }),
      await userRecord({ Username: 'A@b.example' }),
    ]);
    expect(results[1]).toMatchObject({ success: false, errors: [{ statusCode: 'DUPLICATE_USERNAME' }] });
  });

  it('update by id, and keep the id of a row that fails', async () => {
    const [first, second] = [await org().createUser(), await org().createUser()];
    const records = [
      { attributes: { type: 'User' }, id: first, Department: 'Sales' },
      { attributes: { type: 'User' }, id: second, Alias: 'far too long' },
    ];
    const { body } = await org().call('PATCH', '/composite/sobjects', { allOrNone: false, records });
    expect(body).toMatchObject([
      { id: first, success: true },
      { id: second, success: false, errors: [{ statusCode: 'STRING_TOO_LONG' }] },
    ]);
  });

  it('upsert by an external id, saying what was created', async () => {
    await org().admin('POST', '/fields', {
      object: 'User',
      name: 'Provisioning_Id__c',
      externalId: true,
      unique: true,
    });
    const records = [await userRecord({ Provisioning_Id__c: 'P1' })];
    const path = '/composite/sobjects/User/Provisioning_Id__c';
    const first = await org().call('PATCH', path, { records });
    const second = await org().call('PATCH', path, {
      records: [{ attributes: { type: 'User' }, Provisioning_Id__c: 'p1', Department: 'Sales' }],
    });
    expect(first.body).toMatchObject([{ success: true, created: true }]);
    expect(second.body).toMatchObject([{ id: first.body[0]?.id, success: true, created: false }]);
  });

  it('delete by ids', async () => {
    const one = await org().call('POST', '/sobjects/Account', { Name: 'One' });
    const { body } = await org().call(
      'DELETE',
      `/composite/sobjects?ids=${one.body.id},0017g00000AbCdEAAV&allOrNone=false`,
    );
    expect(body).toMatchObject([
      { id: one.body.id, success: true },
      { success: false, errors: [{ statusCode: 'INVALID_CROSS_REFERENCE_KEY' }] },
    ]);
  });

  it('read many rows, null for one that is not there', async () => {
    const id = await org().createUser({ LastName: 'Read' });
    const { body } = await org().call('POST', '/composite/sobjects/User', {
      ids: [id, '0057g00000AbCdEAAV'],
      fields: ['LastName'],
    });
    expect(body).toMatchObject([{ Id: id, LastName: 'Read' }, null]);
  });

  it('are refused with more than 200 rows, more than 10 chunks of types, or Setup objects among others', async () => {
    const account = { attributes: { type: 'Account' }, Name: 'A' };
    const contact = { attributes: { type: 'Contact' }, LastName: 'C' };
    expect((await post(Array.from({ length: 201 }, () => account)))[0]?.errorCode).toBe('EXCEEDED_ID_LIMIT');
    const alternating = Array.from({ length: 11 }, (_, i) => (i % 2 === 0 ? account : contact));
    expect((await post(alternating))[0]?.errorCode).toBe('EXCEEDED_MAX_TYPES_LIMIT');
    expect((await post(alternating.slice(1))).every((row) => row.success)).toBe(true);
    expect((await post([account, { attributes: { type: 'Group' }, Name: 'G' }]))[0]).toMatchObject({
      errorCode: 'MIXED_DML_OPERATION',
      message:
        'DML operation on setup object is not permitted after you have updated a non-setup object (or vice versa): Group, original object: Account',
    });
  });

  it('of 200 rows take a few milliseconds among many users', async () => {
    await org().admin('POST', '/licenses', { name: 'Salesforce', total: 100_000 });
    const template = await org().user();
    const page = (n: number): object[] =>
      Array.from({ length: 200 }, (_, i) => ({
        attributes: { type: 'User' },
        ...template,
        Username: `p${n}-${i}@acme.example`,
        EmployeeNumber: `E${n}-${i}`,
      }));
    for (let n = 0; n < 50; n++) await post(page(n));
    const started = performance.now();
    await post(page(50));
    // A generous bound for a busy machine: without indexes the same takes seconds.
    expect(performance.now() - started).toBeLessThan(200);
  });
});
