/** What an application's document may say: it is refused as a whole, with every fault named, by itself and by the application. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Application } from '#domain/application.ts';
import type { AttributeMapping } from '#domain/mapping.ts';
import {
  checkApplication,
  checkSavedApplication,
  removeApplication,
  saveApplicationRules,
} from '#client/applications.ts';
import { findAccount, recordAccount } from '#directory/accounts.ts';
import { openSecret } from '#directory/application-secrets.ts';
import { pauseApplication, resumeApplication } from '#directory/application-states.ts';
import { findApplication } from '#directory/applications.ts';
import { storeHrEvents } from '#directory/hr-events.ts';
import { changePerson } from '#directory/people.ts';
import { listProfileFields } from '#directory/profile-fields.ts';
import { createSealer } from '#directory/sealing.ts';
import { openTask } from '#directory/tasks.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';

type Document = Omit<Partial<Application>, 'settings'> & { secret?: object; settings?: object };

const sealer = createSealer(randomBytes(32));
let directory: FreshDirectory;
let org: SimulatedOrg;
let demo: Application & { secret: object };

beforeAll(async () => {
  directory = await freshDirectory();
  org = await startSimulatedOrg();
  const file = new URL('../../docs/examples/salesforce-demo.json', import.meta.url);
  const document = JSON.parse(await readFile(file, 'utf8')) as typeof demo;
  demo = { ...document, settings: { ...document.settings, loginUrl: org.url } };
});
afterAll(async () => {
  await org.close();
  await directory.close();
});

const save = (change: Document = {}) => saveApplicationRules(directory.sql, sealer, { ...demo, ...change }, 'test');
const faultsOf = (change: Document): Promise<string[]> =>
  save(change).then(
    () => [],
    ({ faults }: { faults: { field: string; problem: string }[] }) =>
      faults.map(({ field, problem }) => `${field}: ${problem}`),
  );

/** The demo's mappings, with those of these attributes in place of its own. */
const mapping = (...changed: Application['mappings']): Document => ({
  mappings: [
    ...demo.mappings.filter(({ attribute }) => !changed.some((one) => one.attribute === attribute)),
    ...changed,
  ],
});
const granting = (...grant: { type: string; name: string }[]): Document => ({
  birthrights: [...demo.birthrights, { when: 'true', grant }],
});

/** Nobody listens there. */
const elsewhere = { loginUrl: 'http://127.0.0.1:1', login: 'client-credentials', clientId: 'joinery-demo' };

