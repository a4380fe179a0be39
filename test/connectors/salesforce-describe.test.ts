/** What an account can hold, as rules are checked against it: held against what the org takes and refuses. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AttributeDescription } from '#domain/application-schema.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';
import { connect, newAccount } from './salesforce-org.ts';

type PersonObject = 'User' | 'Lead' | 'Contact';

describe('salesforce describes', () => {
  let org: SimulatedOrg;
  beforeEach(async () => {
    org = await startSimulatedOrg();
  });
  afterEach(() => org.close());

  const attributesOf = async (object: PersonObject): Promise<Map<string, AttributeDescription>> => {
    const { attributes } = await connect(org, { object }).describe();
    return new Map(attributes.map((attribute) => [attribute.name, attribute]));
  };
  const namesOf = (attributes: Map<string, AttributeDescription>, has: (one: AttributeDescription) => boolean) =>
    [...attributes.values()]
      .filter(has)
      .map(({ name }) => name)
      .toSorted();

  it.each<[PersonObject, string[]]>([
    [
      'User',
      [
        'Alias',
        'Email',
        'EmailEncodingKey',
        'LanguageLocaleKey',
        'LastName',
        'LocaleSidKey',
        'ProfileId',
        'TimeZoneSidKey',
        'Username',
      ],
    ],
    ['Lead', ['Company', 'LastName']],
    ['Contact', ['LastName']],
  ])('as required of a %s what the org names when nothing is given', async (object, required) => {
    expect(namesOf(await attributesOf(object), (one) => one.required)).toEqual(required);
    const refused = await org
      .asAdministrator(`/sobjects/${object}`, { method: 'POST', body: '{}' })
      .catch((error: Error) => error.message);
    const [, named = ''] = /Required fields are missing: \[([^\]]*)\]/.exec(String(refused)) ?? [];
    expect(named.split(', ').toSorted()).toEqual(required);
  });

  it('as not required what the org fills itself, and fills it', async () => {
    const attributes = await attributesOf('User');
    const filled = ['CommunityNickname', 'DigestFrequency', 'DefaultGroupNotificationFrequency'];
    for (const name of filled) expect(attributes.get(name), name).toMatchObject({ required: false, writable: true });
    await org.createUser({ Username: 'filled@joinery-demo.example' });
    const [user] = await org.query<Record<string, unknown>>(
      `SELECT ${filled.join(', ')} FROM User WHERE Username = 'filled@joinery-demo.example'`,
    );
    for (const name of filled) expect(user?.[name], name).toBeTruthy();
    expect((await attributesOf('Lead')).get('Status')?.required).toBe(false);
  });

  it('as unique what the org takes once only', async () => {
    expect(namesOf(await attributesOf('User'), (one) => one.unique)).toEqual([
      'CommunityNickname',
      'FederationIdentifier',
      'Username',
    ]);
    const own = { CommunityNickname: 'grace', FederationIdentifier: 'grace' };
    await org.createUser({ Username: 'grace@joinery-demo.example', ...own });
    for (const [name, value] of Object.entries({ ...own, Username: 'GRACE@joinery-demo.example' })) {
      const other = { Username: 'other@joinery-demo.example', [name]: value };
      await expect(org.createUser(other), name).rejects.toThrow(/DUPLICATE/);
    }
  });

  it('as not writable what is not given by a value: what the org computes, and the status', async () => {
    const attributes = await attributesOf('User');
    for (const name of ['Id', 'Name', 'CreatedDate', 'LastLoginDate', 'UserType', 'IsActive'])
      expect(attributes.get(name), name).toMatchObject({ writable: false, changeable: false });
    for (const name of Object.keys(newAccount(1).attributes)) expect(attributes.get(name)?.writable, name).toBe(true);
    expect(attributes.get('ManagerId')).toMatchObject({ type: 'reference', writable: true, changeable: true });
    expect((await attributesOf('Lead')).get('IsConverted')?.writable).toBe(false);
  });

  it('lengths that the org holds to, and no length where there is none', async () => {
    const attributes = await attributesOf('User');
    const lengths = { Alias: 8, FirstName: 40, LastName: 80, Username: 80, Email: 128, EmployeeNumber: 20, City: 40 };
    for (const [name, length] of Object.entries(lengths)) expect(attributes.get(name)?.length, name).toBe(length);
    expect(attributes.get('IsActive')).not.toHaveProperty('length');
    const tooLong = { Username: 'long@joinery-demo.example', Alias: 'x'.repeat(9) };
    await expect(org.createUser(tooLong)).rejects.toThrow(/STRING_TOO_LONG/);
    await expect(org.createUser({ ...tooLong, Alias: 'x'.repeat(8) })).resolves.toBeTruthy();
  });

  it('the values of picklists that take no others, and of no others', async () => {
    const user = await attributesOf('User');
    expect(user.get('TimeZoneSidKey')).toMatchObject({ type: 'picklist' });
    expect(user.get('TimeZoneSidKey')?.picklist).toContain('Europe/Berlin');
    expect(user.get('LocaleSidKey')?.picklist).toContain('de_DE');
    const lead = await attributesOf('Lead');
    expect(lead.get('LeadSource')).toMatchObject({ type: 'picklist' });
    expect(lead.get('LeadSource')).not.toHaveProperty('picklist');
    const open = { LastName: 'Doe', Company: 'Acme', LeadSource: 'Somewhere new', Status: 'Also new' };
    const body = JSON.stringify(open);
    await expect(org.asAdministrator('/sobjects/Lead', { method: 'POST', body })).resolves.toMatchObject({
      success: true,
    });
    await expect(org.createUser({ Username: 'tz@joinery-demo.example', TimeZoneSidKey: 'Mars' })).rejects.toThrow(
      /RESTRICTED_PICKLIST/,
    );
  });

  it('types that tell numbers, days and yes or no from text', async () => {
    const lead = await attributesOf('Lead');
    expect(lead.get('AnnualRevenue')?.type).toBe('number');
    expect(lead.get('NumberOfEmployees')?.type).toBe('number');
    expect(lead.get('DoNotCall')?.type).toBe('boolean');
    expect(lead.get('Description')?.type).toBe('string');
    expect((await attributesOf('Contact')).get('Birthdate')?.type).toBe('date');
  });
});
