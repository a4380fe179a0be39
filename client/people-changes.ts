/** People added, edited and removed by administrators: each change is an HR event like any other, and is audited. */
import { nextDay } from '#domain/due.ts';
import { isChange, type HrEvent } from '#domain/hr-event.ts';
import type { Fault } from '#domain/hr-event-input.ts';
import { displayName, type Person } from '#domain/person.ts';
import type { Profile } from '#domain/profile-field.ts';
import { findHrEvent, rescindOf } from '#directory/hr-events.ts';
import { findPerson } from '#directory/people.ts';
import { makeChange, type Asked, type ChangeContext, type ChangeReply } from './person-change.ts';
import { hireOf, moverTo, profileOn } from './said.ts';

export interface NewPerson extends Asked {
  /** Without one: today, where the person is. */
  startDate?: string | undefined;
  profile: Profile;
}

export interface PersonEdit extends Asked {
  /** Without one: today, where the person is; before a hire's first day: on that day. */
  effectiveDate?: string | undefined;
  /** Null and empty clear. */
  profile: Profile;
}

export interface PersonRemoval extends Asked {
  /** The employee number again. */
  confirm: string | undefined;
  /** The last day with access; or else `effectiveDate`, the first one without. */
  lastDay?: string | undefined;
  effectiveDate?: string | undefined;
  immediate?: boolean | undefined;
  successor?: string | undefined;
}

export interface Cancellation extends Asked {
  /** The event that is taken back. */
  target: string;
}

/** Hires somebody who is new or has left. Refused for whoever works here or is hired already. */
export function addPerson(context: ChangeContext, asked: NewPerson): Promise<ChangeReply> {
  const { employeeNumber, startDate, profile } = asked;
  const request = { type: 'joiner', employeeNumber, effectiveDate: startDate, profile } as const;
  return makeChange(context, asked, request, zoneBy(profile), (event, { person, said }) => {
    const who = person && `${displayName(person)} (${employeeNumber})`;
    const hire = hireOf(said);
    if (hire)
      return refused(
        `${who ?? employeeNumber} is hired from ${hire.effectiveDate} by event ${hire.id}: edit them, or cancel it`,
      );
    if (person && person.status !== 'left') return refused(`${who} is known and ${person.status}: edit them instead`);
    return { event, action: 'person added', detail: { startDate: dateOf(event), ...newValues(person, profile) } };
  });
}

/** Says of somebody what differs. Nothing is sent when nothing does. */
export function editPerson(context: ChangeContext, asked: PersonEdit): Promise<ChangeReply> {
  const { employeeNumber, effectiveDate, profile } = asked;
  const request = { type: 'mover', employeeNumber, effectiveDate, profile } as const;
  return makeChange(context, asked, request, zoneBy(profile), (event, { person, said }) => {
    if (!person) return unknown(`nobody is known by ${employeeNumber}: add them`);
    if (person.status === 'left' && !hireOf(said))
      return refused(`${displayName(person)} (${employeeNumber}) has left: add them again if they are back`);
    const given = 'profile' in event ? (event.profile ?? {}) : {};
    const mover = moverTo(given, dateOf(event), person, said, context.defaultTimeZone);
    if (!mover) return { result: 'nothing', why: `${displayName(person)} (${employeeNumber}) is so already` };
    const known = { ...person, profile: profileOn(mover.effectiveDate, person, said) };
    const detail = { effectiveDate: mover.effectiveDate, ...newValues(known, mover.profile ?? {}) };
    return { event: { ...mover, id: event.id }, action: 'person edited', detail };
  });
}

