/**
 * What somebody writes who has a file of people and an evening: jsforce, pages of 200, a few at once. It looks for whom there
 * is already, makes the others and gives them what the demo's policy gives. It remembers nothing and retries nothing.
 */
import { Connection } from 'jsforce';
import type { Newcomer } from './newcomers.ts';
import { API_VERSION, DEMO_CLIENT } from './org.ts';

const ROWS_A_CALL = 200;
const PAGES_AT_ONCE = 4;

interface Grants {
  profile: string;
  role?: string;
  sets: string[];
  groups: string[];
}

/** What docs/examples/salesforce-demo.json gives, department by department. */
const POLICY: Record<string, Grants> = {
  Sales: {
    profile: 'Sales User',
    role: 'Sales_Rep',
    sets: ['Sales_Console', 'Forecast_Editor'],
    groups: ['Sales_Team', 'All_Staff'],
  },
  Shipping: {
    profile: 'Operations User',
    role: 'Operations',
    sets: ['Shipping_Desk', 'Inventory_Manager'],
    groups: ['All_Staff'],
  },
  Marketing: {
    profile: 'Support User',
    role: 'Support_Agent',
    sets: ['Service_Console'],
    groups: ['Support_Queue', 'All_Staff'],
  },
  Finance: { profile: 'Standard User', sets: ['Finance_Reports'], groups: ['All_Staff'] },
  IT: { profile: 'Standard User', sets: ['Developer_Tools'], groups: ['All_Staff'] },
  'Human Resources': { profile: 'Standard User', sets: ['HR_Records'], groups: ['All_Staff'] },
};

type Ids = Record<'profiles' | 'roles' | 'sets' | 'groups', Map<string, string>>;

/** Returns when everybody has an account. Throws at the first row that is refused. */
export async function runBareScript(url: string, people: readonly Newcomer[]): Promise<void> {
  const connection = await logIn(url);
  const ids = await lookUp(connection);
  const pages = partsOf(people);
  const work = async (): Promise<void> => {
    for (let page = pages.shift(); page; page = pages.shift()) await makePage(connection, ids, page);
  };
  await Promise.all(Array.from({ length: PAGES_AT_ONCE }, work));
}

async function logIn(url: string): Promise<Connection> {
  const connection = new Connection({ loginUrl: url, version: API_VERSION });
  await connection.authorize({ grant_type: 'client_credentials', ...DEMO_CLIENT });
  return connection;
}

async function lookUp(connection: Connection): Promise<Ids> {
  const byName = async (object: string, name: string): Promise<Map<string, string>> => {
    const { records } = await connection.query<Record<string, string>>(`SELECT Id, ${name} FROM ${object}`);
    return new Map(records.map((record) => [String(record[name]), String(record['Id'])]));
  };
  const [profiles, roles, sets, groups] = await Promise.all([
    byName('Profile', 'Name'),
    byName('UserRole', 'DeveloperName'),
    byName('PermissionSet', 'Name'),
    byName('Group', 'DeveloperName'),
  ]);
  return { profiles, roles, sets, groups };
}

async function makePage(connection: Connection, ids: Ids, page: Newcomer[]): Promise<void> {
  const isThere = await whoIsThere(connection, page);
  const missing = page.filter(({ employeeNumber }) => !isThere.has(employeeNumber));
  if (missing.length === 0) return;
  const users = missing.map((person) => userOf(person, ids));
  const made = await connection.sobject('User').create(users, { allOrNone: false });
  // Salesforce takes ten changes from one type to another in a call: it gets all of one type, then of the next.
  const grants = missing
    .flatMap((person, index) => grantsOf(person, idOf(made[index], person), ids))
    .toSorted((a, b) => a.attributes.type.localeCompare(b.attributes.type));
  await Promise.all(partsOf(grants).map((rows) => give(connection, rows)));
}

async function whoIsThere(connection: Connection, page: Newcomer[]): Promise<Set<string>> {
  const numbers = page.map(({ employeeNumber }) => `'${employeeNumber}'`).join(', ');
  const addresses = page.map(({ email }) => `'${email}'`).join(', ');
  const { records } = await connection.query<{ EmployeeNumber: string }>(
    `SELECT Id, EmployeeNumber FROM User WHERE EmployeeNumber IN (${numbers}) OR FederationIdentifier IN (${addresses})`,
  );
  return new Set(records.map(({ EmployeeNumber: number }) => number));
}

function userOf({ employeeNumber, givenName, familyName, email, department, title, city }: Newcomer, ids: Ids) {
  const { profile, role } = policyOf(department);
  return {
    Username: email,
    Alias: employeeNumber.slice(0, 8),
    CommunityNickname: `${givenName}.${familyName}`.toLowerCase().slice(0, 38),
    EmployeeNumber: employeeNumber,
    FederationIdentifier: email,
    FirstName: givenName,
    LastName: familyName,
    Email: email,
    Title: title,
    Department: department,
    City: city,
    Country: 'US',
    TimeZoneSidKey: 'America/New_York',
    LocaleSidKey: 'en_US',
    LanguageLocaleKey: 'en_US',
    EmailEncodingKey: 'UTF-8',
    ProfileId: found(ids.profiles, profile),
    ...(role ? { UserRoleId: found(ids.roles, role) } : {}),
  };
}

type GrantRow = { attributes: { type: string } } & Record<string, unknown>;

function grantsOf({ department }: Newcomer, user: string, ids: Ids): GrantRow[] {
  const { sets, groups } = policyOf(department);
  return [
    ...sets.map((name) => ({
      attributes: { type: 'PermissionSetAssignment' },
      AssigneeId: user,
      PermissionSetId: found(ids.sets, name),
    })),
    ...groups.map((name) => ({
      attributes: { type: 'GroupMember' },
      UserOrGroupId: user,
      GroupId: found(ids.groups, name),
    })),
  ];
}

async function give(connection: Connection, rows: GrantRow[]): Promise<void> {
  const outcomes = await connection.request<Outcome[]>({
    method: 'POST',
    url: `/services/data/v${API_VERSION}/composite/sobjects`,
    body: JSON.stringify({ allOrNone: false, records: rows }),
    headers: { 'content-type': 'application/json' },
  });
  for (const outcome of outcomes) idOf(outcome, rows[0]);
}

interface Outcome {
  success: boolean;
  id?: string | undefined;
  errors: object[];
}

function idOf(outcome: Outcome | undefined, what: unknown): string {
  if (outcome?.success && outcome.id) return outcome.id;
  throw new Error(`${JSON.stringify(what)}: ${JSON.stringify(outcome?.errors)}`);
}

function policyOf(department: string): Grants {
  const grants = POLICY[department];
  if (!grants) throw new Error(`the script knows no department ${department}`);
  return grants;
}

function found(ids: Map<string, string>, name: string): string {
  const id = ids.get(name);
  if (id === undefined) throw new Error(`the org has no ${name}`);
  return id;
}

function partsOf<T>(rows: readonly T[]): T[][] {
  const parts: T[][] = [];
  for (let from = 0; from < rows.length; from += ROWS_A_CALL) parts.push(rows.slice(from, from + ROWS_A_CALL));
  return parts;
}
