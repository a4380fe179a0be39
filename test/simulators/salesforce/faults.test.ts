import { describe, expect, it } from 'vitest';

import { type Body, connect, send, useOrg } from './harness.ts';

describe('faults', () => {
  const org = useOrg();
  const order = async (fault: object): Promise<string> => (await org().admin('POST', '/faults', fault)).id;
  const createUsers = { method: 'POST', path: '/sobjects/User' };
  const exists = async (lastName: string): Promise<boolean> =>
    (await org().query(`SELECT COUNT() FROM User WHERE LastName = '${lastName}'`)).totalSize === 1;
  const create = async (lastName: string): Promise<string> => {
    const body = await org().user({ LastName: lastName });
    try {
      return String((await org().call('POST', '/sobjects/User', body)).status);
    } catch {
      return 'cut off';
    }
  };

  it('cut a request off before anything is done', async () => {
    await order({ match: createUsers, action: { kind: 'cut', when: 'before-commit' } });
    expect(await create('Lost')).toBe('cut off');
    expect(await exists('Lost')).toBe(false);
    expect(await create('Lost')).toBe('201');
  });

  it('cut a request off after it was done', async () => {
    await order({ match: createUsers, action: { kind: 'cut', when: 'after-commit' } });
    expect(await create('Kept')).toBe('cut off');
    expect(await exists('Kept')).toBe(true);
  });

  it('reset the connection in the middle of the answer, which stays done', async () => {
    await order({ match: createUsers, action: { kind: 'reset-mid-body' } });
    expect(await create('Half')).toBe('cut off');
    expect(await exists('Half')).toBe(true);
  });

  it('let the answer begin and never end', async () => {
    const id = await order({ match: { path: '/limits' }, action: { kind: 'stall-body' } });
    const abort = new AbortController();
    const response = await fetch(`${org().url}/services/data/v67.0/limits`, {
      headers: { authorization: `Bearer ${org().token}` },
      signal: abort.signal,
    });
    expect(response.status).toBe(200);
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(first?.value?.length).toBeLessThan(Number(response.headers.get('content-length')));
    const next = reader?.read().then(
      () => 'ended',
      () => 'aborted',
    );
    expect((await org().admin('GET', `/faults/${id}`)).hits).toBe(1);
    abort.abort();
    expect(await next).toBe('aborted');
  });

  it('answer with any status and body, as often as ordered, after letting some pass', async () => {
    await order({
      match: { path: '^/services/data/v\\d+\\.0/limits$' },
      skip: 1,
      times: 2,
      action: { kind: 'status', status: 503, body: '<h1>busy</h1>', contentType: 'text/html' },
    });
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await org().call('GET', '/limits')).status);
    expect(statuses).toEqual([200, 503, 503, 200]);
  });

  it('match by method, object and body', async () => {
    await order({ match: { sobject: 'Account' }, times: 'always', action: { kind: 'status', status: 500, body: [] } });
    await order({ match: { body: 'Needle' }, action: { kind: 'status', status: 502, body: [] } });
    expect((await org().call('POST', '/sobjects/Account', { Name: 'A' })).status).toBe(500);
    const account = { attributes: { type: 'Account' }, Name: 'A' };
    expect((await org().call('POST', '/composite/sobjects', { records: [account] })).status).toBe(500);
    expect((await org().call('GET', '/query?q=SELECT+Id+FROM+Account')).status).toBe(500);
    expect((await org().call('POST', '/sobjects/Contact', { LastName: 'Needle' })).status).toBe(502);
    expect((await org().call('POST', '/sobjects/Contact', { LastName: 'Needle' })).status).toBe(201);
  });

  it('expire the session that is used', async () => {
    await order({ match: { path: '/limits' }, action: { kind: 'expire-session' } });
    expect((await org().call('GET', '/limits')).status).toBe(401);
    expect((await org().call('GET', '/sobjects')).status).toBe(401);
  });

  it('refuse every session of the data API, also a new one, and let people log in', async () => {
    await order({ action: { kind: 'refuse-sessions' }, times: 3 });
    const refused = await org().call('GET', '/limits');
    expect([refused.status, refused.body]).toEqual([
      401,
      [{ errorCode: 'INVALID_SESSION_ID', message: 'Session expired or invalid' }],
    ]);
    const again = await connect(org().url);
    expect((await again.call('GET', '/limits')).status).toBe(401);
    expect((await again.call('POST', '/sobjects/Account', { Name: 'A' })).status).toBe(401);
    expect((await again.call('GET', '/limits')).status).toBe(200);
  });

  it("show Salesforce's maintenance page", async () => {
    await order({ match: { path: '/services/' }, times: 'always', action: { kind: 'maintenance-page' } });
    const reply = await org().call('GET', '/limits');
    expect([reply.status, reply.headers.get('content-type')]).toEqual([503, 'text/html;charset=UTF-8']);
    expect(String(reply.body)).toContain('down for maintenance');
  });

  it('fail one row of a collection, by its place or by its username', async () => {
    const locked = {
      statusCode: 'UNABLE_TO_LOCK_ROW',
      message: 'unable to obtain exclusive access to this record',
      fields: [],
    };
    const records = [
      { attributes: { type: 'User' }, ...(await org().user({ Username: 'first@acme.example' })) },
      { attributes: { type: 'User' }, ...(await org().user({ Username: 'second@acme.example' })) },
    ];
    await order({ match: { path: '/composite/sobjects' }, action: { kind: 'row-error', row: 1, ...locked } });
    const byPlace = await org().call('POST', '/composite/sobjects', { records });
    expect(byPlace.body).toMatchObject([{ success: true }, { success: false, errors: [locked] }]);
    await order({
      match: {},
      times: 'always',
      action: { kind: 'row-error', username: 'SECOND@acme.example', ...locked },
    });
    const byName = await org().call('POST', '/composite/sobjects', { records: records.slice(1) });
    expect(byName.body).toMatchObject([{ success: false, errors: [locked] }]);
    const single = await org().call('POST', '/sobjects/User', await org().user({ Username: 'second@acme.example' }));
    expect([single.status, single.body[0]?.errorCode]).toEqual([400, 'UNABLE_TO_LOCK_ROW']);
  });

  it('hold an answer back, after the commit, until it is released', async () => {
    const id = await order({ match: createUsers, action: { kind: 'hold' } });
    const answer = create('Held');
    expect(await org().admin('GET', `/faults/${id}/hit?timeoutMs=10000`)).toEqual({ hit: true, hits: 1 });
    expect(await exists('Held')).toBe(true);
    expect(await org().admin('GET', `/faults/${id}`)).toMatchObject({ hits: 1, held: 1 });
    expect(await org().admin('POST', `/faults/${id}/release`)).toEqual({ released: 1 });
    expect(await answer).toBe('201');
  });

  it('let go of a request whose caller has gone', async () => {
    const id = await order({ match: { path: '/limits' }, action: { kind: 'hold' } });
    const abort = new AbortController();
    const gone = fetch(`${org().url}/services/data/v67.0/limits`, {
      headers: { authorization: `Bearer ${org().token}` },
      signal: abort.signal,
    }).catch(() => 'gone');
    await org().admin('GET', `/faults/${id}/hit?timeoutMs=10000`);
    abort.abort();
    expect(await gone).toBe('gone');
    await expect.poll(async () => (await org().admin('GET', `/faults/${id}`)).held).toBe(0);
  });

  it('tell when they were not hit, and can be taken away', async () => {
    const id = await order({ match: { path: '/limits' }, action: { kind: 'status', status: 500, body: [] } });
    expect(await org().admin('GET', `/faults/${id}/hit?timeoutMs=20`)).toEqual({ hit: false, hits: 0 });
    await org().admin('DELETE', '/faults');
    expect((await org().call('GET', '/limits')).status).toBe(200);
  });

  it('that are not understood are refused', async () => {
    const reply = await send(`${org().url}/simulator/faults`, 'POST', { match: {}, action: { kind: 'explode' } });
    expect(reply.status).toBe(400);
  });
});

describe('the request log', () => {
  const org = useOrg();

  it('shows each call since a number, with what it was about and whether it counted', async () => {
    const from = (await org().admin('GET', '/requests')).last;
    await org().call('POST', '/sobjects/Account', { Name: 'Logged' });
    await org().call('GET', '/query?q=SELECT+Id+FROM+Contact');
    await fetch(`${org().url}/services/data`);
    const { requests } = await org().admin('GET', `/requests?since=${String(from)}`);
    expect(requests).toMatchObject([
      {
        method: 'POST',
        path: '/services/data/v67.0/sobjects/Account',
        status: 201,
        sobjects: ['Account'],
        body: '{"Name":"Logged"}',
        counted: true,
      },
      { method: 'GET', status: 200, sobjects: ['Contact'], counted: true },
      { path: '/services/data', status: 200, counted: false },
    ]);
    expect(requests.every((one: Body) => typeof one.durationMs === 'number')).toBe(true);
    await org().admin('DELETE', '/requests');
    expect((await org().admin('GET', '/requests')).requests).toEqual([]);
  });

  it('hides secrets', async () => {
    expect(JSON.stringify(await org().admin('GET', '/requests'))).not.toContain('joinery-demo-secret');
  });
});
