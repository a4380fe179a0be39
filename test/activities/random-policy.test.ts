/**
 * Whatever an administrator writes and whoever the people are: what a plan says can be carried out, the org does not refuse
 * as invalid data. Random mappings and birthrights, random people, changes of both, accounts that somebody closed meanwhile;
 * the real planning, the real connector, the simulator. More of them, or others: `RUNS=2000 FC_SEED=7 npx vitest run …`.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { asPlanItems } from '#activities/plan-items.ts';
import { planPeople } from '#activities/planning.ts';
import type { Application } from '#domain/application.ts';
import { createExpressions } from '#domain/expression.ts';
import type { ChangeType } from '#domain/hr-event.ts';
import type { AttributeMapping } from '#domain/mapping.ts';
import type { Operation } from '#domain/plan.ts';
import type { PlanItem } from '#domain/plan-item.ts';
import type { Person } from '#domain/person.ts';
import { DEFAULT_PROFILE_FIELDS } from '#domain/profile-field.ts';
import type { Connector, RowOutcome } from '#connectors/connector.ts';
import { recordAccount } from '#directory/accounts.ts';
import { saveApplication } from '#directory/applications.ts';
import { recordGrants } from '#directory/grants.ts';
import { changePerson } from '#directory/people.ts';
import { connect } from '../connectors/salesforce-org.ts';
import { freshDirectory, type FreshDirectory } from '../support/directory.ts';
import { PLAIN_APPLICATION } from '../support/plain-application.ts';
import { startSimulatedOrg, type SimulatedOrg } from '../support/simulator.ts';

const RUNS = Number(process.env['RUNS'] ?? 40);
/** What the org refuses with these was not foreseen, or was made wrong by us. */
const UNFORESEEN = ['invalid-data', 'bug'];

let directory: FreshDirectory;
let org: SimulatedOrg;

