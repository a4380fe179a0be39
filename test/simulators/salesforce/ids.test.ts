import { describe, expect, it } from 'vitest';

import { normaliseId } from '#simulators/salesforce/ids.ts';

import { useOrg } from './harness.ts';

describe('record ids', () => {
  const org = useOrg();

  it.each([
    ['005D0000001Az1u', '005D0000001Az1uIAC'],
    ['0057g00000AbCdE', '0057g00000AbCdEAAV'],
    ['0PS7g0000001xYz', '0PS7g0000001xYzGAI'],
  ])('%s with its checksum is %s', (id15, id18) => {
    expect(normaliseId(id15)).toBe(id18);
    expect(normaliseId(id18)).toBe(id18);
  });

  it('are refused when the checksum is wrong', () => {
    expect(normaliseId('005D0000001Az1uIAA')).toBeUndefined();
  });

  it.each([
    ['User', '005'],
    ['Profile', '00e'],
    ['UserRole', '00E'],
    ['PermissionSet', '0PS'],
    ['PermissionSetAssignment', '0Pa'],
    ['Group', '00G'],
    ['UserLogin', '0Yw'],
    ['UserLicense', '100'],
    ['Organization', '00D'],
  ])('of %s begin with %s and have 18 characters', async (object, prefix) => {
    for (const id of await org().values(`SELECT Id FROM ${object}`, 'Id')) {
      expect(id).toMatch(new RegExp(`^${prefix}.{15}$`));
      expect(normaliseId(String(id))).toBe(id);
    }
  });

  it('are accepted in their 15-character form', async () => {
    const id = await org().createUser({ LastName: 'Short' });
    const reply = await org().call('GET', `/sobjects/User/${id.slice(0, 15)}?fields=LastName`);
    expect(reply.body).toMatchObject({ Id: id, LastName: 'Short' });
    expect(await org().values(`SELECT Id FROM User WHERE Id = '${id.slice(0, 15)}'`, 'Id')).toEqual([id]);
  });

  it('of another object are MALFORMED_ID, and unknown ones NOT_FOUND', async () => {
    const profile = await org().idOf('Profile', 'Name', 'Sales User');
    const wrong = await org().call('GET', `/sobjects/User/${profile}`);
    expect(wrong.status).toBe(400);
    expect(wrong.body).toEqual([
      { errorCode: 'MALFORMED_ID', message: `User ID: id value of incorrect type: ${profile}`, fields: ['Id'] },
    ]);
    const unknown = await org().call('GET', '/sobjects/User/0057g00000AbCdEAAV');
    expect(unknown.status).toBe(404);
    expect(unknown.body[0]).toMatchObject({ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' });
  });
});
