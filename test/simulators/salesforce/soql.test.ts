import { beforeEach, describe, expect, it } from 'vitest';

import { useOrg } from './harness.ts';

describe('SOQL', () => {
  const org = useOrg();
  const names = async (rest: string): Promise<unknown[]> =>
    org().values(`SELECT LastName FROM User ${rest}`, 'LastName');
  const refusal = async (soql: string): Promise<{ code: string | undefined; message: string }> => {
    const body = await org().query(soql);
    return { code: body[0]?.errorCode, message: String(body[0]?.message) };
  };

  beforeEach(async () => {
    const people = [
      { LastName: "O'Hara", Department: 'Sales', EmployeeNumber: 'E1' },
      { LastName: 'Back\\slash', Department: 'sales', EmployeeNumber: 'E2' },
      { LastName: '50%_off', Department: 'Support', EmployeeNumber: 'E3', IsActive: false },
      { LastName: 'Zoe', EmployeeNumber: 'E4' },
    ];
    for (const person of people) await org().createUser(person);
  });

  it.each([
    ["WHERE EmployeeNumber = 'e1'", ["O'Hara"]],
    ["WHERE EmployeeNumber IN ('E1', 'e4')", ["O'Hara", 'Zoe']],
    ["WHERE EmployeeNumber NOT IN ('E1', 'E4') AND EmployeeNumber != null", ['Back\\slash', '50%_off']],
    ["WHERE Department = 'SALES'", ["O'Hara", 'Back\\slash']],
    ["WHERE LastName = 'O\\'Hara'", ["O'Hara"]],
    ["WHERE LastName = 'Back\\\\slash'", ['Back\\slash']],
    ["WHERE LastName LIKE '50\\%\\_%'", ['50%_off']],
    ["WHERE LastName LIKE 'z_e'", ['Zoe']],
    ["WHERE LastName LIKE '%\\\\%'", ['Back\\slash']],
    ["WHERE Department = null AND EmployeeNumber > 'E3'", ['Zoe']],
    ["WHERE EmployeeNumber >= 'E3' AND EmployeeNumber <= 'E4'", ['50%_off', 'Zoe']],
    ['WHERE IsActive = false', ['50%_off']],
    ["WHERE NOT (IsActive = true OR Department = 'x')", ['50%_off']],
    ["WHERE (Department = 'Support' OR LastName = 'Zoe') AND IsActive = true", ['Zoe']],
    ['WHERE EmployeeNumber != null ORDER BY LastName DESC LIMIT 2', ['Zoe', "O'Hara"]],
    ['WHERE EmployeeNumber != null ORDER BY Department NULLS LAST, EmployeeNumber DESC LIMIT 1 OFFSET 1', ["O'Hara"]],
    ["WHERE Profile.UserLicense.Name = 'Salesforce' AND EmployeeNumber = 'E4'", ['Zoe']],
    ["WHERE SystemModstamp > 2020-01-01T00:00:00Z AND EmployeeNumber = 'E4'", ['Zoe']],
    ["WHERE SystemModstamp > 2999-01-01T00:00:00Z AND EmployeeNumber = 'E4'", []],
  ])('selects %s', async (rest, expected) => {
    expect(await names(rest)).toEqual(expected);
  });

  it('shows parents and children', async () => {
    const result = await org().query(
      "SELECT Id, Profile.Name, Profile.UserLicense.Name, UserRole.Name, (SELECT PermissionSet.Label FROM PermissionSetAssignments), (SELECT Id FROM ManagedUsers) FROM User WHERE LastName = 'Zoe'",
    );
    expect(result).toMatchObject({ totalSize: 1, done: true });
    expect(result.records[0]).toMatchObject({
      attributes: { type: 'User', url: expect.stringMatching(/^\/services\/data\/v67\.0\/sobjects\/User\/005/) },
      Profile: { attributes: { type: 'Profile' }, Name: 'Sales User', UserLicense: { Name: 'Salesforce' } },
      UserRole: null,
      PermissionSetAssignments: { totalSize: 1, done: true, records: [{ PermissionSet: { Label: 'Sales User' } }] },
      ManagedUsers: null,
    });
  });

  it('counts, and selects from a subquery', async () => {
    expect(await org().query("SELECT COUNT() FROM User WHERE Department = 'Sales'")).toEqual({
      totalSize: 2,
      done: true,
      records: [],
    });
    expect(
      await names(
        "WHERE Id IN (SELECT AssigneeId FROM PermissionSetAssignment WHERE PermissionSet.Label = 'Sales User') AND LastName = 'Zoe'",
      ),
    ).toEqual(['Zoe']);
  });

  it('has conditions within conditions in a subquery', async () => {
    expect(
      await names(
        "WHERE Id IN (SELECT AssigneeId FROM PermissionSetAssignment WHERE (PermissionSet.Label = 'Sales User' OR PermissionSet.Label = 'x') AND (Assignee.LastName = 'Zoe' OR (Assignee.EmployeeNumber = 'E3' AND Assignee.IsActive = false))) AND (LastName = 'Zoe' OR LastName LIKE '50%')",
      ),
    ).toEqual(['50%_off', 'Zoe']);
  });

  it('groups rows and counts them, under names of the query or its own', async () => {
    const counted = await org().query(
      'SELECT Department, COUNT(Id), COUNT(Title), COUNT(Alias) aliases FROM User WHERE EmployeeNumber != null GROUP BY Department ORDER BY COUNT(Id) DESC, Department',
    );
    const attributes = { type: 'AggregateResult' };
    expect(counted).toEqual({
      totalSize: 3,
      done: true,
      records: [
        { attributes, Department: 'Sales', expr0: 2, expr1: 0, aliases: 2 },
        { attributes, Department: null, expr0: 1, expr1: 0, aliases: 1 },
        { attributes, Department: 'Support', expr0: 1, expr1: 0, aliases: 1 },
      ],
    });
    const byProfile = await org().query(
      'SELECT Profile.Name, IsActive, COUNT_DISTINCT(Department) n, MAX(EmployeeNumber) FROM User WHERE EmployeeNumber != null GROUP BY Profile.Name, IsActive ORDER BY IsActive LIMIT 1',
    );
    expect(byProfile.records).toEqual([{ attributes, Name: 'Sales User', IsActive: false, n: 1, expr0: 'E3' }]);
  });

  it('aggregates all rows when it does not group', async () => {
    for (const [i, Amount] of [10, 20, null].entries()) {
      const deal = { Name: `Deal ${i}`, StageName: 'Prospecting', CloseDate: '2030-01-01', Amount };
      await org().call('POST', '/sobjects/Opportunity', deal);
    }
    const soql = 'SELECT COUNT(Id), COUNT(Amount) priced, SUM(Amount), AVG(Amount), MIN(CloseDate) FROM Opportunity';
    const { totalSize, records } = await org().query(soql);
    expect(totalSize).toBe(1);
    expect(records[0]).toMatchObject({ expr0: 3, priced: 2, expr1: 30, expr2: 15, expr3: '2030-01-01' });
    const none = await org().query("SELECT COUNT(Id), SUM(Amount) FROM Opportunity WHERE Name = 'x'");
    expect(none.records).toMatchObject([{ expr0: 0, expr1: null }]);
  });

  it('knows the day of whoever asks', async () => {
    // The integration user lives in Los Angeles.
    const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/Los_Angeles' }).format(Date.now());
    const day = (offset: number): string =>
      new Date(Date.parse(today) + offset * 24 * 3600_000).toISOString().slice(0, 10);
    const subjects = [-8, -7, -1, 0, 1, 3];
    for (const offset of subjects)
      await org().call('POST', '/sobjects/Task', { Subject: String(offset), ActivityDate: day(offset) });
    const due = async (condition: string): Promise<unknown[]> =>
      org().values(`SELECT Subject FROM Task WHERE ActivityDate ${condition}`, 'Subject');
    expect(await due('= TODAY')).toEqual(['0']);
    expect(await due('!= TODAY')).toEqual(['-8', '-7', '-1', '1', '3']);
    expect(await due('= LAST_N_DAYS:7')).toEqual(['-7', '-1', '0']);
    expect(await due('< LAST_N_DAYS:7')).toEqual(['-8']);
    expect(await due('>= yesterday')).toEqual(['-1', '0', '1', '3']);
    expect(await due('= NEXT_N_DAYS:3')).toEqual(['1', '3']);
    expect(await due('> TOMORROW')).toEqual(['3']);
    expect(await names("WHERE CreatedDate = TODAY AND LastName = 'Zoe'")).toEqual(['Zoe']);
    expect(await names("WHERE CreatedDate < TODAY AND LastName = 'Zoe'")).toEqual([]);
  });

  it('points at an unknown field as Salesforce does', async () => {
    const { code, message } = await refusal('SELECT Foo FROM User');
    expect(code).toBe('INVALID_FIELD');
    expect(message).toBe(
      "\nSELECT Foo FROM User\n       ^\nERROR at Row:1:Column:8\nNo such column 'Foo' on entity 'User'. If you are attempting to use a custom field, " +
        "be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.",
    );
  });

  it.each([
    ['SELECT Id FROM Foo', 'INVALID_TYPE'],
    ['SELECT Id, Id FROM User', 'INVALID_FIELD'],
    ['SELECT Id FROM', 'MALFORMED_QUERY'],
    ["SELECT Id FROM User WHERE LastName = 'open", 'MALFORMED_QUERY'],
    ["SELECT Id FROM User WHERE LastName = 'bad\\escape'", 'MALFORMED_QUERY'],
    ["SELECT Id FROM User WHERE LastName = 'a' AND Alias = 'b' OR Alias = 'c'", 'MALFORMED_QUERY'],
    ['SELECT Id FROM User WHERE LastName = 5', 'INVALID_FIELD'],
    ["SELECT Id FROM User WHERE IsActive = 'true'", 'INVALID_FIELD'],
    ["SELECT Id FROM User WHERE SystemModstamp > '2020-01-01T00:00:00Z'", 'INVALID_FIELD'],
    ["SELECT Id FROM User WHERE ProfileId = 'nonsense'", 'INVALID_QUERY_FILTER_OPERATOR'],
    ['SELECT Id FROM User OFFSET 2001', 'NUMBER_OUTSIDE_VALID_RANGE'],
    ['SELECT Department, COUNT(Id) FROM User', 'MALFORMED_QUERY'],
    ['SELECT LastName, COUNT(Id) FROM User GROUP BY Department', 'MALFORMED_QUERY'],
    ['SELECT COUNT() FROM User GROUP BY Department', 'MALFORMED_QUERY'],
    ['SELECT COUNT() FROM User ORDER BY Department', 'MALFORMED_QUERY'],
    ['SELECT CreatedDate FROM User GROUP BY CreatedDate', 'MALFORMED_QUERY'],
    ['SELECT COUNT(IsActive) FROM User', 'MALFORMED_QUERY'],
    ['SELECT COUNT(Id) n, COUNT(Title) n FROM User', 'MALFORMED_QUERY'],
    ['SELECT LastName l FROM User', 'MALFORMED_QUERY'],
    ['SELECT Id FROM User ORDER BY COUNT(Id)', 'MALFORMED_QUERY'],
    ['SELECT Id FROM User WHERE LastName = TODAY', 'INVALID_FIELD'],
    [
      "SELECT Id FROM User WHERE Id IN (SELECT AssigneeId FROM PermissionSetAssignment) OR Alias = 'x'",
      'MALFORMED_QUERY',
    ],
    ['SELECT Id FROM User WHERE LastName IN (SELECT AssigneeId FROM PermissionSetAssignment)', 'MALFORMED_QUERY'],
    ['SELECT Id FROM User WHERE Id IN (SELECT Username FROM User)', 'MALFORMED_QUERY'],
    [
      'SELECT Id FROM User WHERE Id IN (SELECT UserId FROM UserLogin WHERE UserId IN (SELECT Id FROM User))',
      'MALFORMED_QUERY',
    ],
    ['SELECT Owner.Department FROM Lead', 'INVALID_FIELD'],
  ])('refuses %s', async (soql, code) => {
    expect((await refusal(soql)).code).toBe(code);
  });

  it('answers a URI that is too long with HTML', async () => {
    const reply = await org().call('GET', `/query?q=${'x'.repeat(16_400)}`);
    expect(reply.status).toBe(414);
    expect(reply.headers.get('content-type')).toContain('text/html');
  });
});

