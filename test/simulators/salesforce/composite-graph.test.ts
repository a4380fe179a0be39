import { describe, expect, it } from 'vitest';

import { type Body, useOrg } from './harness.ts';

const V = '/services/data/v67.0';

interface Graph {
  graphId: string;
  isSuccessful: boolean;
  graphResponse: { compositeResponse: { httpStatusCode: number; body: unknown; referenceId: string }[] };
}

describe('a graph', () => {
  const org = useOrg();
  const send = async (graphs: unknown): Promise<Body> =>
    (await org().call('POST', '/composite/graph', { graphs })).body;
  const post = async (graphs: object[]): Promise<Graph[]> => (await send(graphs))['graphs'] as Graph[];
  const create = (referenceId: string, object: string, body: object): object => ({
    method: 'POST',
    url: `${V}/sobjects/${object}`,
    referenceId,
    body,
  });
  const graph = (graphId: string, ...compositeRequest: object[]): object => ({ graphId, compositeRequest });
  const names = (): Promise<unknown[]> => org().values('SELECT Name FROM Account ORDER BY Name', 'Name');
  const used = async (): Promise<number> => {
    const { apiRequests } = await org().admin('GET', '/state');
    return (apiRequests as { used: number }).used;
  };

  it('is kept as a whole or not at all, whatever becomes of the others', async () => {
    const before = await used();
    const [good, bad] = await post([
      graph('good', create('account', 'Account', { Name: 'Good' }), {
        ...create('contact', 'Contact', { LastName: 'Linked', AccountId: '@{account.id}' }),
      }),
      graph('bad', create('account', 'Account', { Name: 'Bad' }), create('contact', 'Contact', {})),
    ]);
    expect((await used()) - before).toBe(1);
    expect(good).toMatchObject({
      graphId: 'good',
      isSuccessful: true,
      graphResponse: { compositeResponse: [{ httpStatusCode: 201 }, { httpStatusCode: 201, referenceId: 'contact' }] },
    });
    expect(bad).toMatchObject({
      isSuccessful: false,
      graphResponse: {
        compositeResponse: [
          { httpStatusCode: 400, body: [{ errorCode: 'PROCESSING_HALTED' }] },
          { httpStatusCode: 400, body: [{ errorCode: 'REQUIRED_FIELD_MISSING' }] },
        ],
      },
    });
    expect(await names()).toEqual(['Good']);
    expect(await org().values("SELECT Account.Name FROM Contact WHERE LastName = 'Linked'", 'Account')).toMatchObject([
      { Name: 'Good' },
    ]);
  });

  it('may not mix Setup objects with business records; two graphs may', async () => {
    const UserRoleId = await org().idOf('UserRole', 'DeveloperName', 'CEO');
    const user = async (): Promise<object> => create('user', 'User', await org().user({ UserRoleId }));
    const account = create('account', 'Account', { Name: 'A' });
    expect(await post([graph('mixed', account, await user())])).toMatchObject([
      {
        isSuccessful: false,
        graphResponse: { compositeResponse: [{}, { body: [{ errorCode: 'MIXED_DML_OPERATION' }] }] },
      },
    ]);
    expect(await post([graph('one', account), graph('two', await user())])).toMatchObject([
      { isSuccessful: true },
      { isSuccessful: true },
    ]);
  });

  it('is not run any more after 14 others failed', async () => {
    const failing = Array.from({ length: 14 }, (_, i) => graph(`bad${i}`, create('contact', 'Contact', {})));
    const good = graph('good', create('account', 'Account', { Name: 'Late' }));
    expect((await post([...failing, good])).at(-1)).toMatchObject({
      isSuccessful: false,
      graphResponse: { compositeResponse: [{ httpStatusCode: 400, body: [{ errorCode: 'PROCESSING_HALTED' }] }] },
    });
    expect(await names()).toEqual([]);
    expect((await post([...failing.slice(1), good])).at(-1)).toMatchObject({ isSuccessful: true });
  });

  it('has limits: 75 graphs, 500 nodes, 15 kinds of nodes, 15 deep', async () => {
    const node = (n: number): object => create(`n${n}`, 'Account', { Name: `N${n}` });
    const list = (length: number): object[] => Array.from({ length }, (_, n) => node(n));
    const exceeded = [{ errorCode: 'LIMIT_EXCEEDED' }];
    expect(await send(list(76).map((one, n) => graph(`g${n}`, one)))).toMatchObject(exceeded);
    expect(await send([graph('many', ...list(501))])).toMatchObject(exceeded);
    expect(await post([graph('most', ...list(500))])).toMatchObject([{ isSuccessful: true }]);
    const kinds = (length: number): object[] =>
      Array.from({ length }, (_, n) => ({
        method: 'GET',
        url: `/services/data/v${50 + n}.0/sobjects/Account/001`,
        referenceId: `k${n}`,
      }));
    expect(await send([graph('kinds', ...kinds(16))])).toMatchObject(exceeded);
    expect(await post([graph('kinds', ...kinds(15))])).toMatchObject([{ graphId: 'kinds' }]);
    const chain = (length: number): object[] =>
      Array.from({ length }, (_, n) =>
        create(`c${n}`, 'Account', { Name: `C${n}`, ...(n === 0 ? {} : { ParentId: `@{c${n - 1}.id}` }) }),
      );
    expect(await send([graph('deep', ...chain(16))])).toMatchObject(exceeded);
    expect(await post([graph('deep', ...chain(15))])).toMatchObject([{ isSuccessful: true }]);
  });

  it('takes rows only, under ids that are unique', async () => {
    const refused = [{ errorCode: 'JSON_PARSER_ERROR' }];
    const get = (path: string): object => graph('g', { method: 'GET', url: `${V}${path}`, referenceId: 'r' });
    for (const path of ['/query?q=SELECT+Id+FROM+User', '/sobjects/User/describe', '/composite/sobjects', '/limits']) {
      expect(await send([get(path)])).toMatchObject(refused);
    }
    const one = create('r', 'Account', { Name: 'A' });
    expect(await send([graph('g', one), graph('g', one)])).toMatchObject(refused);
    expect(await send([graph('g.1', one)])).toMatchObject(refused);
    expect(await send([graph('g'.repeat(40), one)])).toMatchObject(refused);
    expect(await send([graph('g')])).toMatchObject(refused);
    expect(await post([graph('g'.repeat(39), one), graph('h', one)])).toMatchObject([
      { isSuccessful: true },
      { isSuccessful: true },
    ]);
  });
});