/** Ends somebody's employment: access goes when the day comes, or at once. Needs the employee number as confirmation. */
export function removePerson(context: ChangeContext, asked: PersonRemoval): Promise<ChangeReply> {
  const { employeeNumber, confirm, lastDay, effectiveDate, immediate, successor } = asked;
  const faults: Fault[] = [];
  if (confirm !== employeeNumber)
    faults.push({ field: 'confirm', problem: `must be ${employeeNumber}, the employee number of whoever is removed` });
  if (lastDay !== undefined && effectiveDate !== undefined)
    faults.push({ field: 'lastDay', problem: 'and effectiveDate are two ways to say one day: give one' });
  const gone = lastDay === undefined ? effectiveDate : nextDay(lastDay);
  if (lastDay !== undefined && gone === undefined)
    faults.push({ field: 'lastDay', problem: 'must be a calendar day, written YYYY-MM-DD' });
  if (successor === employeeNumber) faults.push({ field: 'successor', problem: 'must be somebody else' });
  if (faults.length > 0) return Promise.resolve({ result: 'invalid', faults });

  const request = { type: 'leaver', employeeNumber, effectiveDate: gone, immediate, successor } as const;
  return makeChange(context, asked, request, undefined, async (event, { person, said, tx }) => {
    if (!person) return unknown(`nobody is known by ${employeeNumber}`);
    const who = `${displayName(person)} (${employeeNumber})`;
    const hire = hireOf(said);
    if (!hire && person.status === 'left') return refused(`${who} has left already`);
    if (hire && person.status !== 'active' && dateOf(event) <= hire.effectiveDate)
      return refused(`${who} starts on ${hire.effectiveDate} by event ${hire.id}: cancel that event instead`);
    const leaver = said.find(({ type, settled }) => type === 'leaver' && !settled);
    if (leaver?.immediate) return refused(`${who} leaves at once by event ${leaver.id}`);
    if (leaver && immediate !== true && leaver.effectiveDate <= dateOf(event))
      return refused(
        `${who} leaves on ${leaver.effectiveDate} by event ${leaver.id}: cancel it before you move the day`,
      );
    if (successor !== undefined && (await findPerson(tx, successor))?.status !== 'active')
      return {
        result: 'invalid',
        faults: [{ field: 'successor', problem: `${successor} is nobody who works here` }],
      };
    const detail = { effectiveDate: dateOf(event), immediate: immediate ?? false, successor: successor ?? null };
    return { event, action: 'person removed', detail };
  });
}

/** Takes back a change of this person that has not begun. */
export function cancelChange(context: ChangeContext, asked: Cancellation): Promise<ChangeReply> {
  const { employeeNumber, target } = asked;
  const request = { type: 'rescind', employeeNumber, target } as const;
  return makeChange(context, asked, request, undefined, async (event, { tx }) => {
    const record = await findHrEvent(tx, target);
    if (!record || record.employeeNumber !== employeeNumber)
      return unknown(`there is no event ${target} of ${employeeNumber}`);
    if (!isChange(record.body)) return refused(`event ${target} is itself a correction and can not be taken back`);
    if (record.settledAt) return refused(`event ${target} is ${record.state}: it is too late to take it back`);
    const earlier = await rescindOf(tx, employeeNumber, target);
    if (earlier) return { result: 'known', event: earlier };
    return {
      event,
      action: 'change cancelled',
      detail: { target, type: record.type, effectiveDate: dateOf(record.body) },
    };
  });
}

/** Where a person is after a change of these fields. */
function zoneBy(profile: Profile) {
  return (person?: Person) => profile['timeZone'] || person?.profile['timeZone'];
}

/** Old and new value of each field that changes. */
function newValues(known: Person | undefined, profile: Profile): Record<string, unknown> {
  const changes = Object.entries(profile).map(([name, value]) => [
    name,
    { old: known?.profile[name] ?? null, new: value || null },
  ]);
  return { changes: Object.fromEntries(changes) as Record<string, unknown> };
}

function dateOf(event: HrEvent): string {
  return ('effectiveDate' in event && event.effectiveDate) || '';
}

function refused(why: string): ChangeReply {
  return { result: 'refused', why };
}

function unknown(why: string): ChangeReply {
  return { result: 'unknown', why };
}
