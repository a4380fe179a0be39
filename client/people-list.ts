/** People listed, filtered and counted: plain filters by the directory, conditions and groups person by person. */
import { createExpressions, ExpressionError, type Expressions } from '#domain/expression.ts';
import { withInside } from '#domain/group.ts';
import type { Fault } from '#domain/hr-event-input.ts';
import { displayName, type PersonStatus } from '#domain/person.ts';
import type { Profile } from '#domain/profile-field.ts';
import { ONE_LINE } from '#domain/text.ts';
import { findApplication } from '#directory/applications.ts';
import {
  countPeople,
  peoplePage,
  standingOf,
  type ListedPerson,
  type PeopleListFilter,
  type PeopleOrder,
  type PlaceInOrder,
} from '#directory/people-list.ts';
import { loadPolicy, type Policy } from '#directory/policy.ts';
import type { Sql } from '#directory/database.ts';

export interface PeopleQuestion extends PeopleListFilter {
  /** Who is in this group: by name, by rule, or through another one. */
  group?: string | undefined;
  /** An expression that holds for them. */
  condition?: string | undefined;
  order?: PeopleOrder | undefined;
  /** Where an earlier page said that the next one begins. */
  after?: string | undefined;
}

export interface PersonLine {
  employeeNumber: string;
  name: string;
  status: PersonStatus;
  startDate: string | null;
  profile: Profile;
  accounts: { application: string; status: string }[];
  openTasks: number;
}

export interface PeoplePage {
  people: PersonLine[];
  /** Where the next page begins; null: there is no more. */
  next: string | null;
}

/** The question names a field, group or place that there is not, or a condition that is none. */
export class PeopleQuestionError extends Error {
  override readonly name = 'PeopleQuestionError';
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super(faults.map(({ field, problem }) => `${field} ${problem}`).join('; '));
    this.faults = faults;
  }
}

/** What `field=value` asks for. Throws PeopleQuestionError naming every one that is written otherwise. */
export function readWhere(texts: readonly string[]): { field: string; value: string }[] {
  const bad = texts.filter((text) => !/^[^=]+=/.test(text));
  if (bad.length > 0)
    throw new PeopleQuestionError(bad.map((text) => ({ field: 'where', problem: `must be field=value, not ${text}` })));
  return texts.map((text) => {
    const at = text.indexOf('=');
    return { field: text.slice(0, at), value: text.slice(at + 1) };
  });
}

const BATCH = 500;

/** One page of those who fit. Throws PeopleQuestionError. */
export async function listPeople(directory: Sql, question: PeopleQuestion, limit: number): Promise<PeoplePage> {
  const people: PersonLine[] = [];
  let last: ListedPerson | undefined;
  for await (const batch of matching(directory, question, limit + 1)) {
    const room = batch.slice(0, limit - people.length);
    people.push(...(await linesOf(directory, room)));
    last = room.at(-1) ?? last;
    if (batch.length > room.length) return { people, next: last ? placeText(last) : null };
  }
  return { people, next: null };
}

/** How many fit. Throws PeopleQuestionError. */
export async function countMatching(directory: Sql, question: PeopleQuestion): Promise<number> {
  if (question.group === undefined && question.condition === undefined) {
    await readQuestion(directory, question);
    return countPeople(directory, question);
  }
  let count = 0;
  for await (const batch of matching(directory, { ...question, after: undefined }, BATCH)) count += batch.length;
  return count;
}

/** Everybody who fits, batch by batch, for whoever takes them all. Throws PeopleQuestionError. */
export async function* streamMatching(directory: Sql, question: PeopleQuestion): AsyncGenerator<PersonLine[]> {
  for await (const batch of matching(directory, question, BATCH)) yield linesOf(directory, batch);
}

