/** A Salesforce simulator of one's own, seen from outside: its users, its request log, what it is told to do wrong. */
import { startSalesforceSimulator } from '#simulators/salesforce/server.ts';

interface SeenUser {
  Id: string;
  Username: string;
  IsActive: boolean;
  EmployeeNumber: string | null;
  Title: string | null;
  Department: string | null;
  ManagerId: string | null;
  Profile: { Name: string };
}

interface LoggedRequest {
  seq: number;
  method: string;
  path: string;
  status: number | null;
  counted: boolean;
  body: string;
}

export interface SimulatedOrg {
  url: string;
  /** Users that carry this employee number: exactly one is what everybody hopes for. */
  usersOf(employeeNumber: string): Promise<SeenUser[]>;
  isFrozen(userId: string): Promise<boolean>;
  permissionSetsOf(userId: string): Promise<string[]>;
  /** Forgets the log, then lists the API calls that count since. */
  clearLog(): Promise<void>;
  apiCalls(): Promise<LoggedRequest[]>;
  /** Everything in the log, what does not count included. */
  requests(): Promise<LoggedRequest[]>;
  /** Gives a permission set as an administrator would in Setup. */
  assign(userId: string, permissionSet: string): Promise<void>;
  setPassword(userId: string, password: string): Promise<void>;
  saveConnectedApp(app: object): Promise<void>;
  setLimits(limits: object): Promise<void>;
  setLicence(name: string, total: number): Promise<void>;
  /** Makes Salesforce refuse to deactivate this user. */
  block(username: string, reason: string): Promise<void>;
  /** Whether a changed e-mail address of a user counts only once it is confirmed. */
  confirmEmails(on: boolean): Promise<void>;
  /** The user follows the link in the mail. */
  confirmEmail(username: string): Promise<void>;
  emailConfirmations(): Promise<{ pending: number; sent: number }>;
  /** Takes every such reason away. */
  unblock(): Promise<void>;
  /** Seats of a licence that are taken. */
  licencesUsed(name: string): Promise<number>;
  /** Makes a user as an administrator would in Setup; answers the id. */
  createUser(fields: { Username: string } & Record<string, unknown>): Promise<string>;
  addFault(fault: object): Promise<Fault>;
  clearFaults(): Promise<void>;
  /** Makes many records at once, for this user (username) or queue (API name); their ids. */
  makeRecords(order: { object: string; count: number; owner?: string; fields?: object }): Promise<string[]>;
  /** Any other of the simulator's own endpoints. */
  tell<T = unknown>(path: string, body: object): Promise<T>;
  /** What an administrator sees. */
  query<T>(soql: string): Promise<T[]>;
  /** What an administrator does through the API. */
  asAdministrator(path: string, init: RequestInit): Promise<unknown>;
  close(): Promise<void>;
}

interface Fault {
  /** Resolves when a request met it. */
  hit(): Promise<void>;
  /** Lets a held request go on. */
  release(): Promise<void>;
}

/** Starts an org in memory on a free port. */
export async function startSimulatedOrg(): Promise<SimulatedOrg> {
  const simulator = await startSalesforceSimulator({ host: '127.0.0.1', port: 0 });
  return { ...seeOrg(simulator.url), close: () => simulator.close() };
}