describe('a document is refused', () => {
  it.each<[string, () => Document]>([
    ['mappings.Title: must have exactly one of', () => mapping({ attribute: 'Title', field: 'title', constant: 'x' })],
    ['mappings.Title: must have exactly one of field, constant and expression', () => mapping({ attribute: 'Title' })],
    [
      'mappings.Title: "titel" is not a profile field; did you mean title',
      () => mapping({ attribute: 'Title', field: 'titel' }),
    ],
    [
      'mappings.Title: string(number) + title: Unknown variable: number',
      () => mapping({ attribute: 'Title', expression: 'string(number) + title' }),
    ],
    [
      'mappings.Title.alternatives.1: nickname: Unknown variable',
      () => mapping({ attribute: 'Title', field: 'title', alternatives: ['email', 'nickname'] }),
    ],
    [
      'mappings.Title: is mapped more than once',
      () => ({ mappings: [...demo.mappings, { attribute: 'Title', field: 'title' }] }),
    ],
    ['protect.0: attributes.UserType == 7', () => ({ protect: ['attributes.UserType == 7'] })],
    ['protect.0: department == "IT": Unknown variable: department', () => ({ protect: ['department == "IT"'] })],
    [
      'groupPush.0.name: label + employeeNumber: Unknown variable: employeeNumber',
      () => ({ groupPush: [{ groups: ['*'], type: 'public-group', name: 'label + employeeNumber' }] }),
    ],
    [
      'groupPush.0.groups: "Sales" is not a group',
      () => ({ groupPush: [{ groups: ['Sales'], type: 'public-group', name: 'group' }] }),
    ],
    [
      'birthrights.0.when: "Sales" in group: Unknown variable: group',
      () => ({ birthrights: [{ when: '"Sales" in group', grant: [{ type: 'role', name: 'CEO' }] }] }),
    ],
    [
      'mappings.Title.vlaue: is not a known field',
      () => mapping({ attribute: 'Title', field: 'title', vlaue: 'x' } as AttributeMapping),
    ],
    ['usernameSuffix: must start with a dot', () => ({ usernameSuffix: 'uat' })],
    [
      'correlation.0: "Username" has alternatives',
      () => ({ correlation: [{ attribute: 'Username', expression: 'lower(email)' }] }),
    ],
  ])('for what is wrong with it by itself: %s', async (fault, change) => {
    expect(await faultsOf({ ...change(), settings: elsewhere })).toEqual([expect.stringContaining(fault)]);
  });

  it.each<[string, () => Document]>([
    [
      'mappings.Departmnt: User has no attribute "Departmnt" that we may see; did you mean Department',
      () => mapping({ attribute: 'Departmnt', field: 'department' }),
    ],
    [
      'mappings.LastLoginDate: LastLoginDate can not be written',
      () => mapping({ attribute: 'LastLoginDate', field: 'startDate' }),
    ],
    [
      'mappings.UserRoleId: UserRoleId is set by what is granted: grant a role instead',
      () => mapping({ attribute: 'UserRoleId', constant: '00E' }),
    ],
    ['grant a feature-license instead', () => mapping({ attribute: 'UserPermissionsKnowledgeUser', constant: true })],
    [
      'mappings.ForecastEnabled: gives text, and ForecastEnabled takes yes or no',
      () => mapping({ attribute: 'ForecastEnabled', field: 'department', onCreateOnly: true }),
    ],
    [
      'has more than 40 characters',
      () => mapping({ attribute: 'Extension', constant: '0'.repeat(41), onCreateOnly: true }),
    ],
    [
      'mappings.LocaleSidKey.default: "de_UK" is not one of its values, such as da_DK, de_AT, de_CH, de_DE',
      () => mapping({ attribute: 'LocaleSidKey', field: 'language', default: 'de_UK' }),
    ],
    [
      'mappings.FederationIdentifier: FederationIdentifier is unique there',
      () => mapping({ attribute: 'FederationIdentifier', constant: 'ada' }),
    ],
    [
      'mappings.Alias: is missing: an account can not be without it',
      () => ({ mappings: demo.mappings.filter(({ attribute }) => attribute !== 'Alias') }),
    ],
    ['birthrights: none grants a profile: an account can not be without one', () => ({ birthrights: [] })],
    [
      'correlation.PersonNumber: User has no attribute',
      () => ({ correlation: [{ attribute: 'PersonNumber', expression: 'employeeNumber' }] }),
    ],
    [
      'mappings.AboutMe: accounts are read without AboutMe: add it to settings.extraFields',
      () => mapping({ attribute: 'AboutMe', field: 'title' }),
    ],
    ['protect.0: accounts are read without UserType', () => ({ protect: ['attributes.UserType != "Standard"'] })],
    [
      'groupPush.0.type: "group" is not a type',
      () => ({ groupPush: [{ groups: ['*'], type: 'group', name: 'group' }] }),
    ],
    [
      'birthrights.8.grant.0: "permision-set" is not a type of entitlement there',
      () => granting({ type: 'permision-set', name: 'Sales_Console' }),
    ],
    [
      'there is no permission-set "Sales_Consle" that we may see; did you mean Sales_Console',
      () => granting({ type: 'permission-set', name: 'Sales_Consle' }),
    ],
  ])('for what the application says of it: %s', async (fault, change) => {
    expect(await faultsOf(change())).toEqual([expect.stringContaining(fault)]);
  });

  it('with what is wrong with it by itself and what the application says of it in one answer', async () => {
    const change = {
      ...mapping({ attribute: 'Departmnt', expression: 'departmnt' }, { attribute: 'LocaleSidKey', constant: 'de_UK' }),
      scope: 'colour == "red"',
      ...granting({ type: 'x', name: 'y' }),
    };
    expect((await faultsOf(change)).map((fault) => fault.split(':')[0])).toEqual([
      'scope',
      'mappings.Departmnt',
      'mappings.Departmnt',
      'mappings.LocaleSidKey',
      'birthrights.8.grant.0',
    ]);
  });

  it.each<[string, () => Document]>([
    ['scope: "xxx', () => ({ scope: `"${'x'.repeat(10_000_000)}"` })],
    ['mappings.Title: "xxx', () => mapping({ attribute: 'Title', field: 'x'.repeat(10_000_000) })],
    ['mappings.Title: "xxx', () => mapping({ attribute: 'Title', constant: 'x'.repeat(10_000_000) })],
    ['.attribute: must have at most 255', () => ({ mappings: [{ attribute: 'x'.repeat(1_000_000) }] })],
    ['settings: Unrecognized key: "xxx', () => ({ settings: { ...elsewhere, ['x'.repeat(1_000_000)]: 1 } })],
    ['xxx', () => ({ ['x'.repeat(1_000_000)]: 1 }) as Document],
    ['label: must not contain the character U+0000', () => ({ label: 'C\0RM' })],
    ['mappings.Title.constant: must be well-formed', () => mapping({ attribute: 'Title', constant: '\uD800' })],
    ['protect: must have at most 100 entries', () => ({ protect: Array<string>(101).fill('false') })],
  ])('for what could not be stored or told, in few words: %s', async (said, change) => {
    const faults = await faultsOf(change());
    expect(faults).toContainEqual(expect.stringContaining(said));
    for (const fault of faults) expect(fault.length).toBeLessThan(600);
  });

  it('is refused as a whole: every fault is named, and nothing is stored', async () => {
    const change = {
      ...mapping({ attribute: 'Departmnt', field: 'department' }),
      ...granting({ type: 'x', name: 'y' }),
    };
    expect(await faultsOf({ ...change, name: 'refused' })).toHaveLength(2);
    expect(await findApplication(directory.sql, 'refused')).toBeUndefined();
  });
});

