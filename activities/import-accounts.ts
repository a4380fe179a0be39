/** A page of an import of accounts: people are made of accounts, and accounts are linked. The application is not asked. */
import { activityInfo } from '@temporalio/activity';
import type { Application } from '#domain/application.ts';
import { startOfDay } from '#domain/due.ts';
import type { Expressions } from '#domain/expression.ts';
import type { HrChange } from '#domain/hr-event.ts';
import { NO_ROWS, type PageCounts } from '#domain/import.ts';
import { displayName } from '#domain/person.ts';
import { doneEntry, entryLine, skippedEntry, type ReportEntry } from '#domain/report-entry.ts';
import { ConnectorError } from '#connectors/errors.ts';
import {
  addPeople,
  endAccountRows,
  findAccountImport,
  lockAccountRows,
  noteManagers,
  storeDoneEvents,
  type AccountRow,
} from '#directory/account-imports.ts';
import { recordNewAccounts } from '#directory/accounts.ts';
import { findApplication } from '#directory/applications.ts';
import { recordAudit } from '#directory/audit.ts';
import type { Queries } from '#directory/database.ts';
import { bodySha256, type NewHrEvent } from '#directory/hr-events.ts';
import { keepPolicy } from '#directory/policy.ts';
import { factsOf, isOpen, madeBy, whySkipped, type Facts } from './account-rows.ts';
import type { Dependencies } from './dependencies.ts';
import type { ImportPageRequest, ImportPageResult } from './import-request.ts';
import { packEntries } from '#directory/packed-entries.ts';
import type { StepContext } from './work.ts';

/**
 * Makes the people of a page, as HR events that are done, and links its accounts, where what the rows say still holds: all
 * in one transaction, and in as many statements however many rows there are. The same page again changes nothing and
 * answers the same.
 */
export async function importAccountsPage(
  { directory, expressions, defaultTimeZone }: Dependencies,
  request: ImportPageRequest,
  { signal }: StepContext,
): Promise<ImportPageResult> {
  for (let left = TRIES; ; left--) {
    signal.throwIfAborted();
    try {
      const language = await expressions();
      return await directory.begin((tx) => importPage(tx, request, { language, defaultTimeZone }));
    } catch (error) {
      if (!(error instanceof Overtaken) || left <= 1) throw error;
    }
  }
}

/** Somebody else wrote between our look and our writing: we look again. */
class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

const TRIES = 3;

async function importPage(
  tx: Queries,
  { import: id, ...page }: ImportPageRequest,
  { language, defaultTimeZone }: { language: Expressions; defaultTimeZone: string },
): Promise<ImportPageResult> {
  const { application, by } = await importOf(tx, id);
  // Fields stay as they are while people are made by them.
  await keepPolicy(tx);
  const rows = await lockAccountRows(tx, id, page);
  const facts = await factsOf(tx, { application, language }, rows);
  const ends = rows.filter(isOpen).map((row) => {
    const reason = whySkipped(row, facts);
    return { row, ...(reason === undefined ? {} : { reason }) };
  });
  const done = ends.filter(({ reason }) => reason === undefined).map(({ row }) => row);
  await write(tx, { id, application: application.name, by, defaultTimeZone }, done, facts);
  await endAccountRows(
    tx,
    id,
    application.name,
    ends.map(({ row: { line }, ...end }) => ({ line, ...end })),
  );
  const reasons = new Map(ends.map(({ row, reason }) => [row.line, reason]));
  return resultOf(
    rows.map((row) => (isOpen(row) ? { ...row, reason: reasons.get(row.line) ?? null } : row)),
    { id, application: application.name },
    facts,
  );
}

async function importOf(tx: Queries, id: number): Promise<{ application: Application; by: string }> {
  const found = await findAccountImport(tx, id);
  const application = found && (await findApplication(tx, found.application));
  if (!application)
    throw new ConnectorError('invalid-data', `import ${id}: its application is not configured any more`);
  if (!application.toggles.importUsers)
    throw new ConnectorError('invalid-data', `${application.name}: Import Users is off: no account is linked`, {
      remedy: 'turn it on and resume the import, or cancel it',
    });
  return { application, by: found.by };
}

