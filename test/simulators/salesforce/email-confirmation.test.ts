import { describe, expect, it } from 'vitest';

import { send, useOrg } from './harness.ts';

describe('a changed e-mail address', () => {
  const org = useOrg();
  const USERNAME = 'mailed@acme.example';
  const create = (): Promise<string> => org().createUser({ Username: USERNAME, Email: 'old@acme.example' });
  const emailOf = async (id: string): Promise<unknown> =>
    (await org().values(`SELECT Email FROM User WHERE Id = '${id}'`, 'Email'))[0];
  const change = async (id: string, fields: object): Promise<number> =>
    (await org().call('PATCH', `/sobjects/User/${id}`, fields)).status;
  const confirm = (): Promise<{ status: number }> =>
    send(`${org().url}/simulator/email-confirmation/confirm`, 'POST', { username: USERNAME });
  const mails = async (): Promise<unknown> => (await org().admin('GET', '/state')).emailConfirmations;

  it('counts at once in an org that asks for no confirmation', async () => {
    const id = await create();
    expect(await change(id, { Email: 'new@acme.example' })).toBe(204);
    expect(await emailOf(id)).toBe('new@acme.example');
    expect(await mails()).toEqual({ pending: 0, sent: 0 });
  });

  it('stays the old one until it is confirmed, and is mailed for each time it is sent', async () => {
    await org().admin('POST', '/email-confirmation', { on: true });
    const id = await create();
    expect(await emailOf(id)).toBe('old@acme.example');
    expect(await change(id, { Email: 'new@acme.example', Department: 'Sales' })).toBe(204);
    expect(await emailOf(id)).toBe('old@acme.example');
    expect(await org().values(`SELECT Department FROM User WHERE Id = '${id}'`, 'Department')).toEqual(['Sales']);
    const records = [{ attributes: { type: 'User' }, id, Email: 'new@acme.example' }];
    expect((await org().call('PATCH', '/composite/sobjects', { records })).body[0]?.success).toBe(true);
    expect(await change(id, { Email: 'old@acme.example' })).toBe(204);
    expect(await mails()).toEqual({ pending: 1, sent: 2 });
    expect((await confirm()).status).toBe(200);
    expect(await emailOf(id)).toBe('new@acme.example');
    expect(await mails()).toEqual({ pending: 0, sent: 2 });
    expect((await confirm()).status).toBe(409);
  });
});