beforeAll(async () => {
  directory = await freshDirectory();
  await saveApplication(directory.sql, PLAIN_APPLICATION);
  org = await startSimulatedOrg();
  for (const licence of ['Salesforce', 'Salesforce Platform', 'Identity']) await org.setLicence(licence, 100_000);
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
  fc.constantFrom(
    '2026-11-24',
    '2026-02-30',
    '12.50',
    '-7',
    ' ',
    '00Q000000000001',
    'https://x.example',
    'a\nb',
    '\u0000',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.string({ minLength: 100, maxLength: 300 }),
);
const expression = fc.constantFrom(
  'givenName',
  'title',
  'country',
  'email',
  'timeZone',
  'employeeNumber',
  '"en_US"',
  '"Europe/Berlin"',
  '"UTF-8"',
  'upper(title)',
  'lower(email)',
  'properCase(familyName)',
  'trim(title)',
  'normalise(givenName)',
  'ascii(title)',
  'left(title, 8)',
  'right(title, 3)',
  'padLeft(title, 12, "0")',
  'digits(title)',
  'alias(givenName, familyName)',
  'replace(title, "a", "bb")',
  'word(title, 1)',
  'word(email, 2, "@.")',
  'title + " " + title',
  'text(12.5)',
  'coalesce(title, department)',
  'join(", ", givenName, familyName)',
  'switch(country, "x", "DE", "de", "US", "us")',
  'glob(title, "A*")',
  'title == "x"',
  'isDate(title)',
  '!(country in ["DE", "US"])',
  'email.contains("@")',
  'dateAdd(title, 90, "day")',
  'dateDiff("day", "2026-01-01", title)',
  '"2026-11-24"',
  '"2026-11-24T09:00:00Z"',
  'toNumber(title)',
  'toNumber(title) * 2.0',
  'size(title)',
  '7 / 2',
  '7 / 2.0',
  'title == "Ada" ? 1 : 0',
  'timeZoneOf(country)',
  'usualTimeZone(timeZone)',
  'localeOf(country)',
  'languageOf(country, "en_GB")',
  'title.split(" ")[0]',
  'title.split("@")[1]',
  'title.substring(0, 2)',
  '"a b".split(" ").map(x, upper(x)).join("-")',
);
const constant = fc.constantFrom<string | number | boolean>('x', 'Berlin', '', true, false, 7, 2.5, 123456789012345);
const ATTRIBUTES = {
  User: [
    ...'Alias CommunityNickname City Country Department Email EmailEncodingKey EmployeeNumber FirstName'.split(' '),
    ...'Fax LanguageLocaleKey LastName LocaleSidKey Phone PostalCode State Street TimeZoneSidKey Title'.split(' '),
    ...'UserPermissionsMarketingUser ReceivesAdminInfoEmails NoSuchAttribute CreatedDate ManagerId'.split(' '),
    ...'DelegatedApproverId FederationIdentifier DigestFrequency SenderEmail AboutMe Username UserRoleId'.split(' '),
    ...'CompanyName Division MobilePhone ForecastEnabled IsActive'.split(' '),
  ],
  Lead: [
    ...'FirstName LastName Company Email Title Phone LeadSource OwnerId Status Website AnnualRevenue'.split(' '),
    ...'NumberOfEmployees HasOptedOutOfEmail IsConverted Description EmailBouncedDate Salutation Street'.split(' '),
    ...'Country Rating Industry NoSuchAttribute Name IsUnreadByOwner'.split(' '),
  ],
  Contact: [
    ...'FirstName LastName Email Title Phone LeadSource OwnerId AccountId ReportsToId Birthdate'.split(' '),
    ...'DoNotCall Department MailingStreet MailingCountry Description EmailBouncedDate Salutation'.split(' '),
    ...'AssistantName IsEmailBounced NoSuchAttribute Name HomePhone OtherCity'.split(' '),
  ],
};
type AccountType = keyof typeof ATTRIBUTES;
/** What makes an account that can be made, so that the random rest decides. */
const SOUND: Record<AccountType, Record<string, string>> = {
  User: {
    Alias: 'left(employeeNumber, 8)',
    Email: '"somebody@joinery-demo.example"',
    LastName: 'left(coalesce(familyName, "Nobody"), 80)',
    TimeZoneSidKey: '"Europe/Berlin"',
    LocaleSidKey: '"de_DE"',
    LanguageLocaleKey: '"en_US"',
    EmailEncodingKey: '"UTF-8"',
  },
  Lead: { LastName: '"Nobody"', Company: '"Acme"' },
  Contact: { LastName: '"Nobody"' },
};
/** What tells whose an account is; no random mapping sets it. */
const IDENTITY: Record<AccountType, string> = { User: 'EmployeeNumber', Lead: 'MobilePhone', Contact: 'MobilePhone' };
const ENTITLEMENTS = [
  { type: 'permission-set', name: 'Sales_Console' },
  { type: 'permission-set', name: 'Shipping_Desk' },
  { type: 'permission-set', name: 'Platform_App' },
  { type: 'permission-set', name: 'Sales_Engagement' },
  { type: 'permission-set-group', name: 'Sales_Bundle' },
  { type: 'permission-set-group', name: 'Analytics_Bundle' },
  { type: 'permission-set-license', name: 'HighVelocitySalesUser' },
  { type: 'permission-set-license', name: 'EinsteinAnalyticsPlusPsl' },
  { type: 'package-license', name: 'mapview' },
  { type: 'package-license', name: 'quoteit' },
  { type: 'feature-license', name: 'UserPermissionsKnowledgeUser' },
  { type: 'feature-license', name: 'UserPermissionsMarketingUser' },
  { type: 'public-group', name: 'All_Staff' },
  { type: 'queue', name: 'Support_Queue' },
  { type: 'role', name: 'Sales_Rep' },
  { type: 'role', name: 'CEO' },
];
const MISTAKEN = [
  { type: 'profile', name: 'No Such Profile' },
  { type: 'role', name: 'Nowhere' },
  { type: 'public-group', name: 'Support_Queue' },
  { type: 'badge', name: 'Door' },
];
const PROFILES = ['Standard User', 'Sales User', 'Standard Platform User', 'Identity User', 'Chatter Free User'];

type Source = Pick<AttributeMapping, 'field' | 'constant' | 'expression'>;
const source: fc.Arbitrary<Source> = fc.oneof(
  { weight: 4, arbitrary: expression.map((one) => ({ expression: one })) },
  { weight: 1, arbitrary: constant.map((one) => ({ constant: one })) },
  { weight: 1, arbitrary: fc.constantFrom('title', 'country', 'email').map((field) => ({ field })) },
);
const mappingsOf = (type: AccountType) =>
  fc.uniqueArray(
    fc.record(
      {
        attribute: fc.constantFrom(...ATTRIBUTES[type].filter((name) => name !== IDENTITY[type])),
        source,
        default: constant,
        whenEmpty: fc.constantFrom('clear' as const, 'leave' as const),
        onCreateOnly: fc.boolean(),
      },
      { requiredKeys: ['attribute', 'source'] },
    ),
    { maxLength: 4, selector: ({ attribute }) => attribute },
  );
const policyOf = (type: AccountType) =>
  fc.record({
    sound: rarely(fc.subarray(Object.keys(SOUND[type])), Object.keys(SOUND[type])),
    random: mappingsOf(type),
    grants: type === 'User' ? fc.subarray(ENTITLEMENTS, { maxLength: 5 }) : fc.constant([]),
    mistaken: rarely(fc.subarray(MISTAKEN), []),
    profile: type === 'User' ? rarely(fc.constantFrom(...PROFILES), 'Standard User', 1) : fc.constant(undefined),
  });
type Policy = typeof policyOf extends (type: AccountType) => fc.Arbitrary<infer T> ? T : never;
const profile = fc.record({
  givenName: text,
  familyName: text,
  title: text,
  department: text,
  country: text,
  timeZone: text,
  email: text,
});
/** Somebody before and after a change, and what others do to the account meanwhile. */
const life = fc.record({
  before: profile,
  after: profile,
  meanwhile: rarely(fc.constantFrom('frozen' as const, 'inactive' as const), undefined),
  recorded: rarely(fc.constant(false), true),
  cause: rarely<ChangeType>(fc.constant('joiner'), 'mover'),
});
type Life = typeof life extends fc.Arbitrary<infer T> ? T : never;

let runs = 0;

it.each<AccountType>(['User', 'Lead', 'Contact'])(
  'of a %s is never refused as invalid data, and leaves nothing to do',
  { timeout: 60_000 + RUNS * 2_000 },
  async (type) => {
    const connector = connect(org, { object: type, timeoutMs: 10_000 });
    const read = new Set((await connector.describe()).attributes.filter((one) => one.read).map(({ name }) => name));
    const done = { create: 0, update: 0 };
    await fc.assert(
      fc.asyncProperty(
        policyOf(type),
        policyOf(type),
        fc.array(life, { minLength: 1, maxLength: 6 }),
        async (first, second, lives) => {
          runs += 1;
          const people = lives.map((one, index) => ({ ...one, employeeNumber: `R${runs}-${index}` }));
          for (const one of people)
            await changePerson(directory.sql, { employeeNumber: one.employeeNumber, status: 'active', profile: {} });
          const joined = { application: applicationOf(type, first), connector, read };
          done.create += await carryOutAll(
            joined,
            people,
            ({ before }) => before,
            () => 'joiner',
          );
          for (const one of people) await meanwhile(connector, one);
          const moved = { application: applicationOf(type, second), connector, read };
          done.update += await carryOutAll(
            moved,
            people,
            ({ after }) => after,
            ({ cause }) => cause,
          );
        },
      ),
      { numRuns: RUNS, endOnFailure: true },
    );
    expect(done.create).toBeGreaterThan(RUNS / 2);
    expect(done.update).toBeGreaterThan(RUNS / 4);
  },
);

type Somebody = Life & { employeeNumber: string };
interface Joined {
  application: Application;
  connector: Required<Connector>;
  /** The attributes that accounts show. */
  read: ReadonlySet<string>;
}

function rarely<T>(arbitrary: fc.Arbitrary<T>, usual: T, weight = 5): fc.Arbitrary<T> {
  return fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary });
}

