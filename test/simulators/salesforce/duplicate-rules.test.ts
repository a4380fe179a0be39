import { describe, expect, it } from 'vitest';

import { type Reply, send, useOrg } from './harness.ts';

const INSIST = { 'sforce-duplicate-rule-header': 'allowSave=true; includeRecordDetails=true' };

describe('duplicate rules', () => {
  const org = useOrg();
  const LEAD = { LastName: 'Doe', Company: 'Acme', Email: 'jane@acme.example' };
  const createLead = (fields: object, headers = {}): Promise<Reply> =>
    org().call('POST', '/sobjects/Lead', { ...LEAD, ...fields }, headers);
  const codeOf = (reply: Reply): unknown => reply.body[0]?.errorCode ?? reply.status;
  const switchRule = (rule: object): Promise<unknown> => org().admin('POST', '/duplicate-rules', rule);

  it('are off until an administrator switches one on', async () => {
    expect(codeOf(await createLead({}))).toBe(201);
    expect(codeOf(await createLead({}))).toBe(201);
  });

  it('tell what matches under the key that Salesforce misspells', async () => {
    const { id } = (await createLead({})).body;
    await switchRule({ object: 'Lead', on: true, allowSave: true });
    const reply = await createLead({ Email: 'JANE@acme.example', Company: 'Other' });
    expect(reply.status).toBe(400);
    expect(reply.body).toEqual([
      {
        duplicateResut: {
          allowSave: true,
          duplicateRule: 'Standard_Lead_Duplicate_Rule',
          duplicateRuleEntityType: 'Lead',
          errorMessage: 'Use one of these records?',
          matchResults: [
            {
              entityType: 'Lead',
              errors: [],
              matchEngine: 'FuzzyMatchEngine',
              matchRecords: [
                {
                  additionalInformation: [],
                  fieldDiffs: [],
                  matchConfidence: 100,
                  record: {
                    attributes: { type: 'Lead', url: `/services/data/v67.0/sobjects/Lead/${id}` },
                    Id: id,
                  },
                },
              ],
              rule: 'Standard_Lead_Match_Rule_v1_0',
              size: 1,
              success: true,
            },
          ],
        },
        errorCode: 'DUPLICATES_DETECTED',
        message: 'Use one of these records?',
      },
    ]);
  });

  it('let a caller who insists save, where the rule allows it', async () => {
    await createLead({});
    await switchRule({ object: 'Lead', on: true, allowSave: true });
    expect(codeOf(await createLead({}))).toBe('DUPLICATES_DETECTED');
    expect(codeOf(await createLead({}, INSIST))).toBe(201);
    await switchRule({ object: 'Lead', on: true });
    const refused = await createLead({}, INSIST);
    expect(codeOf(refused)).toBe('DUPLICATES_DETECTED');
    expect(JSON.stringify(refused.body)).toContain('"Name":"Doe"');
    await switchRule({ object: 'Lead', on: false });
    expect(codeOf(await createLead({}))).toBe(201);
  });

  it('fail the row of a collection, with what matches', async () => {
    const { id } = (await createLead({})).body;
    await switchRule({ object: 'Lead', on: true });
    const records = [LEAD, { ...LEAD, Email: 'new@acme.example' }].map((lead) => ({
      attributes: { type: 'Lead' },
      ...lead,
    }));
    const { status, body } = await org().call('POST', '/composite/sobjects', { records });
    expect(status).toBe(200);
    expect(body).toMatchObject([
      {
        success: false,
        errors: [
          {
            statusCode: 'DUPLICATES_DETECTED',
            fields: [],
            duplicateResult: { matchResults: [{ matchRecords: [{ record: { Id: id } }] }] },
          },
        ],
      },
      { success: true },
    ]);
  });

  it('look at an update that changes what they compare, and only at such', async () => {
    await createLead({});
    const { id } = (await createLead({ Email: 'other@acme.example' })).body;
    const twin = (await createLead({})).body.id;
    await switchRule({ object: 'Lead', on: true });
    const change = async (lead: string, fields: object): Promise<unknown> =>
      codeOf(await org().call('PATCH', `/sobjects/Lead/${lead}`, fields));
    expect(await change(id, { Email: 'jane@acme.example' })).toBe('DUPLICATES_DETECTED');
    expect(await change(twin, { Title: 'Boss', Email: 'jane@acme.example' })).toBe(204);
  });

  it('compare names with the company, the account, or alone', async () => {
    await switchRule({ object: 'Lead', rule: 'name', on: true });
    await switchRule({ object: 'Contact', rule: 'name', on: true });
    await switchRule({ object: 'Account', on: true });
    const create = async (object: string, fields: object): Promise<unknown> =>
      codeOf(await org().call('POST', `/sobjects/${object}`, fields));
    await createLead({});
    expect(codeOf(await createLead({ Email: null }))).toBe('DUPLICATES_DETECTED');
    expect(codeOf(await createLead({ Company: 'Other' }))).toBe(201);
    const AccountId = (await org().call('POST', '/sobjects/Account', { Name: 'Acme' })).body.id;
    expect(await create('Account', { Name: 'ACME' })).toBe('DUPLICATES_DETECTED');
    expect(await create('Contact', { LastName: 'Doe', AccountId })).toBe(201);
    expect(await create('Contact', { LastName: 'Doe', AccountId })).toBe('DUPLICATES_DETECTED');
    expect(await create('Contact', { LastName: 'Doe' })).toBe(201);
  });

  it('that do not exist cannot be switched on', async () => {
    const order = { object: 'Account', rule: 'email', on: true };
    expect((await send(`${org().url}/simulator/duplicate-rules`, 'POST', order)).status).toBe(404);
  });
});
