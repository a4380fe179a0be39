/** What a line about a person says against what is known of them: the HR events that make both agree. */
import { createHash } from 'node:crypto';
import { isDate } from '#domain/due.ts';
import type { HrAmend, HrChange } from '#domain/hr-event.ts';
import type { Person } from '#domain/person.ts';
import type { Profile } from '#domain/profile-field.ts';
import type { Header, Row } from './csv-rows.ts';
import { differing, hireOf, moverTo, type Said } from './said.ts';

/**
 * The events that make the directory agree with a line about a person: a joiner for somebody new or back, a mover with
 * what differs from what the person is or is going to be, a leaver for an end date, an amendment for a start or an end
 * that a file said before and that has moved. An empty end date says nothing: what ends an employment is not taken back by
 * a gap. Or why there can be none. Ids follow from what the events say, so the same line again gives the same.
 */
export function eventsOfPerson(
  { cells }: Row,
  { columns, fields }: Header,
  { person, said }: { person: Person | undefined; said: Said[] },
  { today, defaultTimeZone }: { today: string; defaultTimeZone: string },
): { events: (HrChange | HrAmend)[] } | { reason: string } {
  const cell = (name: string) => cells[columns.get(name) ?? -1] ?? '';
  const [employeeNumber, start, end] = [cell('employeeNumber'), cell('startDate'), cell('endDate')];
  const given: Profile = Object.fromEntries(fields.map(({ name }) => [name, cell(name) || null]));
  const pending = said.filter(({ settled }) => !settled);
  const hire = hireOf(said);
  const gone = person?.status === 'left' && !hire;
  const events: Unnamed[] = [];

  if (!person || (gone && isBack(start, end, said))) {
    if (isDate(start) && isDate(end) && end <= start) return { reason: 'endDate: must be later than startDate' };
    const cleared = Object.entries(differing(given, person?.profile ?? {})).filter(([, value]) => value === null);
    const profile = Object.fromEntries([...Object.entries(given).filter(([, value]) => value !== null), ...cleared]);
    events.push({ type: 'joiner', employeeNumber, effectiveDate: start, profile });
  } else if (gone) {
    return { events: [] };
  } else {
    if (hire && start !== '') events.push(...moved(hire, start));
    const mover = moverTo(given, cell('effectiveDate') || today, person, said, defaultTimeZone);
    if (mover) events.push(mover);
  }
  const leavers = pending.filter(({ type }) => type === 'leaver');
  if (end !== '' && !leavers.some(({ effectiveDate }) => effectiveDate === end)) {
    const told = leavers.find(fromFile);
    events.push(...(told ? moved(told, end) : [{ type: 'leaver' as const, employeeNumber, effectiveDate: end }]));
  }
  return { events: events.map(named) };
}

/**
 * The end, today, of somebody who is missing in a file that names everybody; none for who has been told an end already. The
 * id follows from what it says.
 */
export function leaverOfMissing(employeeNumber: string, said: readonly Said[], today: string): HrChange[] {
  if (said.some(({ type, settled }) => type === 'leaver' && !settled)) return [];
  const leaver = { type: 'leaver' as const, employeeNumber, effectiveDate: today };
  return [{ id: idOf(leaver), ...leaver }];
}

/** An event without the id that follows from it. `after`: the amendments before it, since a date may move back and forth. */
type Unnamed = Omit<HrChange, 'id'> | (Omit<HrAmend, 'id'> & { after: number });

/** The amendment that moves an event a file has said; none for one that came another way, which the file may be behind. */
function moved(event: Said, to: string): Unnamed[] {
  if (!fromFile(event) || event.effectiveDate === to) return [];
  const { employeeNumber, id: target, amended: after } = event;
  return [{ type: 'amend', employeeNumber, target, effectiveDate: to, after }];
}

function fromFile({ id }: Said): boolean {
  return id.startsWith('file:');
}

function named(event: Unnamed): HrChange | HrAmend {
  const id = idOf(event);
  if (!('after' in event)) return { id, ...event };
  const { after: _after, ...amendment } = event;
  return { id, ...amendment };
}

/** A start after the last day is a return; an older one is the employment that ended, in a file that is behind. */
function isBack(start: string, end: string, said: Said[]): boolean {
  const lastDay = said.findLast(({ type, settled }) => type === 'leaver' && settled)?.effectiveDate;
  if (start === '') return false;
  return lastDay === undefined ? end === '' : start > lastDay;
}

/** Keys in order, so that the order of columns and of fields makes no difference. */
function idOf(event: Unnamed): string {
  const sorted = (object: object) =>
    Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  const canonical = JSON.stringify(sorted({ ...event, ...(event.profile && { profile: sorted(event.profile) }) }));
  const hash = createHash('sha256').update(canonical).digest('hex').slice(0, 12);
  return `file:${event.employeeNumber}:${event.type}:${hash}`;
}