function applicationOf(type: AccountType, rules: Policy): Application {
  const random = rules.random.map(({ source: from, ...mapping }): AttributeMapping => ({ ...mapping, ...from }));
  const set = new Set(random.map(({ attribute }) => attribute));
  const username = type === 'User' ? { Username: 'lower(employeeNumber) + "@random.example"' } : {};
  const sound = Object.entries({ ...SOUND[type], ...username, [IDENTITY[type]]: 'employeeNumber' }).filter(
    ([name]) => !set.has(name) && (rules.sound.includes(name) || name === IDENTITY[type] || name === 'Username'),
  );
  return {
    ...PLAIN_APPLICATION,
    usernameAttribute: type === 'User' ? 'Username' : 'Email',
    mappings: [...sound.map(([attribute, value]): AttributeMapping => ({ attribute, expression: value })), ...random],
    correlation: [{ attribute: IDENTITY[type], expression: 'employeeNumber' }],
    birthrights: [
      ...[...rules.mistaken, ...rules.grants].map((one) => ({ when: 'true', grant: [one] })),
      ...(rules.profile ? [{ when: 'true', grant: [{ type: 'profile', name: rules.profile }] }] : []),
    ],
  };
}

function personOf({ employeeNumber }: Somebody, profileNow: Record<string, string>): Person {
  const known = Object.fromEntries(
    Object.entries(profileNow).map(([name, value]) => [name, value.replaceAll('\0', '')]),
  );
  return { employeeNumber, status: 'active', profile: known };
}

