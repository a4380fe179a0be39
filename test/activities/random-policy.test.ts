/**
 * Whatever an administrator writes and whoever the people are: what a plan says can be carried out, the org does not refuse
 * as invalid data. Random mappings and birthrights, random people, the real planning, the real connector, the simulator.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asPlanItems } from '#activities/plan-items.ts';
import { planPeople } from '#activities/planning.ts';
import type { Application } from '#domain/application.ts';
import { createExpressions } from '#domain/expression.ts';
import type { Operation } from '#domain/plan.ts';
import type { PlanItem } from '#domain/plan-item.ts';
import type { Person } from '#domain/person.ts';
import { DEFAULT_PROFILE_FIELDS } from '#domain/profile-field.ts';
import type { Connector, RowOutcome } from '#connectors/connector.ts';
import { connect } from '../connectors/salesforce-org.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { PLAIN_APPLICATION } from '../support/plain-application.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';

let directory: FreshDirectory;
let org: SimulatedOrg;
let connector: Required<Connector>;

beforeAll(async () => {
  directory = await freshDirectory();
  org = await startSimulatedOrg();
  connector = connect(org, { timeoutMs: 10_000 });
});

afterAll(async () => {
  await org.close();
  await directory.close();
});

const language = createExpressions(DEFAULT_PROFILE_FIELDS);
const context = { signal: new AbortController().signal, urgent: false };

const text = fc.oneof(
  fc.constantFrom(
    '',
    'Ada',
    'Zoë',
    'Łukasz',
    'O’Neill',
    '李',
    'DE',
    'US',
    'XX',
    'a@b.example',
    'not an address',
    'true',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ minLength: 100, maxLength: 300 }),
);
const expression = fc.constantFrom(
  'givenName',
  'familyName',
  'title',
  'country',
  'upper(title)',
  'left(title, 8)',
  'title + " " + title',
  'timeZone',
  'timeZoneOf(country)',
  'localeOf(country)',
  'languageOf(country)',
  'lower(email)',
  'coalesce(title, department)',
  'title == "x"',
  'title == "Ada" ? 1 : 0',
  '"en_US"',
  '"Europe/Berlin"',
  '"UTF-8"',
  'employeeNumber',
);
const ATTRIBUTES = [
  'Alias',
  'CommunityNickname',
  'City',
  'Country',
  'Department',
  'Email',
  'EmailEncodingKey',
  'EmployeeNumber',
  'FirstName',
  'Fax',
  'LanguageLocaleKey',
  'LastName',
  'LocaleSidKey',
  'Phone',
  'PostalCode',
  'State',
  'Street',
  'TimeZoneSidKey',
  'Title',
  'UserPermissionsMarketingUser',
  'ReceivesAdminInfoEmails',
  'NoSuchAttribute',
  'CreatedDate',
];
/** What makes a user that can be made, so that the random rest decides. */
const SOUND: Record<string, string> = {
  Alias: 'left(employeeNumber, 8)',
  Email: '"somebody@joinery-demo.example"',
  LastName: 'left(coalesce(familyName, "Nobody"), 80)',
  TimeZoneSidKey: '"Europe/Berlin"',
  LocaleSidKey: '"de_DE"',
  LanguageLocaleKey: '"en_US"',
  EmailEncodingKey: '"UTF-8"',
};
const ENTITLEMENTS = [
  { type: 'profile', name: 'Sales User' },
  { type: 'profile', name: 'Standard Platform User' },
  { type: 'permission-set', name: 'Sales_Console' },
  { type: 'permission-set', name: 'Forecast_Editor' },
  { type: 'permission-set', name: 'Shipping_Desk' },
  { type: 'public-group', name: 'All_Staff' },
  { type: 'queue', name: 'Support_Queue' },
  { type: 'role', name: 'Sales_Rep' },
];
const MISTAKEN = [
  { type: 'profile', name: 'No Such Profile' },
  { type: 'role', name: 'Nowhere' },
];