/** An org that runs already, such as the one of a started stack. */
function seeOrg(url: string): Omit<SimulatedOrg, 'close'> {
  const call = async <T>(path: string, method = 'GET', body?: object): Promise<T> => {
    const init = body
      ? { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
      : { method };
    const response = await fetch(url + path, init);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
  const asAdministrator = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const form = { grant_type: 'client_credentials', client_id: 'joinery-demo', client_secret: 'joinery-demo-secret' };
    const login = await fetch(`${url}/services/oauth2/token`, { method: 'POST', body: new URLSearchParams(form) });
    const { access_token } = (await login.json()) as { access_token: string };
    const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${url}/services/data/v66.0${path}`, { ...init, headers });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
  const query = async <T>(soql: string): Promise<T[]> =>
    ((await asAdministrator(`/query?q=${encodeURIComponent(soql)}`)) as { records: T[] }).records;
  const requests = async () => (await call<{ requests: LoggedRequest[] }>('/simulator/requests')).requests;
  return {
    url,
    usersOf: (employeeNumber) =>
      query(
        `SELECT Id, Username, IsActive, EmployeeNumber, Title, Department, ManagerId, Profile.Name FROM User WHERE EmployeeNumber = '${employeeNumber}'`,
      ),
    async isFrozen(userId) {
      const [row] = await query<{ IsFrozen: boolean }>(`SELECT IsFrozen FROM UserLogin WHERE UserId = '${userId}'`);
      return row?.IsFrozen ?? false;
    },
    async permissionSetsOf(userId) {
      const rows = await query<{ PermissionSet: { Name: string } }>(
        `SELECT PermissionSet.Name FROM PermissionSetAssignment WHERE AssigneeId = '${userId}' AND PermissionSet.IsOwnedByProfile = false`,
      );
      return rows.map((row) => row.PermissionSet.Name).toSorted();
    },
    clearLog: () => call('/simulator/requests', 'DELETE'),
    apiCalls: async () => (await requests()).filter(({ counted }) => counted),
    requests,
    async assign(userId, permissionSet) {
      const [set] = await query<{ Id: string }>(`SELECT Id FROM PermissionSet WHERE Name = '${permissionSet}'`);
      const body = JSON.stringify({ AssigneeId: userId, PermissionSetId: set?.Id });
      await asAdministrator('/sobjects/PermissionSetAssignment', { method: 'POST', body });
    },
    async setPassword(userId, password) {
      await asAdministrator(`/sobjects/User/${userId}/password`, {
        method: 'POST',
        body: JSON.stringify({ NewPassword: password }),
      });
    },
    async makeRecords(order) {
      return (await call<{ ids: string[] }>('/simulator/records', 'POST', order)).ids;
    },
    tell: (path, body) => call(`/simulator${path}`, 'POST', body),
    query,
    asAdministrator,
    saveConnectedApp: (app) => call('/simulator/connected-apps', 'POST', app),
    setLimits: (limits) => call('/simulator/limits', 'POST', limits),
    setLicence: (name, total) => call('/simulator/licenses', 'POST', { name, total }),
    confirmEmails: (on) => call('/simulator/email-confirmation', 'POST', { on }),
    confirmEmail: (username) => call('/simulator/email-confirmation/confirm', 'POST', { username }),
    emailConfirmations: async () =>
      (await call<{ emailConfirmations: { pending: number; sent: number } }>('/simulator/state')).emailConfirmations,
    unblock: () => call('/simulator/blockers', 'DELETE'),
    async licencesUsed(name) {
      const [licence] = await query<{ UsedLicenses: number }>(
        `SELECT UsedLicenses FROM UserLicense WHERE Name = '${name}'`,
      );
      return licence?.UsedLicenses ?? 0;
    },
    async createUser(fields) {
      const [profile] = await query<{ Id: string }>("SELECT Id FROM Profile WHERE Name = 'Standard User'");
      const body = {
        LastName: 'Doe',
        Email: fields.Username,
        Alias: 'doe',
        TimeZoneSidKey: 'GMT',
        LocaleSidKey: 'en_US',
        EmailEncodingKey: 'UTF-8',
        LanguageLocaleKey: 'en_US',
        ProfileId: profile?.Id,
        ...fields,
      };
      const answer = await asAdministrator('/sobjects/User', { method: 'POST', body: JSON.stringify(body) });
      return (answer as { id: string }).id;
    },
    block: (username, reason) => call('/simulator/blockers', 'POST', { username, reason }),
    clearFaults: () => call('/simulator/faults', 'DELETE'),
    async addFault(fault) {
      const { id } = await call<{ id: string }>('/simulator/faults', 'POST', fault);
      return {
        hit: () => call(`/simulator/faults/${id}/hit?timeoutMs=60000`),
        release: () => call(`/simulator/faults/${id}/release`, 'POST'),
      };
    },
  };
}
