// The page at `/`, for a person who wants to see what is in the simulated org. Plain HTML.

import { blockersOf } from './blockers.ts';
import { duplicateRules } from './duplicate-rules.ts';
import { type Answer, type Call, html } from './http.ts';
import { type Cell, code, escape, number, STYLE, table, warning } from './page-html.ts';
import { usersSection } from './page-users.ts';
import type { Org } from './row-rules.ts';
import { QUEUE_OBJECTS } from './schema-groups.ts';
import { organization } from './sessions.ts';
import type { Simulator } from './simulator.ts';
import { state, type State } from './state.ts';

const RECENT_REQUESTS = 25;
const MAX_PATH = 300;
/** `12:34:56.789` in an ISO time. */
const CLOCK: [from: number, to: number] = [11, 23];

/** The page, with the users that `?q=` selects. */
export function page(simulator: Simulator, call: Call): Answer {
  const { org } = simulator;
  const search = (call.query.get('q') ?? '').trim();
  const pageNumber = Math.max(1, Math.floor(Number(call.query.get('page') ?? 1)) || 1);
  const { Name, OrganizationType, Id } = organization(org);
  const now = state(simulator);
  const body = `
<h1>${escape(Name)}</h1>
<p class="muted">${escape(OrganizationType)} · organization ${escape(Id)}</p>
<p class="simulated"><strong>SIMULATED.</strong> This is Joinery's Salesforce simulator, a test tool. It is not Salesforce, and nobody here is real.</p>
<nav><a href="#licences">Licences</a><a href="#queues">Queues and groups</a><a href="#blockers">Deactivation</a><a href="#duplicates">Duplicate rules</a><a href="#users">Users</a><a href="#requests">Requests</a></nav>
<h2 id="licences">Licences</h2>
${licenseTables(now)}
<p class="muted">API calls in the last 24 hours: ${now.apiRequests.used} of ${now.apiRequests.max}</p>
<div class="columns"><section>
<h2 id="queues">Queues and groups</h2>
${groupTable(org)}
</section><section>
<h2 id="blockers">Who cannot be deactivated</h2>
${blockerTable(org)}
<h2 id="duplicates">Duplicate rules that are on</h2>
${duplicateRuleTable(org)}
<h2>E-mail addresses</h2>
<p>${now.emailConfirmations.pending} wait to be confirmed, ${now.emailConfirmations.sent} mails sent</p>
</section></div>
<h2 id="users">Users: ${now.users.total}</h2>
<p class="muted">${now.users.active} active, ${now.users.inactive} inactive, ${now.users.frozen} frozen</p>
${usersSection(org, search, pageNumber)}
<h2 id="requests">Recent requests</h2>
<p class="muted">${inFlightText(now)}</p>
${requestTable(simulator)}`;
  return html(
    200,
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
      `<title>${escape(Name)}</title><style>${STYLE}</style></head><body><main>${body}</main></body></html>`,
  );
}

/** Licences of the org and of its permission sets on one side, of packages and features on the other. */
function licenseTables({ licenses, otherLicenses }: State): string {
  const all = [...licenses.map((license) => ({ kind: 'User licence', ...license })), ...otherLicenses];
  const tableOf = (kinds: string[]): string =>
    table(
      ['Kind', 'Licence', number('In use'), number('Total')],
      all
        .filter(({ kind }) => kinds.includes(kind))
        .map(({ kind, name, used, total }) => [kind, name, used, total === -1 ? 'for everybody' : total]),
    );
  const sides = [['User licence', 'Permission set licence', 'Package licence'], ['Feature licence']];
  return `<div class="columns">${sides.map(tableOf).join('')}</div>`;
}

function groupTable(org: Org): string {
  const groups = [...org.store.rows('Group')].filter(
    ({ Type, IsDeleted }) => (Type === 'Queue' || Type === 'Regular') && IsDeleted !== true,
  );
  const rows = groups.map(({ Id, Name, Type }): Cell[] => [
    String(Name),
    Type === 'Queue' ? 'queue' : 'public group',
    org.store
      .find('QueueSobject', 'QueueId', Id)
      .map(({ SobjectType }) => String(SobjectType))
      .join(', '),
    org.store.find('GroupMember', 'GroupId', Id).length,
    Type === 'Queue'
      ? QUEUE_OBJECTS.reduce((sum, object) => sum + org.store.find(object, 'OwnerId', Id).length, 0)
      : '',
  ]);
  return table(['Name', 'Kind', 'May own', number('Members'), number('Owns')], rows);
}

function blockerTable(org: Org): string {
  const rows = [...org.store.rows('User')].flatMap((user) =>
    blockersOf(org, user).map((message): Cell[] => [String(user.Name), message]),
  );
  return table(['User', 'What Salesforce says'], rows);
}

function duplicateRuleTable(org: Org): string {
  const rows = duplicateRules(org).map(({ object, rule, allowSave }): Cell[] => [
    object,
    rule,
    allowSave ? 'save all the same' : 'nothing',
  ]);
  return table(['Object', 'Compares', 'A caller may'], rows);
}

function inFlightText({ inFlight: { now, peak, max } }: State): string {
  return `${now} now, ${peak} at the same time at most, ${max === null ? 'no limit' : `limited to ${max}`}`;
}

function requestTable({ log }: Simulator): string {
  const rows = log
    .latest(RECENT_REQUESTS)
    .map(({ time, method, path, status, durationMs }): Cell[] => [
      time.slice(...CLOCK),
      method,
      code(path.slice(0, MAX_PATH)),
      status !== null && status >= 400 ? warning(String(status)) : (status ?? '–'),
      durationMs ?? '–',
    ]);
  return table(['Time (UTC)', 'Method', 'Path', number('Status'), number('ms')], rows);
}