const policy = fc.record({
  sound: rarely(fc.subarray(Object.keys(SOUND)), Object.keys(SOUND)),
  random: fc.dictionary(fc.constantFrom(...ATTRIBUTES), expression, { maxKeys: 4 }),
  defaults: fc.option(fc.constantFrom('x', 'Berlin', true, 7), { nil: undefined }),
  grants: fc.subarray(ENTITLEMENTS),
  mistaken: rarely(fc.subarray(MISTAKEN), []),
  everybody: fc.constantFrom('Standard User', 'Sales User', 'Chatter Free User'),
});
const profiles = fc.array(
  fc.record({
    givenName: text,
    familyName: text,
    title: text,
    department: text,
    country: text,
    timeZone: text,
    email: text,
  }),
  { minLength: 1, maxLength: 6 },
);

let runs = 0;

it('is never refused as invalid data', { timeout: 120_000 }, async () => {
  let carriedOut = 0;
  await fc.assert(
    fc.asyncProperty(policy, profiles, async (rules, people) => {
      runs += 1;
      const application = applicationOf(rules);
      const requests = people.map((profile, index) => ({ person: personOf(profile, index), cause: 'joiner' as const }));
      const connection = { application, connector };
      const planned = await planPeople(directory.sql, connection, requests, language, context);
      for (const item of await asPlanItems(connection, planned, context)) {
        if (item.failure || item.warnings.length > 0) continue;
        carriedOut += 1;
        await carryOut(item);
      }
    }),
    { numRuns: 60, seed: 20261124 },
  );
  expect(carriedOut).toBeGreaterThan(30);
});

function rarely<T>(arbitrary: fc.Arbitrary<T>, usual: T): fc.Arbitrary<T> {
  return fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary });
}

function applicationOf(rules: typeof policy extends fc.Arbitrary<infer T> ? T : never): Application {
  const sound = rules.sound.filter((name) => !(name in rules.random)).map((name) => [name, SOUND[name] ?? ''] as const);
  const mappings = [...sound, ...Object.entries(rules.random)].map(([attribute, value]) => ({
    attribute,
    expression: value,
    default: rules.defaults,
  }));
  return {
    ...PLAIN_APPLICATION,
    usernameAttribute: 'Username',
    mappings: [{ attribute: 'Username', expression: `lower(employeeNumber) + "@random.example"` }, ...mappings],
    correlation: [{ attribute: 'Username', expression: `lower(employeeNumber) + "@random.example"` }],
    birthrights: [
      ...[...rules.mistaken, ...rules.grants].map((one) => ({ when: 'true', grant: [one] })),
      { when: 'true', grant: [{ type: 'profile', name: rules.everybody }] },
    ],
  };
}

function personOf(profile: Record<string, string>, index: number): Person {
  return { employeeNumber: `R${runs}-${index}`, status: 'active', profile };
}

async function carryOut({ operations }: PlanItem): Promise<void> {
  const create = operations.find(({ kind }) => kind === 'create');
  if (!create) throw new Error('nobody has an account yet');
  const [made] = await connector.create([accountOf(create)]);
  refuseInvalid(create, made);
  if (!made?.ok) return;
  for (const grant of operations.filter(({ kind }) => kind === 'grant')) {
    const changes = grant.entitlements.map((entitlement) => ({ nativeId: made.nativeId, entitlement }));
    for (const outcome of await connector.grant(changes)) refuseInvalid(grant, outcome);
  }
}

function accountOf({ changes, entitlements }: Operation) {
  return { attributes: Object.fromEntries(changes.map((change) => [change.attribute, change.new])), entitlements };
}

function refuseInvalid(operation: Operation, outcome: RowOutcome | undefined): void {
  if (outcome?.ok === false && outcome.error.kind === 'invalid-data')
    throw new Error(`${JSON.stringify(operation)} was refused: ${outcome.error.message}`);
}
