/** A refusal to deactivate: which place in Setup still needs the user, as far as Salesforce's words tell. */
import type { ConnectorError } from '#connectors/errors.ts';
import { mendsByWaiting } from '#domain/failure.ts';
import { explained } from './explained.ts';

/** What Salesforce says, and where somebody else can be put. Texts of several reasons in one message add up. */
const PLACES: readonly (readonly [says: RegExp, place: string])[] = [
  [/web.to.lead default creator/i, 'Web-to-Lead (Default Lead Creator) and Lead Settings (Default Lead Owner)'],
  [/default (?:owner of leads|lead owner)/i, 'Lead Settings (Default Lead Owner)'],
  [
    /default (?:owner of cases|case owner)|automated case user/i,
    'Support Settings (Default Case Owner and Automated Case User)',
  ],
  [/default workflow user/i, 'Process Automation Settings (Default Workflow User)'],
  [/hierarchy field: (.+?)\. :/i, 'Users, for everybody whose $1 is this user'],
  [/approve|approval/i, 'Mass Transfer Approval Requests, Approval Processes, and Users for Delegated Approver'],
  [/assignment rule/i, 'Lead Assignment Rules and Case Assignment Rules'],
  [/escalation/i, 'Escalation Rules'],
  [/auto.?response/i, 'Lead Auto-Response Rules and Case Auto-Response Rules'],
  [/field update/i, 'Field Updates'],
  [/e-?mail alert/i, 'Email Alerts'],
  [/portal administrator/i, 'Customer Portal Settings and Digital Experiences (Administrator)'],
];

const LAST_ADMIN = 'CANNOT_DISABLE_LAST_ADMIN';

/** Salesforce has no code of its own for "this user is still needed somewhere": any lasting refusal to deactivate is one. */
export function asBlocked(error: ConnectorError): ConnectorError {
  if (mendsByWaiting(error.kind) || error.kind === 'bug') return error;
  if (error.kind === 'permission' && error.code !== LAST_ADMIN) return error;
  return explained(error, `${remedy(error)}; until then the user stays frozen`, { kind: 'blocked' });
}

function remedy({ code, message }: ConnectorError): string {
  if (code === LAST_ADMIN) return 'in Setup, Users, give another active user the profile System Administrator';
  if (/your own user/i.test(message)) return 'let Joinery sign in as a user of its own (Setup, App Manager, Run As)';
  const places = PLACES.flatMap(([says, place]) => {
    const found = says.exec(message);
    return found ? [place.replace('$1', found[1] ?? '')] : [];
  });
  return places.length > 0
    ? `in Setup, put somebody else in ${places.join('; ')}`
    : 'in Setup, put somebody else where this user is still used (the message says where)';
}
