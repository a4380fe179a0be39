// The page at `/`, for a person who wants to see what is in the simulated org. Plain HTML, a page of users at a time.

import { type Answer, type Call, html } from './http.ts';
import type { Row } from './journal.ts';
import type { LoggedRequest } from './request-log.ts';
import type { Org } from './row-rules.ts';
import { organization } from './sessions.ts';
import type { Simulator } from './simulator.ts';
import { state, type State } from './state.ts';
import { isFrozen } from './user-logins.ts';

const USERS_PER_PAGE = 50;
const RECENT_REQUESTS = 25;
const SEARCHED = ['Name', 'Username', 'Email', 'EmployeeNumber', 'Department'];
const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; color: #1c2733; background: #f4f6f8; margin: 0 }
main { max-width: 1280px; margin: 0 auto; padding: 24px }
h1 { font-size: 24px; margin: 0 } h2 { font-size: 17px; margin: 32px 0 8px }
.simulated { background: #fff1cc; border: 1px solid #d9a400; border-radius: 6px; padding: 8px 14px; margin: 14px 0 }
.scroll { overflow-x: auto; background: #fff; border: 1px solid #d5dce3; border-radius: 6px }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: 7px 12px; border-bottom: 1px solid #e6ebf0; vertical-align: top }
th { background: #eef2f6; font-weight: 600; white-space: nowrap } tr:last-child td { border-bottom: 0 }
td.number, th.number { text-align: right } .muted { color: #5c6b7a }
.no { color: #a3281c; font-weight: 600 } code { font-size: 13px; overflow-wrap: anywhere }
form { display: flex; gap: 8px; margin-bottom: 8px }
input { font: inherit; padding: 6px 10px; border: 1px solid #aab6c2; border-radius: 6px; min-width: 280px }
button { font: inherit; padding: 6px 14px; border: 0; border-radius: 6px; background: #1b5fa8; color: #fff }
nav { margin-top: 10px; display: flex; gap: 16px }`;

/** The page, with the users that `?q=` selects. */
export function page(simulator: Simulator, call: Call): Answer {
  const { org, log } = simulator;
  const search = (call.query.get('q') ?? '').trim();
  const number = Math.max(1, Math.floor(Number(call.query.get('page') ?? 1)) || 1);
  const { users, total } = usersOnPage(org, search, number);
  const { Name, OrganizationType, Id } = organization(org);
  const now = state(simulator);
  const body = `
<h1>${escape(Name)}</h1>
<p class="muted">${escape(OrganizationType)} · organization ${escape(Id)}</p>
<p class="simulated"><strong>SIMULATED.</strong> This is Joinery's Salesforce simulator, a test tool. It is not Salesforce, and nobody here is real.</p>
<h2>Licences</h2>
${licenseTable(now)}
<p class="muted">API calls in the last 24 hours: ${now.apiRequests.used} of ${now.apiRequests.max}</p>
<h2>Users: ${now.users.total}</h2>
<p class="muted">${now.users.active} active, ${now.users.inactive} inactive, ${now.users.frozen} frozen</p>
<form><input name="q" value="${escape(search)}" aria-label="Search users" placeholder="Name, username, email, number, department"><button>Search</button></form>
${userTable(org, users)}
${pager(search, number, total)}
<h2>Recent requests</h2>
${requestTable(log.latest(RECENT_REQUESTS))}`;
  return html(
    200,
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
      `<title>${escape(Name)}</title><style>${STYLE}</style></head><body><main>${body}</main></body></html>`,
  );
}

function usersOnPage(org: Org, search: string, number: number): { users: Row[]; total: number } {
  const wanted = search.toLowerCase();
  const from = (number - 1) * USERS_PER_PAGE;
  const users: Row[] = [];
  let total = 0;
  for (const user of org.store.rows('User')) {
    if (
      wanted !== '' &&
      !SEARCHED.some((field) =>
        String(user[field] ?? '')
          .toLowerCase()
          .includes(wanted),
      )
    )
      continue;
    if (total >= from && users.length < USERS_PER_PAGE) users.push(user);
    total += 1;
  }
  return { users, total };
}

function licenseTable({ licenses }: State): string {
  const rows = licenses.map(
    ({ name, used, total }) =>
      `<tr><td>${escape(name)}</td><td class="number">${escape(used)}</td><td class="number">${escape(total)}</td></tr>`,
  );
  return table('<th>Licence</th><th class="number">In use</th><th class="number">Total</th>', rows);
}

function userTable(org: Org, users: Row[]): string {
  const heads = ['Name', 'Username', 'Profile', 'Role', 'Active', 'Frozen', 'Permission sets', 'Department', 'Manager'];
  const rows = users.map((user) => {
    const active = user.IsActive === true ? 'yes' : '<span class="no">no</span>';
    const frozen = isFrozen(org, user.Id) ? '<span class="no">frozen</span>' : '';
    const plain = (value: unknown): string => escape(value ?? '');
    return `<tr>${[
      plain(user.Name),
      plain(user.Username),
      plain(nameOf(org, 'Profile', user.ProfileId)),
      plain(nameOf(org, 'UserRole', user.UserRoleId)),
      active,
      frozen,
      plain(permissionSetsOf(org, user).join(', ')),
      plain(user.Department),
      plain(nameOf(org, 'User', user.ManagerId)),
    ]
      .map((cell) => `<td>${cell}</td>`)
      .join('')}</tr>`;
  });
  return table(heads.map((head) => `<th>${head}</th>`).join(''), rows);
}

function permissionSetsOf(org: Org, user: Row): string[] {
  return org.store
    .find('PermissionSetAssignment', 'AssigneeId', user.Id)
    .map((assignment) => org.store.get('PermissionSet', String(assignment.PermissionSetId)))
    .filter((set) => set !== undefined && set.IsOwnedByProfile !== true)
    .map((set) => String(set?.Label));
}

function requestTable(requests: LoggedRequest[]): string {
  const rows = requests.map(
    ({ time, method, path, status, durationMs }) =>
      `<tr><td>${escape(time.slice(11, 23))}</td><td>${escape(method)}</td><td><code>${escape(path.slice(0, 300))}</code></td>` +
      `<td class="number">${escape(status ?? '–')}</td><td class="number">${escape(durationMs ?? '–')}</td></tr>`,
  );
  return table(
    '<th>Time (UTC)</th><th>Method</th><th>Path</th><th class="number">Status</th><th class="number">ms</th>',
    rows,
  );
}

function table(head: string, rows: string[]): string {
  const body = rows.length > 0 ? rows.join('\n') : '<tr><td class="muted" colspan="9">none</td></tr>';
  return `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function pager(search: string, number: number, total: number): string {
  const last = Math.max(1, Math.ceil(total / USERS_PER_PAGE));
  const link = (to: number, label: string): string =>
    to < 1 || to > last
      ? ''
      : `<a href="/?${escape(new URLSearchParams({ q: search, page: String(to) }).toString())}">${label}</a>`;
  return `<nav>${link(number - 1, 'Previous')}<span>Page ${Math.min(number, last)} of ${last}, ${total} found</span>${link(number + 1, 'Next')}</nav>`;
}

function nameOf(org: Org, objectName: string, id: unknown): unknown {
  return typeof id === 'string' ? org.store.get(objectName, id)?.Name : undefined;
}

function escape(value: unknown): string {
  return String(value).replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
