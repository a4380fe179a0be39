/** What must be so when the demo has ended, also on data that was kept and used for other things meanwhile. */
import type { HrChange } from '#domain/hr-event.ts';
import type { NoticeKind } from '#domain/notice.ts';
import { countAccounts, findAccount } from '#directory/accounts.ts';
import { hrEventsOf, type HrEventRecord } from '#directory/hr-events.ts';
import { countSentMails, mailsOf } from '#directory/mails.ts';
import type { Session } from '../session.ts';
import type { DemoStory } from './oracle-hr.ts';
import { caughtMails, simulatedOrg } from './simulated.ts';

const APPLICATION = 'salesforce';
/** The simulator brings an integration user and an administrator of its own. */
const SEEDED_USERS = 2;

/** Everything that is not as it should be, in words; empty when the demo went well. */
export async function checkDemo(session: Session, story: DemoStory): Promise<string[]> {
  const people = story.joiners.map((joiner) =>
    checkPerson(
      session,
      [joiner, story.mover, story.leaver].filter(({ employeeNumber }) => employeeNumber === joiner.employeeNumber),
      joiner,
    ),
  );
  return [...(await Promise.all(people)).flat(), ...(await checkUsers(session)), ...(await checkMails(session))];
}

/** A person's events are done, each notice was sent once, and the account is as the last event leaves it. */
async function checkPerson({ directory }: Session, events: HrChange[], joiner: HrChange): Promise<string[]> {
  const { employeeNumber } = joiner;
  const [said, mails, account] = await Promise.all([
    hrEventsOf(directory, employeeNumber),
    mailsOf(directory, employeeNumber),
    findAccount(directory, employeeNumber, APPLICATION),
  ]);
  const own = said.filter(({ id }) => events.some((event) => event.id === id));
  const faults = own
    .filter(({ state }) => state !== 'done')
    .map(({ id, state, outcome }) => `${id} is ${state}: ${outcome?.summary ?? 'nothing was recorded'}`);
  for (const { id, type } of events) {
    const sent = mails.filter(({ eventId, state }) => eventId === id && state === 'sent').map(({ kind }) => kind);
    const expected = noticesOf(type, joiner);
    if (sent.toSorted().join() !== expected.toSorted().join())
      faults.push(`${id}: mails ${sent.join() || 'none'}, expected ${expected.join()}`);
  }
  const expected = events.some(({ type }) => type === 'leaver') ? 'inactive' : 'active';
  if (account?.status !== expected && !more(said, own))
    faults.push(`${employeeNumber} has ${account ? `an ${account.status}` : 'no'} account, expected ${expected}`);
  return faults;
}

function noticesOf(type: HrChange['type'], { profile }: HrChange): NoticeKind[] {
  return [
    ...(type === 'joiner' ? (['welcome'] as const) : []),
    ...(profile?.['managerEmployeeNumber'] ? ([`manager-${type}`] as const) : []),
  ];
}

/** Whether something was said of the person beside the demo's own: then the account may be otherwise. */
function more(said: HrEventRecord[], own: HrEventRecord[]): boolean {
  return said.length > own.length;
}

/** Salesforce has the users that the directory knows of, and its own. */
async function checkUsers(session: Session): Promise<string[]> {
  const { users } = await simulatedOrg(session);
  const { active = 0, frozen = 0, inactive = 0 } = await countAccounts(session.directory, APPLICATION);
  const expected = {
    total: active + frozen + inactive + SEEDED_USERS,
    active: active + frozen + SEEDED_USERS,
    inactive,
  };
  return (['total', 'active', 'inactive'] as const)
    .filter((name) => users[name] !== expected[name])
    .map((name) => `Salesforce has ${users[name]} ${name} users, expected ${expected[name]}`);
}

/** What was sent has arrived, and nothing twice. */
async function checkMails(session: Session): Promise<string[]> {
  const mails = await caughtMails(session);
  const ids = new Set(mails.map(({ messageId }) => messageId));
  const faults = ids.size === mails.length ? [] : [`${mails.length - ids.size} mails came more than once`];
  const sent = await countSentMails(session.directory);
  return sent === ids.size ? faults : [...faults, `${sent} mails were sent, ${ids.size} arrived`];
}