async function linesOf(directory: Sql, people: readonly ListedPerson[]): Promise<PersonLine[]> {
  const standing = await standingOf(
    directory,
    people.map(({ employeeNumber }) => employeeNumber),
  );
  return people.map((person) => ({
    employeeNumber: person.employeeNumber,
    name: displayName(person),
    status: person.status,
    startDate: person.startDate ?? null,
    profile: person.profile,
    accounts: standing.get(person.employeeNumber)?.accounts ?? [],
    openTasks: standing.get(person.employeeNumber)?.openTasks ?? 0,
  }));
}

/** Those who fit, in order, in batches of at most BATCH, read only as they are taken; `wanted` of them are enough. */
async function* matching(directory: Sql, question: PeopleQuestion, wanted: number): AsyncGenerator<ListedPerson[]> {
  const { order = 'number' } = question;
  const { after: begin, holds } = await readQuestion(directory, question);
  // Without a condition the directory answers nobody else, so that a page is one short query.
  const limit = holds ? BATCH : Math.min(BATCH, wanted);
  for (let after = begin; ;) {
    const batch = await peoplePage(directory, question, { order, after, limit });
    const fitting = holds ? batch.filter(holds) : batch;
    if (fitting.length > 0) yield fitting;
    after = batch.at(-1);
    if (batch.length < limit) return;
  }
}

/** Where to begin, and what the directory can not tell of a person; undefined: nothing. */
async function readQuestion(
  directory: Sql,
  question: PeopleQuestion,
): Promise<{ after: PlaceInOrder | undefined; holds: ((person: ListedPerson) => boolean) | undefined }> {
  const { group, condition, account, after } = question;
  const policy = await loadPolicy(directory);
  const language = createExpressions(policy.fields, policy.groups);
  const place = after === undefined ? undefined : readPlace(after);
  const faults = questionFaults(question, policy, language);
  if (after !== undefined && !place) faults.push({ field: 'after', problem: 'is not where a page ended' });
  if (account && !(await findApplication(directory, account.application)))
    faults.push({ field: 'application', problem: `${account.application} is not there` });
  if (faults.length > 0) throw new PeopleQuestionError(faults);
  if (group === undefined && condition === undefined) return { after: place, holds: undefined };
  // What other groups ask of people is not asked: their rules may be ones that can not be computed.
  const inGroup = group === undefined ? language : createExpressions(policy.fields, withInside(policy.groups, group));
  return {
    after: place,
    holds: (person) =>
      (group === undefined || decided('group', person, () => inGroup.groupsOf(person).includes(group))) &&
      (condition === undefined || decided('filter', person, () => language.holds(condition, person))),
  };
}

function decided(field: string, { employeeNumber }: ListedPerson, decide: () => boolean): boolean {
  try {
    return decide();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new PeopleQuestionError([{ field, problem: `can not be computed for ${employeeNumber}: ${error.message}` }]);
  }
}

function questionFaults(
  { where = [], group, condition }: PeopleQuestion,
  { fields, groups }: Policy,
  language: Expressions,
): Fault[] {
  const known = new Set(fields.map(({ name }) => name));
  const faults: Fault[] = where
    .filter(({ field }) => !known.has(field))
    .map(({ field }) => ({ field: 'where', problem: `names ${field}, which is not a profile field` }));
  if (group !== undefined && !groups.some(({ name }) => name === group))
    faults.push({ field: 'group', problem: `${group} is not there` });
  const wrong = condition === undefined ? undefined : language.fault(condition, 'condition');
  if (wrong !== undefined) faults.push({ field: 'filter', problem: wrong });
  return faults;
}

function placeText({ employeeNumber, sortName }: PlaceInOrder): string {
  return Buffer.from(JSON.stringify([employeeNumber, sortName])).toString('base64url');
}

function readPlace(text: string): PlaceInOrder | undefined {
  try {
    const [employeeNumber, sortName] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[];
    const sound = (part: unknown): part is string => typeof part === 'string' && ONE_LINE.test(part);
    return sound(employeeNumber) && sound(sortName) ? { employeeNumber, sortName } : undefined;
  } catch {
    return undefined;
  }
}
