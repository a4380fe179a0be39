import { describe, expect, it } from 'vitest';

import { useOrg } from './harness.ts';

describe('the daily limit of API calls', () => {
  const org = useOrg();

  it('is told with every answer, and counts failed calls too', async () => {
    await org().admin('POST', '/limits', { dailyApiRequests: 1000, usedApiRequests: 10 });
    const first = await org().call('GET', '/sobjects/Nothing');
    expect(first.headers.get('sforce-limit-info')).toBe('api-usage=11/1000');
    const second = await org().call('GET', '/limits');
    expect(second.headers.get('sforce-limit-info')).toBe('api-usage=12/1000');
    expect(second.body).toMatchObject({ DailyApiRequests: { Max: 1000, Remaining: 988 } });
  });

  it('ends all calls when it is reached', async () => {
    await org().admin('POST', '/limits', { dailyApiRequests: 12, usedApiRequests: 11 });
    expect((await org().call('GET', '/limits')).status).toBe(200);
    const refused = await org().call('GET', '/limits');
    expect(refused.status).toBe(403);
    expect(refused.body).toEqual([{ errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'TotalRequests Limit exceeded.' }]);
    await org().admin('POST', '/limits', { dailyApiRequests: 1000 });
    expect((await org().call('GET', '/limits')).status).toBe(200);
  });

  it('rolls on: calls become free again as they grow old', async () => {
    await org().admin('POST', '/limits', { dailyApiRequests: 20, usedApiRequests: 20 });
    expect((await org().call('GET', '/sobjects')).status).toBe(403);
    await org().admin('POST', '/limits', { usedApiRequests: 19 });
    expect((await org().call('GET', '/sobjects')).headers.get('sforce-limit-info')).toBe('api-usage=20/20');
    expect((await org().call('GET', '/sobjects')).status).toBe(403);
  });

  it('can be put back with everything else', async () => {
    await org().createUser();
    await org().admin('POST', '/limits', { dailyApiRequests: 5, usedApiRequests: 5 });
    await org().admin('POST', '/reset');
    expect(await org().admin('GET', '/state')).toMatchObject({
      organization: { name: 'Joinery Demo (simulated)', simulated: true },
      users: { total: 2, active: 2, inactive: 0, frozen: 0 },
      apiRequests: { used: 0, max: 100_000 },
    });
  });
});

describe('the limits an administrator can see', () => {
  const org = useOrg();
  const limits = async (): Promise<Record<string, { Max: number; Remaining: number }>> =>
    (await org().call('GET', '/limits')).body as never;

  it('shrink with what is used', async () => {
    const before = await limits();
    expect(Object.keys(before)).toEqual(
      expect.arrayContaining(['DailyApiRequests', 'DailyBulkV2QueryJobs', 'DataStorageMB', 'FileStorageMB']),
    );
    await org().call('POST', '/sobjects/PermissionSet', { Name: 'One_More', Label: 'One more' });
    await org().admin('POST', '/records', { object: 'Account', count: 1000 });
    const after = await limits();
    expect((before.PermissionSets?.Remaining ?? 0) - (after.PermissionSets?.Remaining ?? 0)).toBe(1);
    expect((before.DataStorageMB?.Remaining ?? 0) - (after.DataStorageMB?.Remaining ?? 0)).toBe(2);
  });
});

describe('requests at the same time', () => {
  const org = useOrg();
  const hold = async (times: number): Promise<string> =>
    (await org().admin('POST', '/faults', { match: { path: '/limits' }, times, action: { kind: 'hold' } })).id;
  const TOO_MANY = { errorCode: 'REQUEST_LIMIT_EXCEEDED', message: 'ConcurrentPerOrgLongTxn Limit exceeded.' };

  it('are refused above the limit, and let in again when others end', async () => {
    await org().admin('POST', '/limits', { concurrentRequests: 2 });
    const fault = await hold(2);
    const held = [org().call('GET', '/limits'), org().call('GET', '/limits')];
    await org().admin('GET', `/faults/${fault}/hit?after=1`);
    const third = await org().call('GET', '/limits');
    expect([third.status, third.body]).toEqual([403, [TOO_MANY]]);
    expect(await org().admin('GET', '/state')).toMatchObject({ inFlight: { now: 2, peak: 3, max: 2 } });
    await org().admin('POST', `/faults/${fault}/release`);
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await org().call('GET', '/limits')).status).toBe(200);
    await org().admin('DELETE', '/requests');
    expect(await org().admin('GET', '/state')).toMatchObject({ inFlight: { now: 0, peak: 0, max: 2 } });
  });

  it('are not limited at first', async () => {
    const fault = await hold(30);
    const held = Array.from({ length: 30 }, () => org().call('GET', '/limits'));
    await org().admin('GET', `/faults/${fault}/hit?after=29`);
    expect((await org().call('GET', '/sobjects')).status).toBe(200);
    await org().admin('POST', `/faults/${fault}/release`);
    expect(new Set((await Promise.all(held)).map(({ status }) => status))).toEqual(new Set([200]));
  });
});
