/** HR intake: an event is understood, checked against what is known, and stored, once per id; then it is accepted. */
import { localDate } from '#domain/due.ts';
import { dueAt } from '#domain/event-due.ts';
import { hiredIn, isChange, type HrChange, type HrEvent } from '#domain/hr-event.ts';
import { readHrEvent, type Fault } from '#domain/hr-event-input.ts';
import type { Person } from '#domain/person.ts';
import { keepPolicy } from '#directory/policy.ts';
import {
  bodySha256,
  findHrEvents,
  joinersOf,
  storeHrEvents,
  type HrEventRecord,
  type NewHrEvent,
} from '#directory/hr-events.ts';
import { expectPeople, findPeople } from '#directory/people.ts';
import { listProfileFields } from '#directory/profile-fields.ts';
import type { Queries, Sql } from '#directory/database.ts';
import { holdValues, uniqueFaults, valuesHeld, type HeldValues } from './unique-values.ts';

interface CheckOptions {
  /** For people whose time zone nobody knows. */
  defaultTimeZone: string;
  /** Where the events come from, such as `webhook` or `file people.csv`. */
  source: string;
  /** What was asked for, where the events were made of it: by this they are the same when it is asked again. */
  sent?: readonly unknown[];
  /** Who holds which unique value by what was checked before and not stored; grows with every call. */
  holders?: HeldValues['holders'];
}

export interface IntakeOptions extends CheckOptions {
  directory: Sql;
}

/**
 * accepted: stored now. known: the same event came before; `record` says how far it is. different-body: its id was used
 * for something else. invalid: every fault is named; nothing was stored.
 */
export type Submission =
  | { result: 'accepted' | 'known' | 'different-body'; record: HrEventRecord }
  | { result: 'invalid'; faults: Fault[] };

/** What would come of an event that is submitted now. */
export type Foreseen =
  | { result: 'accepted' | 'known' | 'different-body'; record: NewHrEvent }
  | { result: 'invalid'; faults: Fault[] };

/** An event that may be stored, or everything that is wrong with it. */
export type Checked = NewHrEvent | { faults: Fault[] };

/**
 * Takes many events in a constant number of statements, and answers one submission for each in the same order. Sending the
 * same events again answers `known`. An event may refer to an earlier one of the same call.
 */
export async function submitHrEvents(inputs: readonly unknown[], options: IntakeOptions): Promise<Submission[]> {
  return options.directory.begin(async (tx) => storeChecked(tx, await checkHrEvents(tx, inputs, options)));
}

/**
 * Checks events against what is known and says when they fall due; stores nothing. One answer for each, in the same order.
 * It holds until the transaction ends.
 */
export async function checkHrEvents(
  tx: Queries,
  inputs: readonly unknown[],
  { defaultTimeZone, source, sent = inputs, holders = new Map() }: CheckOptions,
): Promise<Checked[]> {
  await keepPolicy(tx);
  const fields = await listProfileFields(tx);
  const now = new Date().toISOString();
  const today = localDate(now, defaultTimeZone);
  const read = inputs.map((input) => readHrEvent(input, fields, today));
  const events = read.flatMap((result) => ('event' in result ? [result.event] : []));
  const known = { ...(await whatIsKnown(tx, events)), held: await valuesHeld(tx, fields, events, holders) };
  return read.map((result, index) =>
    'event' in result ? prepare(result.event, sent[index], known, { now, defaultTimeZone, source }) : result,
  );
}

/** What `submitHrEvents` would answer; stores nothing. */
export async function foreseeHrEvents(inputs: readonly unknown[], options: IntakeOptions): Promise<Foreseen[]> {
  return options.directory.begin(async (tx) => {
    const checked = await checkHrEvents(tx, inputs, options);
    const ids = checked.flatMap((item) => ('id' in item ? [item.id] : []));
    const stored: NewHrEvent[] = await findHrEvents(tx, ids);
    const records = new Map(stored.map((record) => [record.id, record]));
    return checked.map((item): Foreseen => {
      if (!('id' in item)) return { result: 'invalid', faults: item.faults };
      const record = records.get(item.id);
      if (!record) records.set(item.id, item);
      else if (record.bodySha256 !== item.bodySha256) return { result: 'different-body', record };
      return { result: record ? 'known' : 'accepted', record: record ?? item };
    });
  });
}

