import { describe, expect, it } from 'vitest';

import { type Body, useOrg } from './harness.ts';

describe('a batch', () => {
  const org = useOrg();
  const post = async (batchRequests: unknown, haltOnError = false): Promise<Body> =>
    (await org().call('POST', '/composite/batch', { haltOnError, batchRequests })).body;
  const contact = (richInput: object): object => ({ method: 'POST', url: 'v67.0/sobjects/Contact', richInput });
  const used = async (): Promise<number> => {
    const { apiRequests } = await org().admin('GET', '/state');
    return (apiRequests as { used: number }).used;
  };

  it('answers each request on its own and keeps what went well', async () => {
    const answer = await post([
      contact({ LastName: 'One' }),
      contact({}),
      { method: 'GET', url: '/services/data/v66.0/query?q=SELECT+LastName+FROM+Contact' },
      { method: 'PATCH', url: `v67.0/sobjects/User/${await org().createUser()}`, richInput: { Title: 'CTO' } },
    ]);
    expect(answer).toMatchObject({
      hasErrors: true,
      results: [
        { statusCode: 201, result: { success: true } },
        { statusCode: 400, result: [{ errorCode: 'REQUIRED_FIELD_MISSING' }] },
        { statusCode: 200, result: { records: [{ LastName: 'One' }] } },
        { statusCode: 204, result: null },
      ],
    });
  });

  it('stops at the first failure when told so, and keeps what came before it', async () => {
    const answer = await post([contact({ LastName: 'One' }), contact({}), contact({ LastName: 'Two' })], true);
    expect(answer['results']).toMatchObject([
      { statusCode: 201 },
      { statusCode: 400 },
      { statusCode: 412, result: [{ errorCode: 'BATCH_PROCESSING_HALTED' }] },
    ]);
    expect(await org().values('SELECT LastName FROM Contact', 'LastName')).toEqual(['One']);
  });

  it('may write Setup objects and business records, each being a transaction of its own', async () => {
    const UserRoleId = await org().idOf('UserRole', 'DeveloperName', 'CEO');
    const user = { method: 'POST', url: 'v67.0/sobjects/User', richInput: await org().user({ UserRoleId }) };
    expect(await post([contact({ LastName: 'One' }), user])).toMatchObject({ hasErrors: false });
  });

  it('counts each request as an API call, and refuses those beyond the limit', async () => {
    const before = await used();
    await post([contact({ LastName: 'One' }), contact({ LastName: 'Two' }), contact({})]);
    expect((await used()) - before).toBe(3);
    await org().admin('POST', '/limits', { dailyApiRequests: 10, usedApiRequests: 8 });
    expect((await post([1, 2, 3].map((n) => contact({ LastName: `N${n}` }))))['results']).toMatchObject([
      { statusCode: 201 },
      { statusCode: 201 },
      { statusCode: 403, result: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED' }] },
    ]);
  });

  it('takes 25 requests, of versions up to its own, for rows, queries and limits', async () => {
    const limits = { method: 'GET', url: 'v67.0/limits' };
    expect((await post(Array.from({ length: 25 }, () => limits)))['results']).toHaveLength(25);
    expect(await post(Array.from({ length: 26 }, () => limits))).toMatchObject([{ errorCode: 'LIMIT_EXCEEDED' }]);
    for (const url of ['v68.0/limits', 'v33.0/limits', 'v67.0/composite', 'v67.0/jobs/ingest', 'limits']) {
      expect(await post([limits, { method: 'GET', url }])).toMatchObject([{ errorCode: 'JSON_PARSER_ERROR' }]);
    }
    expect(await post([])).toMatchObject([{ errorCode: 'JSON_PARSER_ERROR' }]);
  });

  it('is reached by an error ordered for one of its requests', async () => {
    const action = { kind: 'row-error', row: 1, statusCode: 'UNABLE_TO_LOCK_ROW', message: 'locked' };
    await org().admin('POST', '/faults', { match: { path: '/composite/batch' }, action });
    expect((await post([contact({ LastName: 'One' }), contact({ LastName: 'Two' })]))['results']).toMatchObject([
      { statusCode: 201 },
      { statusCode: 400, result: [{ errorCode: 'UNABLE_TO_LOCK_ROW' }] },
    ]);
  });
});
