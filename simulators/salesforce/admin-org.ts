// The admin endpoints that set what an administrator or the passing of time would set in the org itself: licences,
// blockers, duplicate rules, custom fields, records in numbers.

import { done, read, refuse, type Route, userNamed } from './admin-answers.ts';
import {
  blockerOrder,
  confirmOrder,
  convertOrder,
  duplicateRuleOrder,
  expirationOrder,
  fieldOrder,
  licenseOrder,
  recordsOrder,
  switchOrder,
} from './admin-schemas.ts';
import { blockersOf, clearBlockers, hierarchyMessage, nameUser, orderBlocker } from './blockers.ts';
import { insertRow } from './dml.ts';
import { duplicateRules, setDuplicateRule } from './duplicate-rules.ts';
import { confirmEmail, setEmailConfirmation } from './email-confirmation.ts';
import { formatTime } from './field-rules.ts';
import { type Answer, type Call, json } from './http.ts';
import { type LicenseTerms, setLicenseTerms } from './licenses.ts';
import { MixedDmlGuard } from './mixed-dml.ts';
import { addCustomField } from './org.ts';
import { convertLead } from './records.ts';
import type { Caller, Org } from './row-rules.ts';
import { objectNamed } from './schema.ts';
import { INTEGRATION_USER } from './seed.ts';
import { type RecordsOrder, seedRecords } from './seed-records.ts';
import type { Simulator } from './simulator.ts';

const HOUR_MS = 60 * 60 * 1000;

export const orgRoutes: Route[] = [
  ['POST', /^\/simulator\/licenses$/, setLicense],
  ['GET', /^\/simulator\/blockers$/, ({ org }) => json(200, { blockers: blockers(org) })],
  ['POST', /^\/simulator\/blockers$/, block],
  ['DELETE', /^\/simulator\/blockers$/, ({ org }) => done(() => org.store.transaction(() => clearBlockers(org)))],
  ['GET', /^\/simulator\/duplicate-rules$/, ({ org }) => json(200, { rules: duplicateRules(org) })],
  ['POST', /^\/simulator\/duplicate-rules$/, switchDuplicateRule],
  ['POST', /^\/simulator\/email-confirmation$/, switchEmailConfirmation],
  ['POST', /^\/simulator\/email-confirmation\/confirm$/, confirm],
  ['POST', /^\/simulator\/fields$/, addField],
  ['POST', /^\/simulator\/records$/, makeRecords],
  ['POST', /^\/simulator\/converted-leads$/, convert],
  ['POST', /^\/simulator\/expired-assignments$/, expireAssignment],
];

function setLicense({ org }: Simulator, call: Call): Answer {
  const { name, ...terms } = read(licenseOrder, call);
  const known = org.store.transaction(() => setLicenseTerms(org, name, terms as LicenseTerms));
  return known ? done() : refuse(404, `no licence ${name}`);
}

function block({ org }: Simulator, call: Call): Answer {
  const order = read(blockerOrder, call);
  const user = userNamed(org, order.username);
  return done(() =>
    org.store.transaction(() => {
      if ('message' in order) {
        if (order.message === null) clearBlockers(org, user.Id);
        else orderBlocker(org, user.Id, order.message);
      } else if (order.reason === 'hierarchy-field')
        orderBlocker(org, user.Id, hierarchyMessage(order.label, user.Name));
      else nameUser(org, order.reason, user.Id);
    }),
  );
}

function blockers(org: Org): { username: unknown; messages: string[] }[] {
  return [...org.store.rows('User')]
    .map((user) => ({ username: user.Username, messages: blockersOf(org, user) }))
    .filter(({ messages }) => messages.length > 0);
}

function switchDuplicateRule({ org }: Simulator, call: Call): Answer {
  const { on, object, rule = object === 'Account' ? 'name' : 'email', allowSave } = read(duplicateRuleOrder, call);
  const known = org.store.transaction(() => setDuplicateRule(org, { object, rule, allowSave }, on));
  return known ? done() : refuse(404, `${object} has no duplicate rule by ${rule}`);
}

function switchEmailConfirmation({ org }: Simulator, call: Call): Answer {
  const { on } = read(switchOrder, call);
  return done(() => org.store.transaction(() => setEmailConfirmation(org, on)));
}

function confirm({ org }: Simulator, call: Call): Answer {
  const { username } = read(confirmOrder, call);
  const user = userNamed(org, username);
  const confirmed = org.store.transaction(() => confirmEmail(org, user, formatTime(Date.now())));
  return confirmed ? done() : refuse(409, `${username} has no address to confirm`);
}

function addField({ org }: Simulator, call: Call): Answer {
  const { label, ...order } = read(fieldOrder, call);
  const field = { ...order, label: label ?? order.name.replace(/__c$/, '').replaceAll('_', ' ') };
  const added = org.store.transaction(() => addCustomField(org, field));
  return added ? done() : refuse(409, `${order.object} is not known or already has ${order.name}`);
}

function makeRecords({ org }: Simulator, call: Call): Answer {
  const { owner, ...order } = read(recordsOrder, call);
  const ownerId = owner === undefined ? {} : { ownerId: userOrQueueNamed(org, owner) };
  const ids = org.store.transaction(() =>
    seedRecords(org, administrator(org), { ...order, ...ownerId } as RecordsOrder),
  );
  return json(201, { count: ids.length, ids });
}

function convert({ org }: Simulator, call: Call): Answer {
  const { id } = read(convertOrder, call);
  const lead = org.store.live('Lead', id) ?? refuse(404, `no lead ${id}`);
  if (lead.IsConverted === true) return refuse(409, `${id} is converted already`);
  const caller = administrator(org);
  org.store.transaction(() =>
    convertLead(org, lead, caller, (object, input) => insertRow(org, caller, objectNamed(org.schema, object), input)),
  );
  return json(200, { accountId: lead.ConvertedAccountId, contactId: lead.ConvertedContactId });
}

/** Lets the expiration date of an assignment have passed an hour ago. */
function expireAssignment({ org }: Simulator, call: Call): Answer {
  const { id } = read(expirationOrder, call);
  if (org.store.live('PermissionSetAssignment', id) === undefined) return refuse(404, `no assignment ${id}`);
  const ExpirationDate = formatTime(Date.now() - HOUR_MS);
  return done(() => org.store.transaction(() => org.store.update('PermissionSetAssignment', id, { ExpirationDate })));
}

function userOrQueueNamed(org: Org, name: string): string {
  const queue = org.store.find('Group', 'DeveloperName', name).find((group) => group.Type === 'Queue');
  return queue?.Id ?? userNamed(org, name).Id;
}

/** The integration user, who does what an admin endpoint orders. */
function administrator(org: Org): Caller {
  return { userId: userNamed(org, INTEGRATION_USER).Id, now: formatTime(Date.now()), mixedDml: new MixedDmlGuard() };
}