describe('a document is saved', () => {
  it('without a warning where everything is right', async () => {
    expect((await save()).warnings).toEqual([]);
  });

  it('with a warning where the application can not be asked, and refuses the credentials', async () => {
    const later = 'joinery app check salesforce does it later';
    const [unreachable] = (await save({ settings: elsewhere })).warnings;
    expect(unreachable).toMatch(/^not checked against the application: salesforce: sign in: the connection broke/);
    expect(unreachable).toContain(later);
    const [refused] = (await save({ secret: { clientSecret: 'wrong' } })).warnings;
    expect(refused).toMatch(/^not checked against the application: .*invalid_client/);
    expect(refused).not.toContain('wrong');
  });

  it('after five seconds at the most', async () => {
    await org.addFault({ match: { path: '/describe' }, action: { kind: 'stall-body' } });
    const began = Date.now();
    expect((await save()).warnings).toEqual([expect.stringContaining('it did not answer within 5 seconds')]);
    expect(Date.now() - began).toBeLessThan(7_000);
    await org.clearFaults();
  }, 15_000);

  it('and nothing is sent to an application that is paused', async () => {
    await save();
    await pauseApplication(directory.sql, 'salesforce', 'ada', 'release weekend');
    await org.clearLog();
    expect((await save()).warnings).toEqual([
      'not checked against the application: it is paused: release weekend; joinery app check salesforce does it later',
    ]);
    expect(await org.requests()).toEqual([]);
    await resumeApplication(directory.sql, 'salesforce');
  });

  it('without its secret where the application is known, which keeps its own', async () => {
    await save({ secret: { clientSecret: 'first' } });
    const { secret: _secret, ...rules } = demo;
    await saveApplicationRules(directory.sql, sealer, { ...rules, label: 'Renamed' }, 'test');
    const stored = await findApplication(directory.sql, 'salesforce');
    expect(stored?.label).toBe('Renamed');
    expect(stored && openSecret(sealer, stored)).toEqual({ clientSecret: 'first' });
    await expect(saveApplicationRules(directory.sql, sealer, { ...rules, name: 'other' }, 'test')).rejects.toThrow(
      'secret is missing: an application that is new needs one',
    );
  });

  it('never with the secret that was given for another address, which would be sent there', async () => {
    await save();
    const { secret: _secret, ...rules } = demo;
    const settings = { ...demo.settings, loginUrl: org.url.replace('127.0.0.1', 'localhost') };
    await org.clearLog();
    await expect(saveApplicationRules(directory.sql, sealer, { ...rules, settings }, 'test')).rejects.toThrow(
      'secret has to be given again',
    );
    expect(await org.requests()).toEqual([]);
    expect((await saveApplicationRules(directory.sql, sealer, rules, 'test')).warnings).toEqual([]);
  });

  it('with an audit of old and new, without the secret', async () => {
    await save({ label: 'Before' });
    await save({ label: 'After' });
    const [entry] = await directory.sql`select actor, action, detail from audit order by sequence desc limit 1`;
    expect(entry).toMatchObject({
      actor: 'test',
      action: 'application saved',
      detail: { old: { label: 'Before' }, new: { label: 'After' } },
    });
    expect(JSON.stringify(entry)).not.toContain('joinery-demo-secret');
    expect(entry?.['detail'].old).not.toHaveProperty('sealedSecret');
  });
});

