/** A simulated org as a bench sees it: asked for what is in it, its API calls counted. */

export interface Org {
  url: string;
  /** API calls so far. */
  apiCalls(): Promise<number>;
  /** How many of each an API client sees of people whose number begins with this letter. */
  endState(letter: string): Promise<EndState>;
}

/** What a bench compares: two sides that did the same have the same. */
export interface EndState {
  users: number;
  withRole: number;
  profiles: Record<string, number>;
  permissionSets: number;
  memberships: number;
}

const LATENCY_MS = 50;
export const DEMO_CLIENT = { client_id: 'joinery-demo', client_secret: 'joinery-demo-secret' };
export const API_VERSION = '66.0';

/** Gives the org licences for everybody, and 50 ms to each call of its API. */
export async function openOrg(url: string): Promise<Org> {
  const tell = async (path: string, body: object): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  };
  await tell('/simulator/licenses', { name: 'Salesforce', total: 1_000_000 });
  await tell('/simulator/limits', { latencyMs: LATENCY_MS, dailyApiRequests: 10_000_000 });
  return {
    url,
    async apiCalls() {
      const state = (await (await fetch(`${url}/simulator/state`)).json()) as { apiRequests: { used: number } };
      return state.apiRequests.used;
    },
    endState: (letter) => endState(url, letter),
  };
}

async function endState(url: string, letter: string): Promise<EndState> {
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...DEMO_CLIENT });
  const login = await fetch(`${url}/services/oauth2/token`, { method: 'POST', body: form });
  const { access_token } = (await login.json()) as { access_token: string };
  const query = async (soql: string): Promise<{ totalSize: number; records: Record<string, unknown>[] }> => {
    const answer = await fetch(`${url}/services/data/v${API_VERSION}/query?q=${encodeURIComponent(soql)}`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    if (!answer.ok) throw new Error(`${soql}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { totalSize: number; records: Record<string, unknown>[] };
  };
  const count = async (soql: string): Promise<number> => (await query(`SELECT COUNT() FROM ${soql}`)).totalSize;
  const theirs = `EmployeeNumber LIKE '${letter}%' AND IsActive = true`;
  const users = `(SELECT Id FROM User WHERE ${theirs})`;
  const profiles: Record<string, number> = {};
  for (const { Id, Name } of (await query('SELECT Id, Name FROM Profile')).records) {
    const has = await count(`User WHERE ${theirs} AND ProfileId = '${String(Id)}'`);
    if (has > 0) profiles[String(Name)] = has;
  }
  return {
    users: await count(`User WHERE ${theirs}`),
    withRole: await count(`User WHERE ${theirs} AND UserRoleId != null`),
    profiles,
    permissionSets: await count(
      `PermissionSetAssignment WHERE PermissionSet.IsOwnedByProfile = false AND AssigneeId IN ${users}`,
    ),
    memberships: await count(`GroupMember WHERE UserOrGroupId IN ${users}`),
  };
}