/** Stores what was checked in the same transaction. */
export async function storeChecked(tx: Queries, checked: readonly Checked[]): Promise<Submission[]> {
  const storable = firstById(checked);
  const { added, records } = await storeHrEvents(tx, storable);
  await expectPeople(tx, hiredIn(storable.filter(({ id }) => added.has(id)).map(({ body }) => body)));
  return checked.map((item): Submission => {
    if (!('id' in item)) return { result: 'invalid', faults: item.faults };
    const record = records.get(item.id);
    if (!record) throw new Error(`directory: HR event ${item.id} was not stored`);
    if (record.bodySha256 !== item.bodySha256) return { result: 'different-body', record };
    return { result: added.delete(item.id) ? 'accepted' : 'known', record };
  });
}

/** Whether an event that is stored was made of this. */
export function isMadeOf(record: Pick<HrEventRecord, 'bodySha256'>, sent: unknown): boolean {
  return record.bodySha256 === bodySha256(sent);
}

interface Known {
  held: HeldValues;
  people: Map<string, Person>;
  joiners: Map<string, HrChange>;
  targets: Map<string, HrEvent>;
}

async function whatIsKnown(sql: Queries, events: HrEvent[]): Promise<Omit<Known, 'held'>> {
  const numbers = [...new Set(events.map(({ employeeNumber }) => employeeNumber))];
  const targetIds = events.flatMap((event) => ('target' in event ? [event.target] : []));
  const people = await findPeople(sql, numbers);
  const stored = [...(await findHrEvents(sql, targetIds)), ...(await joinersOf(sql, numbers))].map(({ body }) => body);
  const bodies = [...stored, ...events];
  return {
    people: new Map(people.map((person) => [person.employeeNumber, person])),
    joiners: new Map(bodies.flatMap((body) => (body.type === 'joiner' ? [[body.employeeNumber, body] as const] : []))),
    targets: new Map(bodies.map((body) => [body.id, body])),
  };
}

function learn(known: Known, event: HrEvent): void {
  if (!known.targets.has(event.id)) known.targets.set(event.id, event);
  if (event.type === 'joiner') known.joiners.set(event.employeeNumber, event);
  holdValues(known.held, event);
}

/** The row to store, or what is wrong with the event given what is known. */
function prepare(
  event: HrEvent,
  sent: unknown,
  known: Known,
  { now, defaultTimeZone, source }: { now: string; defaultTimeZone: string; source: string },
): Checked {
  const { id, type, employeeNumber } = event;
  const target = 'target' in event ? known.targets.get(event.target) : undefined;
  const fault = idFault(id) ?? (isChange(event) ? personFault(event, known) : targetFault(event, target));
  const faults = fault ? [fault] : uniqueFaults(event, known.held);
  if (faults.length > 0) return { faults };
  // From here on others of the same call may refer to it.
  learn(known, event);
  const facts = { target, person: known.people.get(employeeNumber), joiner: known.joiners.get(employeeNumber) };
  return {
    id,
    type,
    employeeNumber,
    target: 'target' in event ? event.target : null,
    dueAt: dueAt(event, facts, { now, defaultTimeZone }),
    body: event,
    // Of what was sent, since a date that we fill in is another one tomorrow; written differently it is the same.
    bodySha256: bodySha256(sent),
    source,
  };
}

/** The ids of what plans (client/plan-events.ts) and imports of accounts (client/account-classes.ts) do are nobody else's. */
function idFault(id: string): Fault | undefined {
  const own = ['plan:', 'import:'].find((begin) => id.startsWith(begin));
  return own === undefined
    ? undefined
    : { field: 'id', problem: `must not begin with ${own}, as Joinery’s own ids do` };
}

function personFault({ type, employeeNumber }: HrChange, { people, joiners }: Known): Fault | undefined {
  if (type === 'joiner' || people.has(employeeNumber) || joiners.has(employeeNumber)) return undefined;
  return { field: 'employeeNumber', problem: `nobody is known by ${employeeNumber}: send a joiner first` };
}

function targetFault(event: Exclude<HrEvent, HrChange>, target: HrEvent | undefined): Fault | undefined {
  const problem = (text: string): Fault => ({ field: 'target', problem: text });
  if (!target) return problem(`there is no event ${event.target}`);
  if (target.employeeNumber !== event.employeeNumber) return problem(`event ${event.target} is about somebody else`);
  if (isChange(target) && target.quiet) return problem(`event ${event.target} is none of HR’s`);
  return isChange(target)
    ? undefined
    : problem(`event ${event.target} is itself a correction; name the joiner, mover or leaver`);
}

/** The storable ones in the order they came; of an id that comes twice, the first. */
function firstById(checked: readonly Checked[]): NewHrEvent[] {
  const first = new Map<string, NewHrEvent>();
  for (const item of checked) if ('id' in item && !first.has(item.id)) first.set(item.id, item);
  return [...first.values()];
}
