// The users on the page of the org: searched, a page at a time.

import type { FieldValue, Row } from './journal.ts';
import { type Cell, escape, table, warning } from './page-html.ts';
import type { Org } from './row-rules.ts';
import { isFrozen } from './user-logins.ts';

const USERS_PER_PAGE = 50;
const SEARCHED = ['Name', 'Username', 'Email', 'EmployeeNumber', 'Department'];
const HEADS = [
  'Name',
  'Username',
  'Profile',
  'Role',
  'Active',
  'Frozen',
  'Permission sets',
  'Groups and queues',
  'Department',
  'Manager',
];

/** The search form, the table, and the way to the other pages. */
export function usersSection(org: Org, search: string, page: number): string {
  const { users, total } = usersOnPage(org, search, page);
  return `<form><input name="q" value="${escape(search)}" aria-label="Search users" placeholder="Name, username, email, number, department"><button>Search</button></form>
${table(
  HEADS,
  users.map((user) => cells(org, user)),
)}
${pager(search, page, total)}`;
}

function usersOnPage(org: Org, search: string, page: number): { users: Row[]; total: number } {
  const wanted = search.toLowerCase();
  const from = (page - 1) * USERS_PER_PAGE;
  const users: Row[] = [];
  let total = 0;
  for (const user of org.store.rows('User')) {
    const fits = SEARCHED.some((field) =>
      String(user[field] ?? '')
        .toLowerCase()
        .includes(wanted),
    );
    if (!fits) continue;
    if (total >= from && users.length < USERS_PER_PAGE) users.push(user);
    total += 1;
  }
  return { users, total };
}

function cells(org: Org, user: Row): Cell[] {
  const text = (value: FieldValue | undefined): string => String(value ?? '');
  return [
    text(user.Name),
    text(user.Username),
    nameOf(org, 'Profile', user.ProfileId),
    nameOf(org, 'UserRole', user.UserRoleId),
    user.IsActive === true ? 'yes' : warning('no'),
    isFrozen(org, user.Id) ? warning('frozen') : '',
    permissionSetsOf(org, user).join(', '),
    groupsOf(org, user).join(', '),
    text(user.Department),
    nameOf(org, 'User', user.ManagerId),
  ];
}

function permissionSetsOf(org: Org, user: Row): string[] {
  return org.store
    .find('PermissionSetAssignment', 'AssigneeId', user.Id)
    .map((assignment) => org.store.get('PermissionSet', String(assignment.PermissionSetId)))
    .filter((set) => set !== undefined && set.IsOwnedByProfile !== true)
    .map((set) => String(set?.Label));
}

function groupsOf(org: Org, user: Row): string[] {
  return org.store.find('GroupMember', 'UserOrGroupId', user.Id).map((member) => nameOf(org, 'Group', member.GroupId));
}

function pager(search: string, page: number, total: number): string {
  const last = Math.max(1, Math.ceil(total / USERS_PER_PAGE));
  const link = (to: number, label: string): string =>
    to < 1 || to > last
      ? ''
      : `<a href="/?${escape(new URLSearchParams({ q: search, page: String(to) }).toString())}">${label}</a>`;
  return `<nav>${link(page - 1, 'Previous')}<span>Page ${Math.min(page, last)} of ${last}, ${total} found</span>${link(page + 1, 'Next')}</nav>`;
}

function nameOf(org: Org, objectName: string, id: unknown): string {
  return typeof id === 'string' ? String(org.store.get(objectName, id)?.Name ?? '') : '';
}
