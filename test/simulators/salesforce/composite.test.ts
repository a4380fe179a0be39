import { describe, expect, it } from 'vitest';

import { type Body, useOrg } from './harness.ts';

const V = '/services/data/v67.0';

describe('composite', () => {
  const org = useOrg();
  const post = async (compositeRequest: object[], allOrNone = true): Promise<Body> => {
    const { body } = await org().call('POST', '/composite', { allOrNone, compositeRequest });
    return body.compositeResponse ?? body;
  };
  const createUser = async (referenceId: string, fields = {}): Promise<object> => ({
    method: 'POST',
    url: `${V}/sobjects/User`,
    referenceId,
    body: await org().user(fields),
  });

  it('lets later requests refer to earlier results, in one API call', async () => {
    const set = await org().idOf('PermissionSet', 'Name', 'Sales_Console');
    const create = await createUser('newUser', { LastName: 'Composed' });
    const before = await org().admin('GET', '/state');
    const responses = await post([
      create,
      {
        method: 'POST',
        url: `${V}/sobjects/PermissionSetAssignment`,
        referenceId: 'assignment',
        body: { AssigneeId: '@{newUser.id}', PermissionSetId: set },
      },
      { method: 'GET', url: `${V}/query?q=SELECT+Id+FROM+User+WHERE+Id='@{newUser.id}'`, referenceId: 'found' },
      {
        method: 'PATCH',
        url: `${V}/sobjects/User/@{found.records[0].Id}`,
        referenceId: 'change',
        body: { Title: 'CFO' },
      },
    ]);
    expect(responses.map((one) => one.httpStatusCode)).toEqual([201, 201, 200, 204]);
    expect(await org().values("SELECT Title FROM User WHERE LastName = 'Composed'", 'Title')).toEqual(['CFO']);
    const after = await org().admin('GET', '/state');
    const used = (state: Body): number => (state.apiRequests as { used: number }).used;
    expect(used(after) - used(before)).toBe(2);
  });

  it('takes everything back when allOrNone and one fails', async () => {
    const responses = await post([
      await createUser('one', { LastName: 'Gone' }),
      await createUser('two', { Email: 'bad' }),
      await createUser('three'),
    ]);
    const halted = {
      httpStatusCode: 400,
      body: [
        {
          errorCode: 'PROCESSING_HALTED',
          message: 'The transaction was rolled back since another operation in the same transaction failed.',
        },
      ],
    };
    expect(responses).toMatchObject([
      halted,
      { httpStatusCode: 400, body: [{ errorCode: 'INVALID_EMAIL_ADDRESS' }] },
      halted,
    ]);
    expect((await org().query("SELECT COUNT() FROM User WHERE LastName = 'Gone'")).totalSize).toBe(0);
  });

  it('keeps what succeeded when not allOrNone, and halts what refers to a failure', async () => {
    const responses = await post(
      [
        await createUser('good', { LastName: 'Stays' }),
        await createUser('bad', { Email: 'bad' }),
        { method: 'GET', url: `${V}/sobjects/User/@{bad.id}`, referenceId: 'dependent' },
      ],
      false,
    );
    expect(responses).toMatchObject([
      { httpStatusCode: 201 },
      { httpStatusCode: 400 },
      { httpStatusCode: 400, body: [{ errorCode: 'PROCESSING_HALTED' }] },
    ]);
    expect((await org().query("SELECT COUNT() FROM User WHERE LastName = 'Stays'")).totalSize).toBe(1);
  });

  it('shows success for the rows of a collection that it rolled back', async () => {
    const responses = await post([
      {
        method: 'POST',
        url: `${V}/composite/sobjects`,
        referenceId: 'rows',
        body: { allOrNone: false, records: [{ attributes: { type: 'Account' }, Name: 'Ghost' }] },
      },
      { method: 'POST', url: `${V}/sobjects/Account`, referenceId: 'bad', body: {} },
    ]);
    expect(responses[0]).toMatchObject({ httpStatusCode: 200, body: [{ success: true }] });
    expect((await org().query('SELECT COUNT() FROM Account')).totalSize).toBe(0);
  });

  it('refuses Setup objects together with business records, and lets a user without a role through', async () => {
    const account = { method: 'POST', url: `${V}/sobjects/Account`, referenceId: 'account', body: { Name: 'A' } };
    const role = await org().idOf('UserRole', 'DeveloperName', 'CEO');
    expect(await post([account, await createUser('plain')])).toMatchObject([
      { httpStatusCode: 201 },
      { httpStatusCode: 201 },
    ]);
    expect(await post([account, await createUser('ranked', { UserRoleId: role })])).toMatchObject([
      { httpStatusCode: 400 },
      { body: [{ errorCode: 'MIXED_DML_OPERATION' }] },
    ]);
  });

  it('takes 25 requests, 5 of them queries or collections, and unique references', async () => {
    const limits = (n: number): object => ({ method: 'GET', url: `${V}/sobjects/User/describe`, referenceId: `r${n}` });
    const query = (n: number): object => ({
      method: 'GET',
      url: `${V}/query?q=SELECT+Id+FROM+User`,
      referenceId: `q${n}`,
    });
    const list = (make: (n: number) => object, length: number): object[] => Array.from({ length }, (_, n) => make(n));
    expect(await post(list(limits, 25))).toHaveLength(25);
    expect((await post(list(limits, 26)))[0]?.errorCode).toBe('LIMIT_EXCEEDED');
    expect(await post(list(query, 5))).toHaveLength(5);
    expect((await post(list(query, 6)))[0]?.errorCode).toBe('LIMIT_EXCEEDED');
    expect((await post([limits(1), limits(1)]))[0]?.errorCode).toBe('JSON_PARSER_ERROR');
  });
});