interface Import {
  id: number;
  application: string;
}

/** Throws Overtaken where not everything could be written as it was looked at. */
async function write(
  tx: Queries,
  { id, application, by, defaultTimeZone }: Import & { by: string; defaultTimeZone: string },
  rows: readonly AccountRow[],
  facts: Facts,
): Promise<void> {
  const made = rows.filter(({ event }) => event !== null);
  const linked = rows.filter(({ account }) => !facts.owners.has(account.nativeId));
  const events = made.flatMap((row) => {
    const { event, account } = row;
    const told = entryLine(entryOf(row, { id, application }, facts));
    const outcome = { summary: `${told}\nmade of the account ${account.username}`, ...ranBy() };
    return event ? [{ event: stored(event, application, defaultTimeZone), outcome }] : [];
  });
  const records = linked.map(({ employeeNumber, account: { nativeId, username, status } }) => {
    return { employeeNumber, application, nativeId, username, status };
  });
  const people = await addPeople(tx, made.map(madeBy));
  const kept = await storeDoneEvents(tx, id, events);
  const recorded = await recordNewAccounts(tx, records);
  if (people + kept + recorded.size < made.length + events.length + records.length) throw new Overtaken();
  await noteManagers(
    tx,
    application,
    linked.flatMap(({ account: { nativeId, manager } }) => (manager === undefined ? [] : [{ nativeId, manager }])),
  );
  const ids = events.map(({ event }) => event.id);
  const accounts = records.map(({ employeeNumber, nativeId, username }) => ({ employeeNumber, nativeId, username }));
  const subject = { actor: by, subject: application };
  if (ids.length > 0)
    await recordAudit(tx, {
      ...subject,
      action: 'people imported',
      detail: { import: id, accepted: ids.length, events: ids },
    });
  if (accounts.length > 0)
    await recordAudit(tx, {
      ...subject,
      action: 'accounts linked',
      detail: { import: id, old: null, count: accounts.length, new: accounts },
    });
}

/** The joiner as the inbox keeps it. */
function stored(body: HrChange, source: string, defaultTimeZone: string): NewHrEvent {
  const { id, type, employeeNumber, effectiveDate, profile } = body;
  const dueAt = startOfDay(effectiveDate, profile?.['timeZone'] || defaultTimeZone);
  return { id, type, employeeNumber, target: null, dueAt, body, bodySha256: bodySha256(body), source };
}

/** The run that carries out the import. */
function ranBy(): { workflowId: string; runId: string } {
  const { workflowExecution } = activityInfo();
  return { workflowId: workflowExecution?.workflowId ?? '', runId: workflowExecution?.runId ?? '' };
}

/** Of rows as they ended; from what is stored of them, so that it is the same whoever asks again. */
function resultOf(rows: readonly AccountRow[], of: Import, facts: Facts): ImportPageResult {
  const skipped = rows.filter(({ reason }) => reason !== null).length;
  const counts: PageCounts = { ...NO_ROWS, done: rows.length - skipped, skipped };
  return { counts, failed: [], entries: packEntries(rows.map((row) => entryOf(row, of, facts))) };
}

function entryOf(row: AccountRow, { id, application }: Import, { people }: Facts): ReportEntry {
  const { employeeNumber, account, event, reason } = row;
  const subject = {
    eventId: event?.id ?? `import:${id}:${employeeNumber}`,
    employeeNumber,
    person: displayName(people.get(employeeNumber) ?? madeBy(row)),
    application,
    username: account.username,
    nativeId: account.nativeId,
  };
  if (reason !== null) return skippedEntry(subject, 'link', reason);
  const why = event ? 'the person is made of the account' : 'the account matches nobody else';
  return doneEntry(subject, { kind: 'link', changes: [], entitlements: [], reason: why });
}