/** How many people got all that was planned for them without a warning; planned again, nothing is left to do for them. */
async function carryOutAll(
  connection: Joined,
  people: Somebody[],
  profileOf: (one: Somebody) => Record<string, string>,
  causeOf: (one: Somebody) => ChangeType,
): Promise<number> {
  const requests = people.map((one) => ({ person: personOf(one, profileOf(one)), cause: causeOf(one) }));
  const planned = await planPeople(directory.sql, connection, requests, language, context);
  const carriedOut: number[] = [];
  for (const [index, item] of (await asPlanItems(connection, planned, context)).entries()) {
    const one = people[index];
    if (!one || item.failure || item.warnings.length > 0 || item.operations.length === 0) continue;
    if (await carryOut(connection, one, item)) carriedOut.push(index);
  }
  const replanned = await planPeople(directory.sql, connection, requests, language, context);
  const again = await asPlanItems(connection, replanned, context);
  for (const index of carriedOut) {
    const left = leftOf(again[index], connection);
    if (left.length > 0) throw new Error(`left to do: ${JSON.stringify(left)}`);
  }
  return carriedOut.length;
}

/** What a plan would still do, but link an account that nobody recorded, and write what no account shows. */
function leftOf(item: PlanItem | undefined, { read }: Joined): Operation[] {
  if (!item || item.warnings.length > 0) return [];
  return item.operations.flatMap((operation) => {
    const changes = operation.changes.filter(({ attribute }) => read.has(attribute));
    const isOver = operation.kind === 'link' || (operation.kind === 'update' && changes.length === 0);
    return isOver ? [] : [{ ...operation, changes }];
  });
}

/** As activities do it, in order; what is refused for another reason ends it. Whether all of it was done. */
async function carryOut({ application, connector }: Joined, one: Somebody, item: PlanItem): Promise<boolean> {
  const where = { employeeNumber: one.employeeNumber, application: application.name };
  let nativeId = item.account?.nativeId ?? '';
  for (const operation of item.operations) {
    const { kind, entitlements } = operation;
    const changes = entitlements.map((entitlement) => ({ nativeId, entitlement }));
    switch (kind) {
      case 'link':
        break;
      case 'create': {
        const [made] = await connector.create([accountOf(operation)]);
        if (!isDone(operation, made)) return false;
        nativeId = made.nativeId;
        const record = { ...where, nativeId, username: item.username, status: 'active' as const };
        if (one.recorded) await recordAccount(directory.sql, record);
        break;
      }
      case 'update':
        if (!isDone(operation, (await connector.update([{ nativeId, ...accountOf(operation) }]))[0])) return false;
        break;
      case 'reactivate':
      case 'unfreeze':
        if (!isDone(operation, (await connector[kind]([nativeId]))[0])) return false;
        break;
      case 'grant': {
        const outcomes = await connector.grant(changes);
        const given = entitlements.filter((_, index) => isDone(operation, outcomes[index]));
        if (one.recorded) await recordGrants(directory.sql, { ...where, eventId: 'random', reason: 'random' }, given);
        if (given.length < entitlements.length) return false;
        break;
      }
      case 'revoke':
        for (const outcome of await connector.revoke(changes)) if (!isDone(operation, outcome)) return false;
        break;
      case 'freeze':
      case 'scan':
      case 'transfer':
      case 'deactivate':
      case 'delete':
      case 'return':
        throw new Error(`nobody leaves here: ${kind}`);
    }
  }
  return true;
}

async function meanwhile({ find, freeze, deactivate, manifest }: Required<Connector>, one: Somebody): Promise<void> {
  if (one.meanwhile === undefined || manifest.accountType !== 'User') return;
  const [account] = await find([{ attribute: IDENTITY.User, values: [one.employeeNumber] }]);
  if (account) await (one.meanwhile === 'frozen' ? freeze : deactivate)([account.nativeId]);
}

function accountOf({ changes, entitlements }: Operation) {
  return { attributes: Object.fromEntries(changes.map((change) => [change.attribute, change.new])), entitlements };
}

function isDone(operation: Operation, outcome: RowOutcome | undefined): outcome is RowOutcome & { ok: true } {
  if (outcome?.ok === false && UNFORESEEN.includes(outcome.error.kind))
    throw new Error(`${JSON.stringify(operation)} was refused: ${outcome.error.message}`);
  return outcome?.ok === true;
}
