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