describe('the people an application is for', () => {
  const hire = (employeeNumber: string, profile: Record<string, string>, status: 'active' | 'left' = 'active') =>
    changePerson(directory.sql, {
      employeeNumber,
      status,
      profile: {
        givenName: 'Ada',
        familyName: employeeNumber,
        email: `${employeeNumber}@x.example`,
        country: 'GB',
        ...profile,
      },
    });

  it('are tried in its rules: whose values do not fit is told once, with the number of people and the first five', async () => {
    const title = 'x'.repeat(81);
    for (let number = 1; number <= 7; number++) await hire(`P${number}`, { title });
    await hire('P8', { title, department: 'Elsewhere' });
    await hire('P9', { title }, 'left');
    await hire('Q1', { company: 'nowhere' });
    const { warnings } = await save({
      scope: 'department != "Elsewhere"',
      ...mapping(
        { attribute: 'Title', field: 'title' },
        { attribute: 'Division', expression: 'company == "" ? "" : company.split("-")[1]' },
      ),
    });
    expect(warnings).toEqual([
      'mappings.Title has more than 80 characters: 7 people (P1, P2, P3, P4, P5, …)',
      expect.stringMatching(/^mappings\.Division can not be computed: .*: 1 person \(Q1\)$/),
    ]);
  });

  it('are tried again when somebody asks', async () => {
    await save(mapping({ attribute: 'Title', field: 'title' }));
    expect(await checkSavedApplication(directory.sql, sealer, 'salesforce')).toEqual({
      faults: [],
      warnings: ['mappings.Title has more than 80 characters: 8 people (P1, P2, P3, P4, P5, …)'],
    });
    expect(await checkSavedApplication(directory.sql, sealer, 'nobody')).toBeUndefined();
  });
});

describe('a document is checked without being stored', () => {
  it('for faults, each named', async () => {
    const document = { ...demo, name: 'unstored', ...mapping({ attribute: 'Departmnt', field: 'department' }) };
    const { faults } = await checkApplication(directory.sql, sealer, document);
    expect(faults).toMatchObject([{ field: 'mappings.Departmnt' }]);
    expect(await findApplication(directory.sql, 'unstored')).toBeUndefined();
  });

  it('against profile fields that are not the directory’s yet', async () => {
    const document = { ...demo, ...mapping({ attribute: 'Division', field: 'desk' }) };
    const desk = {
      name: 'desk',
      label: 'Desk',
      type: 'text',
      required: false,
      unique: false,
      format: null,
      custom: true,
    } as const;
    const policy = { fields: [...(await listProfileFields(directory.sql)), desk], groups: [] };
    expect((await checkApplication(directory.sql, sealer, document)).faults).toMatchObject([
      { field: 'mappings.Division' },
    ]);
    expect((await checkApplication(directory.sql, sealer, document, policy)).faults).toEqual([]);
  });
});

describe('removing an application', () => {
  const remove = (name: string, forgetAccounts = false) =>
    removeApplication(directory.sql, name, { forgetAccounts, actor: 'test' });

  it('is refused while people have accounts there, unless those are to be forgotten', async () => {
    await save({ name: 'leaving', settings: elsewhere });
    await changePerson(directory.sql, { employeeNumber: 'R1', status: 'active', profile: {} });
    const account = {
      employeeNumber: 'R1',
      application: 'leaving',
      nativeId: '005',
      username: 'r1',
      status: 'active',
    } as const;
    await recordAccount(directory.sql, account);
    expect(await remove('leaving')).toMatchObject({
      result: 'refused',
      why: expect.stringContaining('1 accounts are recorded'),
    });
    expect(await findApplication(directory.sql, 'leaving')).toBeDefined();

    expect(await remove('leaving', true)).toEqual({ result: 'removed' });
    expect(await findAccount(directory.sql, 'R1', 'leaving')).toBeUndefined();
    const [entry] = await directory.sql`select action, subject, detail from audit order by sequence desc limit 1`;
    expect(entry).toMatchObject({
      action: 'application removed',
      subject: 'leaving',
      detail: { old: { name: 'leaving' }, new: null, accountsForgotten: 1 },
    });
  });

  it('is refused while tasks wait there, whatever is to be forgotten', async () => {
    await save({ name: 'waiting', settings: elsewhere });
    const body = { id: 'e1', type: 'joiner', employeeNumber: 'R1', effectiveDate: '2026-01-01', profile: {} } as const;
    const event = { ...body, target: null, dueAt: '2026-01-01T00:00:00Z', body, bodySha256: 'e1', source: 'test' };
    await storeHrEvents(directory.sql, [event]);
    await openTask(directory.sql, {
      workflowId: 'person:R1',
      eventId: 'e1',
      employeeNumber: 'R1',
      person: 'Ada Byron',
      application: 'waiting',
      operation: 'create',
      kind: 'conflict',
      message: 'waiting: taken',
      remedy: null,
      resource: null,
    });
    expect(await remove('waiting', true)).toMatchObject({
      result: 'refused',
      why: expect.stringContaining('1 open tasks'),
    });
  });

  it('that is not there says so', async () => {
    expect(await remove('nobody')).toEqual({ result: 'unknown' });
  });
});