describe('pages of a query', () => {
  const org = useOrg();

  it('follow one another by locator until all rows were seen once', async () => {
    await org().admin('POST', '/licenses', { name: 'Salesforce', total: 5000 });
    const template = await org().user();
    for (let n = 0; n < 3; n++) {
      const records = Array.from({ length: 200 }, (_, i) => ({
        attributes: { type: 'User' },
        ...template,
        Username: `l${n}-${i}@x.example`,
      }));
      await org().call('POST', '/composite/sobjects', { records });
    }
    const seen: unknown[] = [];
    const options = { 'sforce-query-options': 'batchSize=250' };
    let { body } = await org().call('GET', `/query?q=${encodeURIComponent('SELECT Id FROM User')}`, undefined, options);
    expect(body).toMatchObject({
      totalSize: 602,
      done: false,
      nextRecordsUrl: expect.stringMatching(/\/query\/01g\w{15}-250$/),
    });
    for (;;) {
      seen.push(...body.records.map((row) => row.Id));
      if (body.done === true) break;
      ({ body } = await org().call('GET', body.nextRecordsUrl.replace('/services/data/v67.0', '')));
    }
    expect(new Set(seen).size).toBe(602);
    expect(seen).toHaveLength(602);
  });

  it('are gone when the locator is not known', async () => {
    const reply = await org().call('GET', '/query/01g7g0000000009AAA-2000');
    expect([reply.status, reply.body[0]?.errorCode]).toEqual([404, 'INVALID_QUERY_LOCATOR']);
  });
});

describe('describes', () => {
  const org = useOrg();

  it('tell types, lengths, picklists and references', async () => {
    const { body } = await org().call('GET', '/sobjects/User/describe');
    expect(body).toMatchObject({ name: 'User', keyPrefix: '005', createable: true, deletable: false });
    const field = (name: string): unknown => (body.fields as { name: string }[]).find((one) => one.name === name);
    expect(field('Alias')).toMatchObject({ type: 'string', length: 8, nillable: false });
    expect(field('ProfileId')).toMatchObject({
      type: 'reference',
      referenceTo: ['Profile'],
      relationshipName: 'Profile',
    });
    expect(field('TimeZoneSidKey')).toMatchObject({
      restrictedPicklist: true,
      picklistValues: expect.arrayContaining([expect.objectContaining({ value: 'Asia/Kolkata' })]),
    });
    expect((await org().call('GET', '/sobjects')).body).toMatchObject({ maxBatchSize: 200, encoding: 'UTF-8' });
  });
});
