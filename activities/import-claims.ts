/** Claims: which rows of a page the page itself carries out, which are for their person's lane, and what the directory learns. */
import { dueAt } from '#domain/event-due.ts';
import { hiredIn, type HrAmend, type HrChange } from '#domain/hr-event.ts';
import type { Person } from '#domain/person.ts';
import {
  bodySha256,
  findHrEvents,
  joinersOf,
  peopleWithEvents,
  storeHrEvents,
  storeImportingEvents,
  type NewHrEvent,
} from '#directory/hr-events.ts';
import { changePeople, expectPeople, findPeople } from '#directory/people.ts';
import {
  findImportToRun,
  lockPage,
  writeClaims,
  type Claim,
  type PageOfWork,
  type PageRow,
} from '#directory/import-work.ts';
import type { Queries } from '#directory/database.ts';
import { ConnectorError } from '#connectors/errors.ts';
import type { Dependencies } from './dependencies.ts';

/** A row that this page carries out. `person`: as this try has written them; absent where an earlier one did. */
export interface ClaimedRow {
  line: number;
  employeeNumber: string;
  eventId: string;
  type: 'joiner' | 'mover';
  person?: Person;
}

/**
 * Claims the rows of a page that wait, in one transaction: the directory learns what they say of their people, each under an
 * event of its own that is in no lane. What the lane has to decide is stored in the inbox instead: anything but one joiner
 * or mover that is due, and whatever is said of somebody who has an event that is not settled. Answers the rows that have not
 * ended in this application, those that were claimed before included. Safe to repeat.
 */
export async function claimPage(
  { directory, defaultTimeZone }: Pick<Dependencies, 'directory' | 'defaultTimeZone'>,
  page: PageOfWork,
): Promise<ClaimedRow[]> {
  return directory.begin(async (tx) => {
    const rows = await lockPage(tx, page);
    const waiting = rows.filter(({ state }) => state === 'waiting');
    const { claims, people } = await claimRows(tx, page.import, waiting, defaultTimeZone);
    const made = new Map(claims.map((claim) => [claim.line, claim]));
    return rows.flatMap((row): ClaimedRow[] => {
      const { state, eventId } = { ...row, ...made.get(row.line) };
      if (state !== 'claimed' || !eventId || row.hasEnded || row.type === 'leaver') return [];
      const { line, employeeNumber, type } = row;
      const person = people.get(employeeNumber);
      return [{ line, employeeNumber, eventId, type, ...(person ? { person } : {}) }];
    });
  });
}

/** A file that is run late must not bring anybody back. */
const LEFT_SINCE = 'has joined and left since this was staged; stage the file again if they are back';

/** What is made of the rows, and the people that were written for those that are claimed. */
interface Claimed {
  claims: Claim[];
  people: Map<string, Person>;
}

async function claimRows(tx: Queries, id: number, rows: PageRow[], defaultTimeZone: string): Promise<Claimed> {
  if (rows.length === 0) return { claims: [], people: new Map() };
  const record = await findImportToRun(tx, id);
  if (!record) throw new ConnectorError('bug', `there is no import ${id}`);
  const numbers = rows.map(({ employeeNumber }) => employeeNumber);
  const ids = rows.flatMap(({ events }) => events.map((event) => event.id));
  const [known, busy, stored] = [
    await findPeople(tx, numbers),
    await peopleWithEvents(tx, numbers),
    await findHrEvents(tx, ids),
  ];
  const people = new Map(known.map((person) => [person.employeeNumber, person]));
  const settled = new Set(stored.flatMap((event) => (event.settledAt ? [event.id] : [])));
  const dueOf = await dueDates(tx, rows, people, defaultTimeZone);
  const asNew = (event: HrChange | HrAmend): NewHrEvent => ({
    id: event.id,
    type: event.type,
    employeeNumber: event.employeeNumber,
    target: 'target' in event ? event.target : null,
    dueAt: dueOf(event),
    body: event,
    bodySha256: bodySha256(event),
    source: record.source,
  });

  const taken: (PageRow & { event: HrChange & { type: 'joiner' | 'mover' } })[] = [];
  const claims = rows.map((row): Claim => {
    const { line, employeeNumber, events } = row;
    if (events.every((event) => settled.has(event.id)))
      return { line, state: 'skipped', reason: 'the same was carried out before' };
    if (row.isNew && people.get(employeeNumber)?.status === 'left')
      return { line, state: 'skipped', reason: LEFT_SINCE };
    const event = soleChange(row, people.get(employeeNumber));
    const due = event && dueOf(event);
    if (!event || busy.has(employeeNumber) || (due && Date.parse(due) > Date.now())) return { line, state: 'handed' };
    busy.add(employeeNumber);
    taken.push({ ...row, event });
    return { line, state: 'claimed', eventId: event.id };
  });
  const handed = new Set(claims.flatMap(({ state, line }) => (state === 'handed' ? [line] : [])));
  const toLanes = rows.filter(({ line }) => handed.has(line)).flatMap(({ events }) => events);
  await storeHrEvents(tx, toLanes.map(asNew));
  await expectPeople(tx, hiredIn(toLanes));
  const importing = taken.map(({ event }) => asNew(event));
  await storeImportingEvents(tx, id, importing);
  const changes = taken.map(({ employeeNumber, event: { type, profile = {}, effectiveDate } }) => ({
    employeeNumber,
    status: 'active' as const,
    profile,
    startDate: type === 'joiner' ? effectiveDate : undefined,
  }));
  const written = await changePeople(tx, changes, known);
  await writeClaims(tx, id, claims);
  return { claims, people: new Map(written.map((person) => [person.employeeNumber, person])) };
}

/** The joiner or mover that is all a row says, where the directory knows enough of the person to take it as it is. */
function soleChange(
  { events: [event, ...others] }: PageRow,
  person: Person | undefined,
): (HrChange & { type: 'joiner' | 'mover' }) | undefined {
  if (!event || others.length > 0) return undefined;
  if (event.type === 'joiner') return { ...event, type: 'joiner' };
  return event.type === 'mover' && person?.status === 'active' ? { ...event, type: 'mover' } : undefined;
}

/** When each of these events falls due. */
async function dueDates(
  tx: Queries,
  rows: PageRow[],
  people: ReadonlyMap<string, Person>,
  defaultTimeZone: string,
): Promise<(event: HrChange | HrAmend) => string | null> {
  const now = new Date().toISOString();
  const events = rows.flatMap((row) => row.events);
  const targetIds = events.flatMap((event) => ('target' in event ? [event.target] : []));
  const targets = targetIds.length > 0 ? await findHrEvents(tx, targetIds) : [];
  const hires = events.filter((event) => event.type === 'joiner');
  const isHired = new Set(hires.map(({ employeeNumber }) => employeeNumber));
  const asked = rows.flatMap(({ employeeNumber: number }) => {
    const status = people.get(number)?.status ?? 'expected';
    return status === 'expected' && !isHired.has(number) ? [number] : [];
  });
  const stored = asked.length > 0 ? await joinersOf(tx, asked) : [];
  const joiners = [...stored.map(({ body }) => body), ...hires];
  const bodies = new Map(targets.map(({ id, body }) => [id, body]));
  const joinerOf = new Map(
    joiners.flatMap((body) => (body.type === 'joiner' ? [[body.employeeNumber, body] as const] : [])),
  );
  return (event) =>
    dueAt(
      event,
      {
        target: 'target' in event ? bodies.get(event.target) : undefined,
        person: people.get(event.employeeNumber),
        joiner: joinerOf.get(event.employeeNumber),
      },
      { now, defaultTimeZone },
    );
}
