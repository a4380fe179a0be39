import { describe, expect, it } from 'vitest';

import { type Reply, useOrg } from './harness.ts';

describe('a tree', () => {
  const org = useOrg();
  const post = (records: unknown, object = 'Account'): Promise<Reply> =>
    org().call('POST', `/composite/tree/${object}`, { records });
  const account = (referenceId: string, more: object = {}): object => ({
    attributes: { type: 'Account', referenceId },
    Name: referenceId,
    ...more,
  });
  const contact = (referenceId: string, more: object = {}): object => ({
    attributes: { type: 'Contact', referenceId },
    LastName: referenceId,
    ...more,
  });
  const count = async (object: string): Promise<number> =>
    (await org().query(`SELECT COUNT() FROM ${object}`)).totalSize;

  it('creates rows and what hangs below them, and names all of them, a level after the other', async () => {
    const child = account('child', { Contacts: { records: [contact('below')] } });
    const reply = await post([
      account('first', { ChildAccounts: { records: [child] }, Contacts: { records: [contact('person')] } }),
      account('second'),
    ]);
    expect(reply.status).toBe(201);
    const of = (referenceId: string, prefix: string): object => ({
      referenceId,
      id: expect.stringMatching(new RegExp(`^${prefix}`)),
    });
    expect(reply.body).toEqual({
      hasErrors: false,
      results: [of('first', '001'), of('second', '001'), of('child', '001'), of('person', '003'), of('below', '003')],
    });
    const found = await org().query(
      'SELECT LastName, Account.Name, Account.Parent.Name FROM Contact ORDER BY LastName',
    );
    expect(found.records).toMatchObject([
      { LastName: 'below', Account: { Name: 'child', Parent: { Name: 'first' } } },
      { LastName: 'person', Account: { Name: 'first', Parent: null } },
    ]);
  });

  it('keeps nothing when one row fails, and names only that one', async () => {
    const reply = await post([
      account('good'),
      account('bad', { Contacts: { records: [contact('worse', { Email: 'x' })] } }),
    ]);
    expect(reply.status).toBe(400);
    expect(reply.body).toEqual({
      hasErrors: true,
      results: [
        {
          referenceId: 'worse',
          errors: [
            { statusCode: 'INVALID_EMAIL_ADDRESS', message: 'Email: invalid email address: x', fields: ['Email'] },
          ],
        },
      ],
    });
    expect(await count('Account')).toBe(0);
  });

  it('has limits: 200 rows and five levels', async () => {
    const flat = (length: number): object[] => Array.from({ length }, (_, n) => account(`a${n}`));
    expect((await post(flat(201))).body).toMatchObject([{ errorCode: 'LIMIT_EXCEEDED' }]);
    expect((await post(flat(200))).status).toBe(201);
    const deep = (levels: number): object =>
      account(`l${levels}`, levels === 1 ? {} : { ChildAccounts: { records: [deep(levels - 1)] } });
    expect((await post([deep(6)])).body).toMatchObject([{ errorCode: 'LIMIT_EXCEEDED' }]);
    expect((await post([deep(5)])).status).toBe(201);
  });

  it('refuses rows without a reference of their own, of another type, or below what they do not belong to', async () => {
    const invalid = [{ errorCode: 'INVALID_INPUT' }];
    expect((await post([{ attributes: { type: 'Account' }, Name: 'A' }])).body).toMatchObject(invalid);
    expect((await post([account('same'), account('same')])).body).toMatchObject(invalid);
    expect((await post([contact('other')])).body).toMatchObject(invalid);
    expect((await post([])).body).toMatchObject(invalid);
    expect((await post([account('a', { Contacts: { records: [account('b')] } })])).body).toMatchObject(invalid);
    const unknown = await post([account('a', { Leads: { records: [contact('b')] } })]);
    expect(unknown.body).toMatchObject([{ errorCode: 'INVALID_FIELD' }]);
    expect((await post([account('a')], 'Nothing')).status).toBe(404);
    expect((await org().call('GET', '/composite/tree/Account')).status).toBe(405);
    expect(await count('Account')).toBe(0);
  });
});
